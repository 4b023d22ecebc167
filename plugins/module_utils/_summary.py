# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

"""The evidence of a run in the few lines that a tired person reads.

What is alike stands once: hosts with the same outcome, and problems of the same kind. The report's
file has every one of them.
"""

from __future__ import annotations

import dataclasses
import textwrap
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.module_utils._report import (
    Evidence,
    HostEvidence,
)

_WIDTH = 100
_MARKS = {Status.PASS: "ok  ", Status.WARN: "warn", Status.FAIL: "FAIL", Status.SKIP: "skip"}
_VERDICTS = {
    Status.PASS: "PASSED",
    Status.WARN: "PASSED WITH WARNINGS",
    Status.FAIL: "FAILED",
    Status.SKIP: "NOTHING CHECKED",
}
_STATUS_OF = {Severity.ERROR: Status.FAIL, Severity.WARNING: Status.WARN}
_FACTS = ("cluster identity", "image-swap release", "registry secret")
# Longer lists of names end in their number.
_NAMES = 6


@dataclasses.dataclass(frozen=True)
class Line:
    """A line of the summary; `status` says how to colour it."""

    text: str
    status: Status | None = None


def summary(evidence: Evidence, *, next_step: str, report_path: str = "") -> tuple[Line, ...]:
    """Return verdict, a few lines a cluster and a kind of node, the problems, what to do next."""
    dry = " (check mode: nothing was changed)" if evidence.check_mode else ""
    verdict = f"Image registry {evidence.playbook}: {_VERDICTS[evidence.status]}{dry}"
    lines = [Line(""), Line(verdict, evidence.status), Line("-" * _WIDTH)]
    for hosts in _alike(evidence.hosts):
        lines += _host_lines(hosts)
    lines += _problem_lines(evidence)
    lines.append(Line(""))
    lines += [Line(text) for text in _wrapped("Next: ", next_step)]
    if report_path:
        lines.append(Line(f"Report: {report_path}"))
    lines.append(Line(""))
    return tuple(lines)


def _alike(hosts: t.Sequence[HostEvidence]) -> list[list[HostEvidence]]:
    """Return clusters one by one and nodes in groups of the same outcome, in their order."""
    groups: dict[t.Any, list[HostEvidence]] = {}
    for host in hosts:
        outcome: t.Any = host.host
        if host.host != host.cluster:
            outcome = (host.cluster, tuple((check.name, check.status) for check in host.checks))
        groups.setdefault(outcome, []).append(host)
    return list(groups.values())


def _host_lines(hosts: t.Sequence[HostEvidence]) -> list[Line]:
    first = hosts[0]
    kind = "cluster" if first.host == first.cluster else "node"
    number = f"{len(hosts)} nodes" if len(hosts) > 1 else kind
    status = first.status
    lines = [Line(f"{_MARKS[status]}  {number} {_listed([host.host for host in hosts])}", status)]
    for check_status in (Status.FAIL, Status.WARN, Status.SKIP, Status.PASS):
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
    return f"{len(names)} check{'s' * (len(names) > 1)}: {_listed(unique, 3)}"


def _listed(names: t.Sequence[str], most: int = _NAMES) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _problem_lines(evidence: Evidence) -> list[Line]:
    """Return each kind of problem once, errors first: how often, where, the first one's words."""
    kinds: dict[tuple[Severity, str], list[tuple[str, Finding]]] = {}
    for host in evidence.hosts:
        for check in host.checks:
            for finding in check.findings:
                if finding.severity in _STATUS_OF:
                    kinds.setdefault((finding.severity, finding.code), []).append(
                        (host.host, finding)
                    )
    lines: list[Line] = []
    for (severity, code), found in sorted(kinds.items(), key=lambda item: -item[0][0].rank):
        limit = len(found) if severity is Severity.ERROR else 1
        lines += _kind_lines(severity, code, found, limit)
    return lines


def _kind_lines(
    severity: Severity, code: str, found: t.Sequence[tuple[str, Finding]], limit: int
) -> list[Line]:
    status = _STATUS_OF[severity]
    hosts = list(dict.fromkeys(host for host, _finding in found))
    times = f", {len(found)} times" if len(found) > 1 else ""
    lines = [Line(""), Line(f"{severity.value.upper()} {code} on {_listed(hosts)}{times}", status)]
    different = list(dict.fromkeys(finding for _host, finding in found))
    for finding in different[:limit]:
        lines += [Line(text) for text in _wrapped("  ", f"{finding.subject}: {finding.message}")]
        if finding.fix:
            lines += [Line(text) for text in _wrapped("  fix: ", finding.fix)]
    if len(different) > limit:
        lines.append(Line(f"  ... and {len(different) - limit} more like it: see the report"))
    return lines


def _wrapped(label: str, text: str) -> list[str]:
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        lines += textwrap.wrap(
            paragraph,
            _WIDTH,
            initial_indent=label if not lines else " " * len(label),
            subsequent_indent=" " * len(label),
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines


__all__ = ("Line", "summary")
