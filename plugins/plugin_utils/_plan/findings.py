# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings of many images or sources told once each: one finding a code."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ...module_utils._evidence import Finding, worst

_NAMED = 4
"""How many other subjects a merged finding names; the rest is counted."""


def merge_findings(findings: t.Iterable[Finding]) -> tuple[Finding, ...]:
    """Return one finding a code, in order of appearance, with the worst severity.

    The message is that of the first, and says for what else it holds.
    """
    by_code: dict[str, list[Finding]] = {}
    for finding in findings:
        by_code.setdefault(finding.code, []).append(finding)
    return tuple(_merge(group) for group in by_code.values())


def _merge(group: t.Sequence[Finding]) -> Finding:
    first = group[0]
    severity = worst(finding.severity for finding in group) or first.severity
    others = list(dict.fromkeys(f.subject for f in group if f.subject != first.subject))
    more = len({f.message for f in group if f.subject == first.subject}) - 1
    tail = ""
    if others:
        rest = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        tail = f" The same goes for {', '.join(others[:_NAMED])}{rest}."
    elif more:
        tail = f" The same goes for {more} more."
    return dataclasses.replace(first, severity=severity, message=f"{first.message}{tail}")


__all__ = ("merge_findings",)
