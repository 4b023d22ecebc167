# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The problems of a run by their causes: what is alike on a thousand nodes is read once."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ...module_utils._causes import CAUSES, Cause, cause_of, page_of, sentence
from ...module_utils._evidence import Check, Finding, Severity, Status, worst
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
        return _each_once(host for one in self.occurrences for host in one.hosts)


@dataclasses.dataclass(frozen=True)
class CauseFound:
    """One cause with all that was found of it; `problems` begin with what tells it best.

    `subject` names what is to be corrected, `message` says what happens, `fix` what to do.
    """

    code: str
    subject: str
    message: str
    fix: str
    problems: tuple[Problem, ...]

    @property
    def severity(self) -> Severity:
        """Return that of its worst finding."""
        return worst(problem.severity for problem in self.problems) or Severity.INFO

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return the hosts that show it, each once."""
        return _each_once(host for problem in self.problems for host in problem.hosts)

    @property
    def times(self) -> int:
        """Return how many findings are of it."""
        return sum(problem.times for problem in self.problems)

    def to_dict(self) -> dict[str, t.Any]:
        """Return plain data; which findings are of it, these say themselves."""
        return {
            "cause": self.code,
            "subject": self.subject,
            "severity": self.severity.value,
            "message": self.message,
            "fix": sentence(self.fix),
            "url": page_of(self.code),
            "hosts": len(self.hosts),
            "findings": self.times,
            "codes": list(_each_once(problem.code for problem in self.problems)),
        }


def causes(evidence: Evidence) -> tuple[CauseFound, ...]:
    """Return every cause, the worst first, of the same severity that of most findings."""
    kinds: dict[str, dict[tuple[Severity, str], _Found]] = {}
    codes_of = evidence.codes_by_host()
    for host in evidence.hosts:
        for check in host.checks:
            for finding in _findings(check):
                cause = cause_of(finding.code, codes_of[host.host])
                kind = kinds.setdefault(cause, {}).setdefault((finding.severity, finding.code), {})
                kind.setdefault(finding, (check, []))[1].append(host.host)
    found = [_cause(code, of_cause) for code, of_cause in kinds.items()]
    return tuple(sorted(found, key=_worst_first))


def _worst_first(cause: CauseFound) -> tuple[int, int, int]:
    breaking = [code for code, known in CAUSES.items() if known.breaks_pulls]
    place = breaking.index(cause.code) if cause.code in breaking else len(breaking)
    return -cause.severity.rank, place, -cause.times


def report_data(evidence: Evidence) -> dict[str, t.Any]:
    """Return the report as data; its form is named by `schema`."""
    return {**evidence.to_dict(), "causes": [cause.to_dict() for cause in causes(evidence)]}


_Found = dict[Finding, tuple[Check, list[str]]]


def _cause(code: str, kinds: t.Mapping[tuple[Severity, str], _Found]) -> CauseFound:
    found = [_problem(*kind, occurrences) for kind, occurrences in kinds.items()]
    ordered = sorted(found, key=lambda one: (one.code != code, -one.severity.rank))
    first = ordered[0]
    finding = first.occurrences[0].finding
    subjects = _each_once(one.finding.subject for one in first.occurrences)
    subject = subjects[0] if len(subjects) == 1 else f"{subjects[0]} and {len(subjects) - 1} more"
    told = Cause(subject, finding.message, finding.fix)
    known = CAUSES.get(code)
    if known:  # a symptom alone tells more of itself than the words that cover all of them
        alone = len(ordered) == 1 and first.code != code
        told = dataclasses.replace(told, subject=known.subject) if alone else known
    return CauseFound(code, told.subject, told.message, told.fix, tuple(ordered))


def _problem(severity: Severity, code: str, found: _Found) -> Problem:
    occurrences = tuple(
        Occurrence(finding, _each_once(hosts), check) for finding, (check, hosts) in found.items()
    )
    return Problem(severity, code, occurrences, sum(len(hosts) for _check, hosts in found.values()))


def _each_once(names: t.Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _findings(check: Check) -> t.Iterator[Finding]:
    """Yield a check's findings; one that failed without any is a finding itself."""
    yield from check.findings
    severity = _UNEXPLAINED.get(check.status)
    if severity and not any(finding.severity.at_least(severity) for finding in check.findings):
        said = f"{check.name}: expected {check.expected or 'nothing'}, found {check.actual or '-'}"
        yield Finding(f"check_{check.status.value}", severity, check.subject, said)


__all__ = ("CauseFound", "Occurrence", "Problem", "causes", "report_data")
