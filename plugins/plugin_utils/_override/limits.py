# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The numbers that an override is given: whether they leave a lock, and a way back."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

from ...module_utils._evidence import Finding, Severity
from .._numbers import A_DAY, Range, number_findings

DURATION_VARIABLE = "palette_lock_duration"
DURATION_RANGE: Range = (1, A_DAY)  # the API server has no Lease of 0 seconds
_KEEP_VARIABLE = "transaction_keep_snapshots"
_KEEP_RANGE: Range = (1, 99)
# An override that fails makes two revisions: its own, and the rollback.
_REVISIONS = 2


def limit_findings(
    *, keep: int, lock_duration: int, history_max: int, release: bool
) -> tuple[Finding, ...]:
    """Return what cannot work: so many snapshots, seconds of the lock, and Helm revisions.

    `release` says whether a release is concerned.
    """
    findings = list(
        number_findings(
            {_KEEP_VARIABLE: keep, DURATION_VARIABLE: lock_duration},
            {_KEEP_VARIABLE: _KEEP_RANGE, DURATION_VARIABLE: DURATION_RANGE},
        )
    )
    needed = _REVISIONS * keep + 2
    if release and 0 < history_max < needed:
        findings.append(
            Finding(
                "history_too_short",
                Severity.ERROR,
                "palette_image_swap_history_max",
                f"Helm would keep {history_max} revisions, but {keep}"
                f" snapshots may need {needed}; nothing was changed",
                f"set palette_image_swap_history_max to {needed} or more,"
                " or transaction_keep_snapshots to less",
            )
        )
    return tuple(findings)


__all__ = ("DURATION_RANGE", "DURATION_VARIABLE", "limit_findings")
