# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
import typing as t

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.config_map import (
    KEY,
    LARGEST,
    config_map,
    config_map_name,
    kept_json,
    of_cluster,
    says_the_same,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    Evidence,
    HostEvidence,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.problems import (
    report_data,
)
from tests.evidence_schema import assert_valid
from tests.evidence_strategies import EVIDENCE
from tests.pages.example_reports import fleet, mended


@pytest.mark.parametrize(
    ("playbook", "name"),
    [
        ("verify", "image-registry-report-verify"),
        ("Drift audit_2", "image-registry-report-drift-audit-2"),
        ("--", "image-registry-report-run"),
        ("a" * 300, "image-registry-report-" + "a" * 231),
    ],
)
def test_the_name_is_one_that_kubernetes_takes(playbook: str, name: str) -> None:
    assert config_map_name(playbook) == name


@hypothesis.given(EVIDENCE, st.integers(1_000, 5_000))
def test_what_is_kept_fits_keeps_the_schema_and_the_verdict(
    evidence: Evidence, largest: int
) -> None:
    text = kept_json(evidence, largest)
    assert len(text.encode()) <= largest
    data = json.loads(text)
    assert_valid(data)
    whole = report_data(evidence)
    for key in ("status", "counts", "playbook", "finished"):
        assert data[key] == whole[key]
    assert ("left_out" in data) is (data["hosts"] != whole["hosts"])


TEST_TRIMMED = [
    # bytes, what is left, what it says
    (2_000_000, {"pass", "warn", "fail", "skip"}, None),
    (200_000, {"warn", "fail"}, "checks that passed or were skipped are left out"),
    (8_000, {"fail"}, "all checks but those that failed are left out"),
    (5_000, {"fail"}, "but those that failed on the first 2 of 5 hosts are left out"),
    (600, set[str](), "all checks are left out"),
]


@pytest.mark.parametrize(("largest", "left", "says"), TEST_TRIMMED)
def test_what_passed_goes_first(largest: int, left: set[str], says: str | None) -> None:
    data = json.loads(kept_json(fleet(3, 200), largest))
    assert {check["status"] for host in data["hosts"] for check in host["checks"]} == left
    assert (says in data["left_out"]) if says else ("left_out" not in data)


def test_commands_are_kept_as_long_as_they_fit() -> None:
    copies = tuple(f"skopeo copy docker://a.example/{n} docker://b.example/{n}" for n in range(99))
    wide, failed = fleet(3, 200), Check("c", "s", Status.FAIL)
    lacking = HostEvidence("lacking", "lacking", (failed,), missing_copies=copies)
    evidence = dataclasses.replace(wide, hosts=(lacking, *wide.hosts))
    for largest, kept in ((2_000_000, list(copies)), (14_000, list(copies)), (9_000, None)):
        data = json.loads(kept_json(evidence, largest))
        assert_valid(data)
        (host,) = (one for one in data["hosts"] if one["host"] == "lacking")
        assert host.get("missing_copies") == kept
        assert {check["status"] for check in host["checks"]} == {"fail"}


def test_a_thousand_nodes_fit() -> None:
    text = config_map(fleet(3, 1000), "x")["data"][KEY]
    assert len(text) <= LARGEST
    assert "left_out" in json.loads(text)


def test_each_cluster_keeps_what_is_about_itself() -> None:
    part = of_cluster(fleet(3, 10), "site-02")
    assert part.clusters() == {"site-02": Status.FAIL}
    assert {host.host for host in part.hosts} == {"site-02", "node-1", "node-4", "node-7"}


def edited(evidence: Evidence, **changes: t.Any) -> Evidence:
    """Return a report with the first check of its first host changed."""
    first = evidence.hosts[0]
    checks = (dataclasses.replace(first.checks[0], **changes), *first.checks[1:])
    hosts = (HostEvidence(first.host, first.cluster, checks, first.mirrors), *evidence.hosts[1:])
    return dataclasses.replace(evidence, hosts=hosts)


BASE = fleet(1, 3)
TEST_THE_SAME = [
    (BASE, True),
    (dataclasses.replace(BASE, finished="2027-01-01T00:00:00+00:00"), True),
    (edited(BASE, actual="created: DOMAIN"), True),
    (edited(BASE, status=Status.WARN), False),
    (edited(BASE, expected="3.13"), False),
    (mended(BASE), False),
    (dataclasses.replace(BASE, hosts=BASE.hosts[:2]), False),
]


@pytest.mark.parametrize(("now", "same"), TEST_THE_SAME)
def test_only_another_verdict_is_news(now: Evidence, same: bool) -> None:
    assert says_the_same(config_map(BASE, "x"), config_map(now, "x")) is same


@pytest.mark.parametrize(
    "live", [None, {}, {"data": {}}, {"data": {KEY: "{"}}, {"data": {KEY: "[" * 99_999}}]
)
def test_one_that_is_absent_or_was_edited_is_written(live: dict[str, t.Any] | None) -> None:
    assert not says_the_same(live, config_map(BASE, "x"))
