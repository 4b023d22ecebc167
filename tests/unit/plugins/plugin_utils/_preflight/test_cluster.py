# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which questions a preflight asks a cluster, and which it does not."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Status
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.state import (
    Permission,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._preflight.cluster import (
    ClusterPreflight,
)
from tests.unit.helpers.fake_client import FakeClient

ASKED = {
    "expected_cluster_uid": "",
    "identity_only": False,
    "require_healthy": False,
    "write": True,
    "airgap": False,
    "release_namespace": "default",
    "secret_namespace": "jet-system",
}
NAMES = [{"metadata": {"name": name, "uid": f"uid-of-{name}"}} for name in ("kube-system",)]
FORBIDDEN = Failure.of("forbidden", "x", "you may not", "ask")
REVIEW = "SelfSubjectAccessReview"


def preflight(*forbidden: str) -> ClusterPreflight:
    def answer(_module: str, arguments: t.Mapping[str, t.Any], _attempt: str) -> t.Any:
        kind = arguments.get("kind", "")
        if kind in forbidden:
            raise FORBIDDEN
        return {"resources": NAMES if kind == "Namespace" else []}

    class Answering(FakeClient):
        def allowed(self, permissions: t.Iterable[t.Any]) -> list[tuple[t.Any, bool]]:
            if REVIEW in forbidden:
                raise FORBIDDEN
            return [(permission, True) for permission in permissions]

    return ClusterPreflight(Answering(answer), "prod")


@pytest.mark.parametrize(
    ("more", "forbidden", "number", "confirmed"),
    [
        ({}, (), 4, True),
        ({"write": False}, (), 3, True),
        ({"expected_cluster_uid": "uid-of-kube-system"}, (), 4, True),
        ({"expected_cluster_uid": "another"}, (), 1, False),
        ({"identity_only": True}, (), 1, False),
        ({}, ("Namespace",), 1, False),
        ({}, ("Deployment",), 3, True),
    ],
)
def test_only_the_cluster_that_was_meant_is_asked_on(
    more: dict[str, t.Any], forbidden: tuple[str, ...], number: int, confirmed: bool
) -> None:
    asked = preflight(*forbidden)
    checks = asked.checks({**ASKED, **more})
    assert checks[0].name == "cluster identity"
    assert (len(checks), asked.confirmed) == (number, confirmed)


def test_a_question_that_is_not_answered_stops_no_other() -> None:
    checks = preflight("Deployment").checks(ASKED)
    failed = [check.name for check in checks if check.findings == FORBIDDEN.findings]
    assert failed == ["platform health"]
    assert checks[-1].status is Status.PASS


def test_a_refused_question_about_rights_is_a_warning_with_its_reason() -> None:
    *others, rights = preflight(REVIEW).checks(ASKED)
    assert rights.status is Status.WARN
    assert [finding.code for finding in rights.findings] == ["permissions_unknown"]
    assert "you may not" in rights.findings[0].message
    assert len(others) == 3


def test_questions_about_rights_carry_no_metadata() -> None:
    asked: list[t.Any] = []

    def answer(_module: str, arguments: t.Mapping[str, t.Any], _attempt: str) -> t.Any:
        asked.extend(arguments["definition"])
        return {"result": {"status": {"allowed": True}}}

    right = Permission("get", "secrets", "jet-system")
    assert FakeClient(answer).allowed([right]) == [(right, True)]
    assert [set(question) for question in asked] == [{"apiVersion", "kind", "spec"}]


TEST_SECRETS: list[tuple[dict[str, t.Any] | None, bool, str]] = [
    (None, False, ""),
    ({"type": "Opaque"}, False, ""),
    ({"type": "kubernetes.io/dockerconfigjson"}, False, "secret_type"),
    ({"type": "kubernetes.io/dockerconfigjson"}, True, ""),
    ({"immutable": True}, False, "secret_immutable"),
    ({"immutable": True, "data": {"DOMAIN": "aC5pbw=="}}, False, ""),
]


@pytest.mark.parametrize(("live", "replace", "code"), TEST_SECRETS)
def test_a_secret_that_could_not_be_written_is_known_before_anything_is(
    live: dict[str, t.Any] | None, replace: bool, code: str
) -> None:
    metadata = {"name": "registry-info", "namespace": "jet-system"}

    def answer(*_: t.Any) -> t.Any:
        return {"resources": [{"metadata": metadata, **live}] if live is not None else []}

    asked = ClusterPreflight(FakeClient(answer), "prod")
    wanted = {"DOMAIN": "h.io"}
    check = asked.secret("registry-info", "jet-system", wanted, replace=replace)
    assert [finding.code for finding in check.findings] == ([code] if code else [])
    assert check.status is (Status.FAIL if code else Status.PASS)
