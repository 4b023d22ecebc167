# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The problems of a run, each kind once: what is alike on a thousand nodes is read once."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status
from .evidence import Evidence

_UNEXPLAINED = {Status.FAIL: Severity.ERROR, Status.WARN: Severity.WARNING}


@dataclasses.dataclass(frozen=True)
class Occurrence:
    """One finding, the hosts that have it, and the first check that shows it there."""

    finding: Finding
    hosts: tuple[str, ...]
    check: Check


@dataclasses.dataclass(frozen=True)
class Problem:
    """All findings of one code and severity."""

    severity: Severity
    code: str
    occurrences: tuple[Occurrence, ...]
    times: int

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return the hosts that have it, each once."""
        return tuple(dict.fromkeys(host for one in self.occurrences for host in one.hosts))


def problems(evidence: Evidence) -> tuple[Problem, ...]:
    """Return every kind of finding, the worst first, otherwise in the order of the checks."""
    kinds: dict[tuple[Severity, str], dict[Finding, tuple[Check, list[str]]]] = {}
    for host in evidence.hosts:
        for check in host.checks:
            for finding in _findings(check):
                kind = kinds.setdefault((finding.severity, finding.code), {})
                kind.setdefault(finding, (check, []))[1].append(host.host)
    found = [_problem(*kind, occurrences) for kind, occurrences in kinds.items()]
    return tuple(sorted(found, key=lambda problem: -problem.severity.rank))


def _problem(
    severity: Severity, code: str, occurrences: t.Mapping[Finding, tuple[Check, list[str]]]
) -> Problem:
    return Problem(
        severity,
        code,
        tuple(
            Occurrence(finding, tuple(dict.fromkeys(hosts)), check)
            for finding, (check, hosts) in occurrences.items()
        ),
        sum(len(hosts) for _finding, hosts in occurrences.values()),
    )


def _findings(check: Check) -> t.Iterator[Finding]:
    """Yield a check's findings; one that failed without any is a finding itself."""
    yield from check.findings
    severity = _UNEXPLAINED.get(check.status)
    if severity and not any(finding.severity.at_least(severity) for finding in check.findings):
        said = f"{check.name}: expected {check.expected or 'nothing'}, found {check.actual or '-'}"
        yield Finding(f"check_{check.status.value}", severity, check.subject, said)


__all__ = ("Occurrence", "Problem", "problems")
