# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
    overall,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    SCHEMA,
    Evidence,
    HostEvidence,
    checks_by_key,
    in_order,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.next_step import (
    next_step,
    stats,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.problems import (
    report_data,
)

FINDING = Finding("value_differs", Severity.ERROR, "secret/x", "it is a, expected b", "run it")
PASSED = Check("Secret DOMAIN", "c", Status.PASS, "a", "a")
FAILED = Check("Secret BASE_PATH", "c", Status.FAIL, "b", "a", (FINDING,))
WARNED = Check("inputs", "c", Status.WARN, "", "7 entries")
SKIPPED = Check("probe", "n", Status.SKIP, "", "no curl there")
BACK = Check("secret put back", "c", Status.PASS, "", "put back: DOMAIN")
NOT_BACK = Check("release put back", "c", Status.FAIL, "", "different")
GLASS = Finding("webhook_bypassed", Severity.WARNING, "w", "pods keep their images", "repair it")
BYPASSED = Check("webhook bypass", "c", Status.WARN, "", "asked about no pod", (GLASS,))
NODE_ALONE = (HostEvidence("node-1", "prod", (FAILED,)),)


def evidence(*checks: Check, node: tuple[Check, ...] = (), **changes: object) -> Evidence:
    hosts = [HostEvidence("prod", "prod", checks)]
    if node:
        hosts.append(HostEvidence("node-1", "prod", node))
    options = {
        "playbook": "override",
        "finished": "2026-01-02T03:04:05+00:00",
        "check_mode": False,
        **changes,
    }
    return Evidence(hosts=tuple(hosts), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], Status.SKIP),
        ([Status.SKIP], Status.SKIP),
        ([Status.SKIP, Status.PASS], Status.PASS),
        ([Status.PASS, Status.WARN], Status.WARN),
        ([Status.WARN, Status.FAIL, Status.PASS], Status.FAIL),
    ],
)
def test_overall(statuses: list[Status], expected: Status) -> None:
    assert overall(statuses) is expected


def test_a_failed_node_fails_its_cluster() -> None:
    report = evidence(PASSED, node=(FAILED,))
    assert report.clusters() == {"prod": Status.FAIL}
    assert report.counts() == {"pass": 1, "warn": 0, "fail": 1, "skip": 0}


def test_the_report_is_plain_data() -> None:
    data = json.loads(json.dumps(report_data(evidence(PASSED, FAILED))))
    assert data["schema"] == SCHEMA
    assert data["status"] == "fail"
    assert data["hosts"][0]["checks"][1]["findings"][0]["code"] == "value_differs"


@pytest.mark.parametrize(
    ("report", "says"),
    [
        (evidence(FAILED), "correct what failed"),
        (evidence(PASSED, check_mode=True), "without --check"),
        (evidence(PASSED), "deploy a workload cluster"),
        (evidence(PASSED, node=(PASSED,)), "deploy workload clusters as usual"),
        (evidence(PASSED, node=(FAILED,)), "the cluster holds the override"),
        (evidence(FAILED, node=(FAILED,)), "correct what failed"),
        (evidence(SKIPPED, node=(FAILED,)), "correct what failed"),
        (dataclasses.replace(evidence(node=(FAILED,)), hosts=NODE_ALONE), "correct what failed"),
        (evidence(WARNED), "settle the warnings"),
        (evidence(FAILED, BACK), "the clusters are as they were before"),
        (evidence(FAILED, BACK, NOT_BACK), "correct what failed, from the top"),
        (evidence(BACK, playbook="rollback"), "the settings that held before"),
        (evidence(NOT_BACK, playbook="rollback"), "correct what failed"),
        (evidence(BYPASSED, playbook="break_glass"), "break_glass_undo=true"),
        (
            evidence(PASSED, playbook="rollback"),
            "run ansible-playbook palette.image_registry.verify.",
        ),
        (evidence(FAILED, playbook="verify"), "palette.image_registry.override writes again"),
        (evidence(PASSED, playbook="verify", check_mode=True), "deploy workload clusters as usual"),
    ],
)
def test_the_next_step(report: Evidence, says: str) -> None:
    assert says in next_step(report)


def test_hosts_come_cluster_by_cluster_in_natural_order() -> None:
    names = [
        ("pcg", "pcg"),
        ("node-3", "pcg"),
        ("prod-2", "prod-2"),
        ("a", "prod-2"),
        ("node-2", "prod-2"),
        ("node-02", "prod-2"),
        ("node-10", "prod-2"),
        ("prod-10", "prod-10"),
    ]
    hosts = [HostEvidence(host, cluster, (PASSED,)) for host, cluster in names]
    found = [(host.host, host.cluster) for host in in_order(reversed(hosts))]
    expected = [*names[:4], ("node-02", "prod-2"), ("node-2", "prod-2"), *names[6:]]
    assert found == expected
    assert in_order(in_order(hosts)) == in_order(hosts)


def test_checks_of_the_same_name_and_subject_are_told_apart() -> None:
    other = Check("Secret DOMAIN", "c", Status.FAIL)
    host = HostEvidence("prod", "prod", (PASSED, other, FAILED))
    assert checks_by_key(host) == {
        ("Secret DOMAIN", "c", 0): PASSED,
        ("Secret DOMAIN", "c", 1): other,
        ("Secret BASE_PATH", "c", 0): FAILED,
    }


def test_the_mirrors_are_kept_of_clusters_that_have_some() -> None:
    host = HostEvidence("prod", "prod", (PASSED,), (("docker.io", "h/docker.io"),))
    assert host.to_dict(())["mirrors"] == [{"source": "docker.io", "target": "h/docker.io"}]
    assert "mirrors" not in HostEvidence("prod", "prod", (PASSED,)).to_dict(())


def test_the_stats_name_the_nodes_that_failed() -> None:
    told = stats(evidence(FAILED, node=(FAILED,)), next_step="do it", path="/r.json")
    assert told["failed_nodes"] == ["node-1"]
    assert told["clusters"] == {"prod": "fail"}
    assert (told["next_step"], told["report"]) == ("do it", "/r.json")
