# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._causes import page_of
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
    status_of,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.checks import (
    unseen_check,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    Evidence,
    HostEvidence,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.summary import summary
from tests.pages.summaries import EVIDENCE, GOLDEN, shown
from tests.unit.helpers.reports import FAILED, PASSED, SKIPPED, evidence


def test_the_summary_names_what_failed_once_and_what_to_do() -> None:
    report = evidence(PASSED, FAILED, node=(FAILED, SKIPPED))
    text = "\n".join(
        line.text
        for line in summary(report, next_step="do it", report_paths=["/r.html", "/r.json"])
    )
    assert "Image registry override: FAILED" in text
    assert "cluster prod" in text
    assert "node node-1" in text
    assert text.count("it is a, expected b") == 1
    assert "FAIL  value_differs: secret/x, on prod, node-1, 2 times" in text
    assert "fix: Run it." in text
    assert "Next: do it" in text
    assert "Report: /r.html (also .json)" in text


def test_nodes_of_the_same_outcome_stand_together() -> None:
    nodes = [HostEvidence(f"node-{number}", "prod", (PASSED,)) for number in range(200)]
    odd = HostEvidence("node-x", "prod", (FAILED,))
    report = Evidence("verify", "2026-01-02T03:04:05+00:00", False, (*nodes, odd))
    lines = [line.text for line in summary(report, next_step="x")]
    assert ("ok    200 nodes node-0, node-1, node-2 and 197 more: 1 check ok") in lines
    assert "FAIL  node node-x: 1 check failed (Secret BASE_PATH)" in lines
    assert len(lines) < 12


def some(number: int, severity: Severity = Severity.WARNING, **changes: str) -> Check:
    words = {"code": "some_code", "message": "it is odd", "fix": "", **changes}
    found = tuple(
        Finding(subject=f"entry {number}", severity=severity, **words) for number in range(number)
    )
    return Check("inputs", "c", status_of(found), findings=found)


def text_of(report: Evidence, **options: t.Any) -> str:
    return "\n".join(line.text for line in summary(report, next_step="x", **options))


def test_what_is_of_one_kind_is_told_once_and_whole_if_asked() -> None:
    report = evidence(some(3))
    assert "warn  some_code: entry 0 and 2 more, on prod, 3 times\n      it is odd" in text_of(
        report
    )
    assert "entry 1" not in text_of(report)
    whole = text_of(report, whole=True)
    assert all(f"  entry {number}: it is odd" in whole for number in range(3))
    assert f"  see: {page_of('some_code')}" in whole


def test_three_causes_are_spelled_out_and_the_others_counted() -> None:
    kinds = [some(9 - number, code=f"code_{number}") for number in range(5)]
    failed = some(1, Severity.ERROR, code="bad")
    report = evidence(*kinds, some(1, Severity.INFO, code="fine"), failed)
    text = text_of(report)
    assert [line[6:12] for line in text.splitlines() if ": entry" in line] == [
        "bad: e",
        "code_0",
        "code_1",
    ]
    assert "And 3 more warnings: code_2, code_3, code_4 (-v shows them)" in text
    assert "fine" not in text
    assert "INFO fine on prod" in text_of(report, whole=True)
    command = '-v -e \'{"report_inputs": ["/r.json"]}\' shows them'
    assert command in " ".join(text_of(report, report_paths=["/r.html", "/r.json"]).split())


TEST_LONG = [
    # message, fix, lines of each
    ("word " * 15, "word " * 60, 1, 2),
    ("word " * 60, "word " * 15, 2, 1),
    ("word " * 60, "word " * 60, 1, 2),
    ("word " * 60, "", 3, 0),
    ("One sentence. " + "word " * 100, "Do it. " + "word " * 60, 1, 1),
]


@pytest.mark.parametrize(("message", "fix", "of_message", "of_fix"), TEST_LONG)
def test_a_cause_has_four_lines_whatever_it_says(
    message: str, fix: str, of_message: int, of_fix: int
) -> None:
    lines = text_of(evidence(some(1, message=message, fix=fix))).splitlines()
    start = next(number for number, line in enumerate(lines) if "some_code" in line)
    block = lines[start : lines.index("", start)]
    assert len(block) == 1 + of_message + of_fix
    assert max(map(len, lines)) <= 100
    assert len([line for line in block if line.startswith("      fix: ")]) == min(of_fix, 1)


def test_a_long_subject_gets_a_line_and_hosts_another() -> None:
    long = Finding("some_code", Severity.ERROR, "/etc/" + "x" * 60, "w " * 99, "w " * 99)
    hosts = tuple(HostEvidence(f"node-{n:030}", "p", (some(1),)) for n in range(9))
    failed = HostEvidence("p", "p", (Check("c", "p", Status.FAIL, findings=(long,)),))
    report = Evidence("verify", "2026-01-02T03:04:05+00:00", False, (failed, *hosts))
    lines = text_of(report).splitlines()
    assert max(map(len, lines)) <= 100
    start = next(number for number, line in enumerate(lines) if "some_code" in line)
    assert len(lines[start : lines.index("", start)]) == 4


def test_a_fleet_out_of_reach_does_not_fill_pages() -> None:
    unseen = tuple(unseen_check(f"node-{n}", "refused", f"no {n}", "start it") for n in range(500))
    lines = summary(evidence(PASSED, node=unseen), next_step="x")
    assert len(lines) < 16
    assert "FAIL  node_refused: node-0 and 499 more, on node-1, 500 times" in [
        line.text for line in lines
    ]


def test_nodes_that_were_not_seen_are_counted() -> None:
    unseen = tuple(unseen_check(f"node-{n}", "refused", "no sshd", "start it") for n in range(2))
    lines = summary(evidence(PASSED, node=unseen), next_step="x")
    assert "2 nodes were not seen: refused: node-0, node-1" in [line.text for line in lines]
    text = "\n".join(line.text for line in summary(evidence(PASSED), next_step="x"))
    assert "not seen" not in text


def test_a_webhook_that_does_not_run_yet_is_in_the_first_line() -> None:
    finding = Finding("webhook_not_rolled_out", Severity.WARNING, "deployment/x", "ErrImagePull")
    warned = Check("webhook replicas", "c", Status.WARN, findings=(finding,))
    _blank, first, *_rest = summary(evidence(PASSED, warned), next_step="x")
    assert first.text == (
        "Image registry override: PASSED WITH WARNINGS, BUT THE WEBHOOK DOES NOT RUN YET (prod)"
    )
    _blank, first, *_rest = summary(evidence(warned, FAILED), next_step="x")
    assert first.text == "Image registry override: FAILED"


def test_check_mode_is_said() -> None:
    lines = summary(evidence(PASSED, check_mode=True), next_step="x")
    assert "nothing was changed" in lines[1].text


@pytest.mark.parametrize("name", EVIDENCE)
def test_the_terminal_shows_what_was_read_and_pinned(name: str) -> None:
    """After a change read the texts that `python -m tests.pages.summaries` writes."""
    text = shown(name)
    assert text == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 100


def test_two_hundred_nodes_without_v2_are_one_line_of_causes() -> None:
    text = shown("200_nodes")
    assert text.count("v2_missing_for_nodes") == 1
    assert "targets without /v2\n      on production, node-1, node-2" in text


def test_what_was_done_to_a_cluster_is_told_by_the_check_that_did_it() -> None:
    done = Check("image-swap release", "c", Status.PASS, "", "deployed now: chart-1, revision 1")
    seen = Check("image-swap release", "c", Status.PASS, "", "deployed, chart-1, revision 1")
    assert "cluster prod: image-swap release deployed now, 2 checks ok" in text_of(
        evidence(done, seen)
    )
