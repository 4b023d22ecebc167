# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every check of every host for the script, each text once: nodes are much alike."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import json
import typing as t

from ....module_utils._evidence import Check, Finding
from ..evidence import Evidence


def details_json(evidence: Evidence) -> str:
    """Return JSON that can stand in a script element: no text in it ends that.

    `findings` are [severity, code, subject, message, fix], `checks` are [name, status, expected,
    actual, numbers of findings], `hosts` are {name: [number of a check or [number, subject]]};
    the subject stands there where it is not the host itself.
    """
    tables = _Tables()
    hosts = {
        host.host: [tables.of_host(check, host.host) for check in host.checks]
        for host in evidence.hosts
    }
    data = {"findings": tables.findings, "checks": tables.checks, "hosts": hosts}
    written = json.dumps(data, separators=(",", ":"))
    for char in "<>&":
        written = written.replace(char, f"\\u{ord(char):04x}")
    return written


class _Tables:
    """Collects what is alike once."""

    def __init__(self) -> None:
        self.findings: list[list[t.Any]] = []
        self.checks: list[list[t.Any]] = []
        self._findings: dict[Finding, int] = {}
        self._checks: dict[t.Any, int] = {}

    def of_host(self, check: Check, host: str) -> int | list[t.Any]:
        key = (check.name, check.status, check.expected, check.actual, check.findings)
        if key not in self._checks:
            self._checks[key] = len(self.checks)
            numbers = [self._finding(finding) for finding in check.findings]
            self.checks.append(
                [check.name, check.status.value, check.expected, check.actual, numbers]
            )
        number = self._checks[key]
        return number if check.subject == host else [number, check.subject]

    def _finding(self, finding: Finding) -> int:
        if finding not in self._findings:
            self._findings[finding] = len(self.findings)
            severity = finding.severity.value
            texts = (finding.code, finding.subject, finding.message, finding.fix)
            self.findings.append([severity, *texts])
        return self._findings[finding]


__all__ = ("details_json",)
