# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The evidence of a run in the few lines that a tired person reads.

What is alike stands once: hosts with the same outcome, and problems of the same kind. The report's
file has every one of them.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import textwrap
import typing as t

from ...module_utils._evidence import WORST_FIRST, Check, Severity, Status
from ...module_utils._visible import visible, visible_line
from .._nodes.checks import unseen_line
from .evidence import Evidence, HostEvidence
from .problems import Problem, problems

_WIDTH = 100
_MARKS = {Status.PASS: "ok  ", Status.WARN: "warn", Status.FAIL: "FAIL", Status.SKIP: "skip"}
VERDICTS = {
    Status.PASS: "PASSED",
    Status.WARN: "PASSED WITH WARNINGS",
    Status.FAIL: "FAILED",
    Status.SKIP: "NOTHING CHECKED",
}
_STATUS_OF = {Severity.ERROR: Status.FAIL, Severity.WARNING: Status.WARN}
_FACTS = (
    "cluster identity",
    "registry",
    "live Secret",
    "images",
    "image-swap release",
    "registry secret",
    "webhook canary",
    "secret put back",
    "release put back",
    "snapshots",
)
_NOT_ROLLED_OUT = "webhook_not_rolled_out"
# Longer lists of names end in their number.
_NAMES = 6
# Of one kind. A fleet that is out of reach would fill pages; the report's file has them all.
_MOST_ERRORS = 10


@dataclasses.dataclass(frozen=True)
class Line:
    """A line of the summary; `status` says how to colour it."""

    text: str
    status: Status | None = None


def summary(
    evidence: Evidence, *, next_step: str, report_paths: t.Sequence[str] = ()
) -> tuple[Line, ...]:
    """Return verdict, a few lines a cluster and a kind of node, the problems, what to do next.

    The first of the report's files is named whole, of the others only how they end.
    """
    dry = " (check mode: nothing was changed)" if evidence.check_mode else ""
    but = _but(evidence)
    verdict = f"Image registry {evidence.playbook}: {VERDICTS[evidence.status]}{but}{dry}"
    lines = [Line(""), Line(verdict, evidence.status), Line("-" * _WIDTH)]
    for hosts in _alike(evidence.hosts):
        lines += _host_lines(hosts)
    unseen = unseen_line(check for host in evidence.hosts for check in host.checks)
    if unseen:
        lines += [Line(""), *(Line(text, Status.FAIL) for text in _wrapped("", unseen))]
    lines += _problem_lines(evidence)
    lines.append(Line(""))
    lines += [Line(text) for text in _wrapped("Next: ", next_step)]
    if report_paths:
        first, *others = report_paths
        endings = ", ".join(f".{path.rpartition('.')[2]}" for path in others)
        lines.append(Line(f"Report: {first}{f' (also {endings})' if others else ''}"))
    lines.append(Line(""))
    return tuple(Line(visible_line(line.text), line.status) for line in lines)


def _but(evidence: Evidence) -> str:
    """Return what a verdict that is no failure would hide."""
    found = (
        host.host
        for host in evidence.hosts
        if any(one.code == _NOT_ROLLED_OUT for check in host.checks for one in check.findings)
    )
    clusters = list(dict.fromkeys(found))
    if not clusters or evidence.status is Status.FAIL:
        return ""
    return f", BUT THE WEBHOOK DOES NOT RUN YET ({listed(clusters)})"


def _alike(hosts: t.Sequence[HostEvidence]) -> list[list[HostEvidence]]:
    """Return clusters one by one and nodes in groups of the same outcome, in their order."""
    groups: dict[t.Any, list[HostEvidence]] = {}
    for host in hosts:
        outcome: t.Any = host.host
        if host.is_node:
            outcome = (host.cluster, tuple((check.name, check.status) for check in host.checks))
        groups.setdefault(outcome, []).append(host)
    return list(groups.values())


def _host_lines(hosts: t.Sequence[HostEvidence]) -> list[Line]:
    first = hosts[0]
    kind = "node" if first.is_node else "cluster"
    number = f"{len(hosts)} nodes" if len(hosts) > 1 else kind
    status = first.status
    lines = [Line(f"{_MARKS[status]}  {number} {listed([host.host for host in hosts])}", status)]
    for check_status in WORST_FIRST:
        names = [check.name for check in first.checks if check.status is check_status]
        if names:
            text = f"      {_MARKS[check_status]}  {_counted(names)}"
            lines.append(Line(text, check_status))
    lines += [Line(f"      {text}") for text in _facts(first.checks)]
    return lines


def _facts(checks: t.Iterable[Check]) -> t.Iterator[str]:
    """Yield what is worth a line even when all is well: which cluster it was, what was done."""
    actual: dict[str, str] = {}
    for check in checks:
        if check.name in _FACTS and check.actual:
            actual.setdefault(check.name, check.actual)
    for name, text in actual.items():
        yield f"{name}: {text}"


def _counted(names: t.Sequence[str]) -> str:
    unique = list(dict.fromkeys(names))
    return f"{len(names)} check{'s' * (len(names) > 1)}: {listed(unique, 3)}"


def listed(names: t.Sequence[str], most: int = _NAMES) -> str:
    """Return names as a text; of many the first ones and how many more there are."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _problem_lines(evidence: Evidence) -> list[Line]:
    """Return each kind of problem once, errors first: how often, where, the first one's words."""
    lines: list[Line] = []
    for problem in problems(evidence):
        if problem.severity in _STATUS_OF:
            lines += _kind_lines(problem)
    return lines


def _kind_lines(problem: Problem) -> list[Line]:
    severity, found = problem.severity, problem.occurrences
    times = f", {problem.times} times" if problem.times > 1 else ""
    head = f"{severity.value.upper()} {problem.code} on {listed(problem.hosts)}{times}"
    lines = [Line(""), Line(head, _STATUS_OF[severity])]
    shown = found[: _MOST_ERRORS if severity is Severity.ERROR else 1]
    for occurrence in shown:
        finding = occurrence.finding
        lines += [Line(text) for text in _wrapped("  ", f"{finding.subject}: {finding.message}")]
        if finding.fix:
            lines += [Line(text) for text in _wrapped("  fix: ", finding.fix)]
    if len(found) > len(shown):
        lines.append(Line(f"  ... and {len(found) - len(shown)} more like it: see the report"))
    return lines


def _wrapped(label: str, text: str) -> list[str]:
    """Return a text in lines; what begins one in the text itself is marked, it is not our word."""
    lines: list[str] = []
    for paragraph in visible(text).split("\n"):
        lines += textwrap.wrap(
            paragraph,
            _WIDTH,
            initial_indent=label if not lines else f"{' ' * len(label)}| ",
            subsequent_indent=" " * len(label),
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines


__all__ = ("VERDICTS", "Line", "listed", "summary")
