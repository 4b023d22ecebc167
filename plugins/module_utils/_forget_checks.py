# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is told of a history that goes: why it does not yet, and what has gone."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ..plugin_utils._credentials.findings import Sight
from ..plugin_utils._credentials.history import Memory, counted
from ..plugin_utils._credentials.places import Override
from ._evidence import Check, Finding, Severity, Status


def history_not_seen(sight: Sight, override: Override) -> Finding | None:
    """Return the error that the history itself may not be read: it would seem to be empty."""
    needed = (override.secret_namespace, override.release_namespace)
    unseen = [name for name in dict.fromkeys(needed) if name not in sight.namespaces]
    if not unseen or sight.everywhere:
        return None
    return Finding(
        "history_not_seen",
        Severity.ERROR,
        "user of the kubeconfig",
        f"may not list the Secrets of {', '.join(unseen)}, where the history is",
        "use an administrator's kubeconfig, or have this permission granted",
    )


def not_confirmed(memories: t.Sequence[Memory], subject: str) -> Finding:
    """Return the error that nobody has confirmed yet that the history goes."""
    return Finding(
        "forget_not_confirmed",
        Severity.ERROR,
        f"history of the override on {subject}",
        f"nothing was deleted, since it is not confirmed. {counted(memories)} would go, and no"
        f" rollback would be possible then: {'; '.join(map(str, memories))}",
        f"to go on, give -e rollback_forget_confirm={subject}: each cluster is confirmed by its own"
        " inventory name",
    )


def forgotten_in_part(memories: t.Sequence[Memory]) -> tuple[Finding, ...]:
    """Return the remark on what was deleted before something failed."""
    if not memories:
        return ()
    return (
        Finding(
            "forgotten_in_part",
            Severity.INFO,
            "history of the override",
            f"deleted before that: {'; '.join(map(str, memories))}",
            "run it again: it goes on with what is left",
        ),
    )


def forgotten_check(memories: t.Sequence[Memory], subject: str, *, check_mode: bool) -> Check:
    """Return the check that stands for it in the evidence."""
    name, expected = "history of the override", "forgotten"
    if not memories:
        return Check(name, subject, Status.PASS, expected, "there is none")
    actual = f"{counted(memories)} {'would be deleted' if check_mode else 'deleted'}"
    would = "would no longer be" if check_mode else "is no longer"
    finding = Finding(
        "rollback_impossible",
        Severity.WARNING,
        name,
        f"a rollback {would} possible: there {'would be' if check_mode else 'is'} nothing to go"
        f" back to ({'; '.join(map(str, memories))})",
        "nothing: the next override that changes something keeps a snapshot again",
    )
    return Check(name, subject, Status.WARN, expected, actual, (finding,))


__all__ = ("forgotten_check", "forgotten_in_part", "history_not_seen", "not_confirmed")
