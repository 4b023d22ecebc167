# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers that people set, and what they may be: a timeout of 0 is no timeout to some libraries."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ..module_utils._evidence import Finding, Severity
from ..module_utils._redact import cut
from ._failure import Failure

Range = tuple[float, float]
"""The least and the greatest number that something may be."""

A_DAY = 86400.0


def require_numbers(options: t.Mapping[str, t.Any], ranges: t.Mapping[str, Range]) -> None:
    """Raise Failure, which names them, if options are outside of their ranges, or no numbers."""
    findings = number_findings(options, ranges)
    if findings:
        raise Failure(*findings)


def number_findings(
    options: t.Mapping[str, t.Any], ranges: t.Mapping[str, Range]
) -> tuple[Finding, ...]:
    """Return an error for each option that is outside of its range, or no number."""
    return tuple(
        Finding(
            "number_out_of_range",
            Severity.ERROR,
            name,
            f"it is {cut(str(options[name]), 40)}",
            f"give a number from {least:g} to {greatest:g}",
        )
        for name, (least, greatest) in ranges.items()
        if not _is_within(options[name], least, greatest)
    )


def _is_within(value: object, least: float, greatest: float) -> bool:
    try:
        return least <= float(str(value)) <= greatest
    except ValueError:
        return False


__all__ = ("A_DAY", "Range", "number_findings", "require_numbers")
