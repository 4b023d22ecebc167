# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do after a run, in words for people and in facts for a workflow."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Check
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    Evidence,
    HostEvidence,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.next_step import (
    next_step,
    stats,
)
from tests.unit.helpers.reports import (
    BACK,
    BYPASSED,
    FAILED,
    NODE_ALONE,
    NOT_BACK,
    PASSED,
    SKIPPED,
    WARNED,
    evidence,
)


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


def test_the_stats_name_the_nodes_that_failed() -> None:
    told = stats(evidence(FAILED, node=(FAILED,)), next_step="do it", path="/r.json")
    assert told["failed_nodes"] == ["node-1"]
    assert told["clusters"] == {"prod": "fail"}
    assert (told["next_step"], told["report"]) == ("do it", "/r.json")


def test_the_stats_name_a_few_nodes_and_count_all() -> None:
    nodes = tuple(HostEvidence(f"n{number}", "prod", (FAILED,)) for number in range(30))
    told = stats(dataclasses.replace(evidence(), hosts=nodes), next_step="", path="")
    assert (len(told["failed_nodes"]), told["failed_nodes_count"]) == (20, 30)
    assert told["counts"]["fail"] == 30


def test_the_stats_stay_small() -> None:
    """AWX keeps them in its database, and hands them to each job that follows."""
    copies = tuple(f"skopeo copy {number} " + "x" * 1000 for number in range(200))
    hosts = (HostEvidence("prod", "prod", (PASSED,), missing_copies=copies),)
    told = stats(dataclasses.replace(evidence(), hosts=hosts), next_step="", path="")
    assert told["missing_copies_count"] == 200
    assert told["missing_copies"] == list(copies[: len(told["missing_copies"])])
    assert 0 < len("".join(told["missing_copies"])) <= 64 * 1024


def test_what_several_clusters_lack_is_named_once() -> None:
    hosts = tuple(HostEvidence(name, name, (PASSED,), missing_copies=("a",)) for name in "xy")
    told = stats(dataclasses.replace(evidence(), hosts=hosts), next_step="", path="")
    assert (told["missing_copies"], told["missing_copies_count"]) == (["a"], 1)


@pytest.mark.parametrize(
    ("playbook", "checks", "says"),
    [
        ("override", (FAILED, BACK), "as they were before"),
        ("verify", (FAILED, BACK), "writes again"),
        ("override", (FAILED, BACK, NOT_BACK), "run the playbook again"),
        ("rollback", (WARNED, BACK), "settle the warnings"),
    ],
)
def test_only_an_override_says_that_it_was_put_back(
    playbook: str, checks: tuple[Check, ...], says: str
) -> None:
    assert says in next_step(evidence(*checks, playbook=playbook))
