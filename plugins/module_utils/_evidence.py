# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings and checks: the words in which every part of the collection reports."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import json
import typing as t

from ._python import StrEnum


class Severity(StrEnum):
    """How bad a finding is. Errors gate, warnings and infos do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Return 0 for info up to 2 for error."""
        return ("info", "warning", "error").index(self.value)

    def at_least(self, other: Severity) -> bool:
        """Return whether this severity is as bad as the other, or worse."""
        return self.rank >= other.rank


class Status(StrEnum):
    """The outcome of a check."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


@dataclasses.dataclass(frozen=True)
class Finding:
    """One problem or remark.

    `code` is stable and in snake_case, `subject` names the entry, file or object,
    `message` says what is wrong and what will happen, `fix` what to write instead: a sentence,
    and where that needs no thought one of _fix, which has it as data, too.
    """

    code: str
    severity: Severity
    subject: str
    message: str
    fix: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return plain data, the form in which findings travel between tasks."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "subject": self.subject,
            "message": self.message,
            "fix": str(self.fix),
        }

    def rewritten(self, rewrite: t.Callable[[str], str]) -> Finding:
        """Return it with its texts rewritten; code and severity are no texts and stay."""
        return dataclasses.replace(
            self,
            subject=rewrite(self.subject),
            message=rewrite(self.message),
            fix=rewrite(self.fix),
        )

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Finding:
        """Read what `to_dict` wrote. Raises KeyError or ValueError on anything else."""
        return cls(
            code=str(data["code"]),
            severity=Severity(data["severity"]),
            subject=str(data["subject"]),
            message=str(data["message"]),
            fix=str(data.get("fix", "")),
        )


@dataclasses.dataclass(frozen=True)
class Check:
    """One proven fact of a run about one subject (a cluster, a node, an image ...)."""

    name: str
    subject: str
    status: Status
    expected: str = ""
    actual: str = ""
    findings: tuple[Finding, ...] = ()

    def to_dict(self) -> dict[str, t.Any]:
        """Return plain data, the form in which checks travel between tasks."""
        return {
            "name": self.name,
            "subject": self.subject,
            "status": self.status.value,
            "expected": self.expected,
            "actual": self.actual,
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def rewritten(self, rewrite: t.Callable[[str], str]) -> Check:
        """Return it with its texts rewritten; name, subject and status stay."""
        return dataclasses.replace(
            self,
            expected=rewrite(self.expected),
            actual=rewrite(self.actual),
            findings=tuple(finding.rewritten(rewrite) for finding in self.findings),
        )

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Check:
        """Read what `to_dict` wrote. Raises KeyError or ValueError on anything else."""
        return cls(
            name=str(data["name"]),
            subject=str(data["subject"]),
            status=Status(data["status"]),
            expected=str(data.get("expected", "")),
            actual=str(data.get("actual", "")),
            findings=tuple(Finding.from_dict(item) for item in data.get("findings", ())),
        )


def packed(checks: t.Iterable[Check]) -> str:
    """Return checks as one text: Ansible walks each result key by key, several times."""
    return json.dumps([check.to_dict() for check in checks], separators=(",", ":"))


def checks_of(result: t.Mapping[str, t.Any]) -> tuple[Check, ...]:
    """Return the checks of a registered result: its list `checks`, or `evidence`, packed.

    Raises KeyError or ValueError on anything else.
    """
    found = result.get("checks")
    if found is None:
        found = json.loads(result.get("evidence") or "[]")
    return tuple(Check.from_dict(check) for check in found)


def worst(severities: t.Iterable[Severity]) -> Severity | None:
    """Return the worst of some severities, None if there are none."""
    return max(severities, key=lambda severity: severity.rank, default=None)


def status_of(findings: t.Iterable[Finding]) -> Status:
    """Return the status of a check that is nothing but its findings."""
    severity = worst(finding.severity for finding in findings)
    if severity is Severity.ERROR:
        return Status.FAIL
    return Status.WARN if severity is Severity.WARNING else Status.PASS


BADNESS = (Status.SKIP, Status.PASS, Status.WARN, Status.FAIL)
"""The statuses from what counts least to what counts most."""


WORST_FIRST = (Status.FAIL, Status.WARN, Status.SKIP, Status.PASS)
"""The statuses in the order in which people read them."""


def overall(statuses: t.Iterable[Status]) -> Status:
    """Return the worst of some statuses; skipped ones count only if there are no others."""
    return max(statuses, key=BADNESS.index, default=Status.SKIP)


__all__ = (
    "BADNESS",
    "WORST_FIRST",
    "Check",
    "Finding",
    "Severity",
    "Status",
    "checks_of",
    "overall",
    "packed",
    "status_of",
    "worst",
)
