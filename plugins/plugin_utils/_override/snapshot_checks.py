# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the snapshots of a cluster, and its lock, say about overrides that came before."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import datetime
import typing as t

from ...module_utils._evidence import Check, Finding, Severity, status_of
from .lease import Lease, grace_of
from .snapshot import Snapshot, in_order, interrupted

CHECK_NAME = "snapshots"


def snapshots_check(
    subject: str,
    snapshots: t.Sequence[Snapshot],
    findings: t.Sequence[Finding],
    lease: Lease | None,
    now: datetime.datetime,
) -> Check:
    """Return the check that no override stopped half-way. `findings` are those of reading them."""
    found = list(findings)
    runs = lease is not None and not lease.is_free(now, grace_of(lease.duration))
    left = interrupted(snapshots)
    if lease is not None and runs:
        found.append(_running(subject, lease))
    elif left:
        found.append(_interrupted(left))
    ordered = in_order(snapshots)
    listed = "; ".join(f"{item.id} ({item.state.value}): {item.described}" for item in ordered)
    actual = f"{len(ordered)}, the newest last: {listed}" if ordered else "none"
    return Check(
        CHECK_NAME, subject, status_of(found), "no interrupted override", actual, tuple(found)
    )


def _running(subject: str, lease: Lease) -> Finding:
    return Finding(
        "override_running",
        Severity.WARNING,
        subject,
        f"{lease.holder} works on this cluster now, or was killed less than {lease.duration} s ago",
        "look again when it has ended; if it was killed, run ansible-playbook"
        " palette.image_registry.override, which waits until that is certain and then finishes it",
    )


def _interrupted(left: Snapshot) -> Finding:
    return Finding(
        "override_interrupted",
        Severity.WARNING,
        f"snapshot {left.id}",
        f"what {left.taken_by} began at {left.taken_at} did not end: it was killed, or could not"
        " reach the cluster any more",
        "run ansible-playbook palette.image_registry.override to finish it, or rollback to undo it",
    )


__all__ = ("CHECK_NAME", "snapshots_check")
