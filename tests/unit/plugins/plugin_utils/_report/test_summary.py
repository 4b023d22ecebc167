# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.checks import (
    unseen_check,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    Evidence,
    HostEvidence,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.summary import summary

FINDING = Finding("value_differs", Severity.ERROR, "secret/x", "it is a, expected b", "run it")
PASSED = Check("Secret DOMAIN", "c", Status.PASS, "a", "a")
FAILED = Check("Secret BASE_PATH", "c", Status.FAIL, "b", "a", (FINDING,))
SKIPPED = Check("probe", "n", Status.SKIP, "", "no curl there")


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
    assert "ERROR value_differs on prod, node-1, 2 times" in text
    assert "fix: run it" in text
    assert "Next: do it" in text
    assert "Report: /r.html (also .json)" in text


def test_nodes_of_the_same_outcome_stand_together() -> None:
    nodes = [HostEvidence(f"node-{number}", "prod", (PASSED,)) for number in range(200)]
    odd = HostEvidence("node-x", "prod", (FAILED,))
    report = Evidence("verify", "2026-01-02T03:04:05+00:00", False, (*nodes, odd))
    lines = [line.text for line in summary(report, next_step="x")]
    assert "ok    200 nodes node-0, node-1, node-2, node-3, node-4, node-5 and 194 more" in lines
    assert "FAIL  node node-x" in lines
    assert len(lines) < 20


def test_warnings_of_one_kind_show_the_first_and_errors_all() -> None:
    def findings(severity: Severity) -> tuple[Finding, ...]:
        return tuple(
            Finding("some_code", severity, f"entry {number}", "it is odd") for number in range(3)
        )

    warned = Check("inputs", "c", Status.WARN, findings=findings(Severity.WARNING))
    failed = Check("inputs", "c", Status.FAIL, findings=findings(Severity.ERROR))
    text = "\n".join(line.text for line in summary(evidence(warned), next_step="x"))
    assert "entry 0: it is odd" in text
    assert "entry 1" not in text
    assert "and 2 more like it" in text
    text = "\n".join(line.text for line in summary(evidence(failed), next_step="x"))
    assert all(f"entry {number}: it is odd" in text for number in range(3))


def test_a_fleet_out_of_reach_does_not_fill_pages() -> None:
    unseen = tuple(unseen_check(f"node-{n}", "refused", f"no {n}", "start it") for n in range(500))
    lines = summary(evidence(PASSED, node=unseen), next_step="x")
    assert len(lines) < 50
    assert "  ... and 490 more like it: see the report" in [line.text for line in lines]


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
