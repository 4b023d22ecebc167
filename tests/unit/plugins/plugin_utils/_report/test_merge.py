# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
import random

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    Evidence,
    HostEvidence,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.merge import (
    SLICES_CHECK,
    merge,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.problems import (
    report_data,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.read import (
    ReportError,
    read_report,
)
from tests.evidence_strategies import EVIDENCE
from tests.pages.example_reports import fleet


@hypothesis.given(EVIDENCE, st.integers(1, 5), st.randoms(use_true_random=False))
def test_slices_make_the_report_of_the_whole(
    whole: Evidence, number: int, chance: random.Random
) -> None:
    """Whatever host is in which slice, in two of them, or in which order they come."""
    slices: list[dict[str, HostEvidence]] = [{} for _slice in range(number)]
    for host in whole.hosts:
        for _time in range(chance.choice([1, 1, 2])):
            chance.choice(slices)[host.host] = host
    times = [f"2026-01-02T03:{number:02}:00+00:00" for number in range(len(slices) - 1)]
    chance.shuffle(times)
    parts = [
        Evidence(whole.playbook, time, whole.check_mode, tuple(hosts.values()))
        for hosts, time in zip(slices, [*times, whole.finished], strict=True)
    ]
    parts = [read_report(json.dumps(report_data(part)).encode()) for part in parts]
    chance.shuffle(parts)
    merged = merge(parts)
    latest = max(part.finished for part in parts)
    assert merged == dataclasses.replace(whole, finished=latest)


def host(*checks: Check, cluster: str = "prod") -> HostEvidence:
    return HostEvidence("prod", cluster, checks)


def report(one: HostEvidence, minute: int = 0, **changes: object) -> Evidence:
    base = Evidence("verify", f"2026-01-02T03:{minute:02}:00+00:00", False, (one,))
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


PASSED = Check("health", "prod", Status.PASS, "", "2 ready")
FAILED = Check("health", "prod", Status.FAIL, "", "1 ready")
LATER = Check("health", "prod", Status.PASS, "", "3 ready")
OTHER = Check("helm", "prod", Status.PASS)
TEST_CONFLICTS = [
    # earlier, later, the check that stays
    (host(PASSED, OTHER), host(FAILED, OTHER), FAILED),
    (host(FAILED, OTHER), host(PASSED, OTHER), FAILED),
    (host(PASSED, OTHER), host(LATER, OTHER), LATER),
]


@pytest.mark.parametrize(("earlier", "later", "stays"), TEST_CONFLICTS)
def test_a_host_of_two_outcomes_keeps_the_worse_or_later_one_and_warns(
    earlier: HostEvidence, later: HostEvidence, stays: Check
) -> None:
    parts = [report(earlier), report(later, 1)]
    merged = merge(parts)
    assert merged == merge(parts[::-1])
    (found,) = merged.hosts
    assert found.checks[:2] == (stays, OTHER)
    conflict = found.checks[2]
    assert (conflict.name, conflict.status) == (SLICES_CHECK, Status.WARN)
    assert "do not agree on health;" in conflict.findings[0].message


def test_other_checks_and_another_cluster_are_a_conflict_too() -> None:
    merged = merge([report(host(PASSED)), report(host(PASSED, OTHER, cluster="pcg"), 1)])
    (found,) = merged.hosts
    assert found.cluster == "pcg"
    assert found.checks[:2] == (PASSED, OTHER)
    message = found.checks[2].findings[0].message
    assert "which checks there are, and the cluster to which it belongs" in message


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ([], "nothing to merge"),
        ([report(host(OTHER)), report(host(OTHER), playbook="override")], "override, verify"),
        ([report(host(OTHER)), report(host(OTHER), check_mode=True)], "check mode"),
    ],
)
def test_what_is_not_of_one_run_is_refused(parts: list[Evidence], says: str) -> None:
    with pytest.raises(ReportError, match=says):
        merge(parts)


def test_a_thousand_nodes_in_twenty_slices() -> None:
    whole = fleet(5, 1000)
    parts = [dataclasses.replace(whole, hosts=whole.hosts[start::20]) for start in range(20)]
    assert merge(parts) == whole
