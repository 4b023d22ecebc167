# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    Evidence,
    HostEvidence,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.problems import (
    problems,
)

ERROR = Finding("bad", Severity.ERROR, "file", "it is bad", "mend it")
ODD = Finding("odd", Severity.WARNING, "file", "it is odd")


def report(*checks: Check, nodes: int = 1) -> Evidence:
    hosts = tuple(HostEvidence(f"n{number}", "prod", checks) for number in range(nodes))
    return Evidence("verify", "2026-01-02T03:04:05+00:00", False, hosts)


def test_what_is_alike_stands_once_the_worst_first() -> None:
    check = Check("c", "s", Status.FAIL, "a", "b", (ODD, ERROR))
    first, second = problems(report(check, nodes=3))
    assert (first.code, first.severity, first.times) == ("bad", Severity.ERROR, 3)
    assert first.hosts == ("n0", "n1", "n2")
    (occurrence,) = first.occurrences
    assert (occurrence.finding, occurrence.check) == (ERROR, check)
    assert second.code == "odd"


def test_a_check_that_failed_without_a_word_is_a_finding_itself() -> None:
    silent = Check("Secret DOMAIN", "prod", Status.FAIL, "a.io", "b.io")
    half = Check("probe", "prod", Status.FAIL, "", "", (ODD,))
    warned = Check("inputs", "prod", Status.WARN, "", "3 entries")
    found = problems(report(silent, half, warned))
    texts = {one.finding.message for problem in found for one in problem.occurrences}
    assert [problem.code for problem in found] == ["check_fail", "odd", "check_warn"]
    assert "Secret DOMAIN: expected a.io, found b.io" in texts
    assert "probe: expected nothing, found -" in texts


def test_what_passed_or_was_skipped_is_none() -> None:
    assert problems(report(Check("a", "s", Status.PASS), Check("b", "s", Status.SKIP))) == ()
