# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of a preflight that need nothing but what was read, and what they say in all."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import re
import typing as t

from ...module_utils._causes import describe
from ...module_utils._evidence import Check, Finding, Severity, Status, status_of
from .._failure import Failure

OLDEST_HELM = (3, 14)


def helm_check(subject: str, binary: str, output: str | None) -> Check:
    """Return the check of Helm's version from `helm version --short`, None if it did not run."""
    expected = "3.14 or later"
    if output is None:
        finding = Finding(
            "helm_missing",
            Severity.ERROR,
            binary,
            "it cannot be found or run on the controller",
            "install helm 3.14 or later, or set palette_helm_binary to its path",
        )
        return Check("helm", subject, Status.FAIL, expected, "missing", (finding,))
    match = re.search(r"v?(\d+)\.(\d+)\.(\d+)", output)
    version = match.group() if match else output.strip()
    if match and (int(match[1]), int(match[2])) >= OLDEST_HELM:
        return Check("helm", subject, Status.PASS, expected, version)
    finding = Finding(
        "helm_too_old",
        Severity.ERROR,
        binary,
        f"it is {version}; older clients can delete hubble-system in the middle of an upgrade",
        "install helm 3.14 or later, or set palette_helm_binary to its path",
    )
    return Check("helm", subject, Status.FAIL, expected, version, (finding,))


def findings_check(name: str, subject: str, actual: str, findings: t.Sequence[Finding]) -> Check:
    """Return a check that is nothing but its findings."""
    return Check(name, subject, status_of(findings), "no errors", actual, tuple(findings))


def verdict(checks: t.Iterable[Check]) -> str:
    """Return in words what failed, every error with what to do."""
    failures = [check for check in checks if check.status is Status.FAIL]
    if not failures:
        return "everything holds"
    found = (finding for check in failures for finding in check.findings)
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    number = f"{len(failures)} check{'s' * (len(failures) > 1)} failed"
    return f"{number}; nothing was changed.\n{describe(errors)}"


def failed(name: str, subject: str, failure: Failure) -> Check:
    """Return the check that could not be made."""
    return Check(name, subject, Status.FAIL, findings=failure.findings)


def attempt(name: str, subject: str, ask: t.Callable[[], Check | list[Check]]) -> tuple[Check, ...]:
    """Return what was asked for, or the check that says why it could not be asked."""
    try:
        answer = ask()
    except Failure as failure:
        return (failed(name, subject, failure),)
    return tuple(answer) if isinstance(answer, list) else (answer,)


__all__ = ("attempt", "failed", "findings_check", "helm_check", "verdict")
