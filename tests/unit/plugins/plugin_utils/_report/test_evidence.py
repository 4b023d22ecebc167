# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    SCHEMA,
    HostEvidence,
    checks_by_key,
    in_order,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.problems import (
    report_data,
)
from tests.unit.helpers.reports import (
    FAILED,
    PASSED,
    evidence,
)


def test_a_failed_node_fails_its_cluster() -> None:
    report = evidence(PASSED, node=(FAILED,))
    assert report.clusters() == {"prod": Status.FAIL}
    assert report.counts() == {"pass": 1, "warn": 0, "fail": 1, "skip": 0}


def test_the_report_is_plain_data() -> None:
    data = json.loads(json.dumps(report_data(evidence(PASSED, FAILED))))
    assert data["schema"] == SCHEMA
    assert data["status"] == "fail"
    assert data["hosts"][0]["checks"][1]["findings"][0]["code"] == "value_differs"


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
