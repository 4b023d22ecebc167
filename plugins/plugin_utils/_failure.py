# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ends an action, told as findings."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ..module_utils._causes import describe
from ..module_utils._evidence import Finding, Severity


class Failure(Exception):
    """Something that ends the action, as findings for a person."""

    def __init__(self, *findings: Finding, said: str = "") -> None:
        """Keep the findings, whose description is the text, and what a module `said`, redacted."""
        super().__init__(describe(findings))
        self.findings = findings
        self.said = said

    @classmethod
    def of(cls, code: str, subject: str, message: str, fix: str) -> Failure:
        """Return the failure of one error."""
        return cls(Finding(code, Severity.ERROR, subject, message, fix))

    def result(self, redact: t.Callable[[str], str] = str) -> dict[str, t.Any]:
        """Return what an action returns that it ends, its texts redacted."""
        findings = [finding.rewritten(redact).to_dict() for finding in self.findings]
        return {"failed": True, "msg": redact(str(self)), "findings": findings}

    @property
    def code(self) -> str:
        """Return the code of the first finding."""
        return self.findings[0].code


__all__ = ("Failure",)
