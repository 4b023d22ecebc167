# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Status
from ansible_collections.palette.image_registry.plugins.module_utils._objects import dig
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.state import (
    ClusterIdentity,
    Permission,
    health_check,
    is_eks,
    namespace_check,
    needed_permissions,
    permission_check,
)

IDENTITY = ClusterIdentity("https://10.0.0.1:6443", "uid-1")


def workload(kind: str, spec: dict[str, t.Any], status: dict[str, t.Any]) -> dict[str, t.Any]:
    metadata = {"name": "jet", "namespace": "jet-system", "generation": 2}
    return {"kind": kind, "metadata": metadata, "spec": spec, "status": status}


TEST_HEALTH: list[tuple[dict[str, t.Any], bool]] = [
    (workload("Deployment", {"replicas": 2}, {"readyReplicas": 2, "observedGeneration": 2}), True),
    (workload("Deployment", {"replicas": 2}, {"readyReplicas": 1, "observedGeneration": 2}), False),
    (workload("Deployment", {"replicas": 2}, {"readyReplicas": 2, "observedGeneration": 1}), False),
    (workload("Deployment", {"replicas": 0}, {}), True),
    (workload("Deployment", {}, {}), False),
    (workload("StatefulSet", {"replicas": 1}, {"readyReplicas": 1}), True),
    (workload("DaemonSet", {}, {"desiredNumberScheduled": 3, "numberReady": 3}), True),
    (workload("DaemonSet", {}, {"desiredNumberScheduled": 3, "numberReady": 2}), False),
    (workload("DaemonSet", {}, {}), True),
]


@pytest.mark.parametrize(("item", "ready"), TEST_HEALTH)
def test_health_by_kind(item: dict[str, t.Any], ready: bool) -> None:
    check = health_check("c", [item], required=False)
    assert check.status is (Status.PASS if ready else Status.WARN)
    if not ready:
        assert check.findings[0].subject.startswith(f"{item['kind'].lower()}/jet in jet-system")


def test_health_is_an_error_only_when_required() -> None:
    item = workload("Deployment", {"replicas": 1}, {})
    assert health_check("c", [item], required=True).status is Status.FAIL
    assert health_check("c", [], required=True).status is Status.PASS


@pytest.mark.parametrize(
    ("expected", "status"), [("", Status.PASS), ("uid-1", Status.PASS), ("uid-2", Status.FAIL)]
)
def test_identity(expected: str, status: Status) -> None:
    check = IDENTITY.check("c", expected)
    assert check.status is status
    assert "https://10.0.0.1:6443" in check.actual
    if status is Status.FAIL:
        assert "uid-1" in check.findings[0].message
        assert "uid-2" in check.findings[0].message


@pytest.mark.parametrize(
    ("version", "labels", "expected"),
    [
        ("v1.31.4-eks-2d5f260", {}, True),
        ("v1.33.4", {"eks.amazonaws.com/nodegroup": "a"}, True),
        ("v1.33.4", {"kubernetes.io/os": "linux"}, False),
        ("v1.33.4", None, False),
    ],
)
def test_is_eks(version: str, labels: dict[str, str] | None, expected: bool) -> None:
    node = {"metadata": {"labels": labels}, "status": {"nodeInfo": {"kubeletVersion": version}}}
    assert is_eks([{}, node]) is expected


def test_namespace() -> None:
    assert namespace_check("c", "jet-system", True).status is Status.PASS
    missing = namespace_check("c", "jet-system", False)
    assert missing.status is Status.FAIL
    assert "install Palette" in missing.findings[0].fix


def test_permissions() -> None:
    alone = needed_permissions(False, "default")
    assert {item.namespace for item in alone if item.required} == {"jet-system"}
    airgap = needed_permissions(True, "helm-space")
    assert set(alone) < set(airgap)
    assert {item.namespace for item in airgap if item.required} == {"jet-system", "helm-space"}
    assert len(airgap) == len(set(airgap))
    required = Permission("get", "secrets", "jet-system")
    optional = Permission("create", "namespaces", required=False)
    assert permission_check("c", "u", [(required, True)]).status is Status.PASS
    assert permission_check("c", "u", [(optional, False)]).status is Status.WARN
    check = permission_check("c", "u", [(required, False), (optional, False)])
    assert check.status is Status.FAIL
    assert check.findings[0].message == "may not get secrets in jet-system"
    assert check.actual == "0 of 2 permissions"
    same = [(Permission(verb, "pods"), False) for verb in ("get", "list")]
    assert permission_check("c", "u", same).findings[0].message == "may not get, list pods"


def test_a_review_asks_for_exactly_this() -> None:
    review = Permission("create", "deployments", "imageswap-system", "apps").review()
    assert review["spec"]["resourceAttributes"] == {
        "verb": "create",
        "resource": "deployments",
        "group": "apps",
        "namespace": "imageswap-system",
    }


def test_dig() -> None:
    data = {"a": [{"b": 1}]}
    assert dig(data, "a", 0, "b") == 1
    assert dig(data, "a", 1, "b") is None
    assert dig(data, "a", "b") is None
    assert dig(None, "a") is None
