# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A release that a Helm command works on, or worked on when it was killed: what to make of it.

Helm does not say which of the two it is, and nobody but the command itself could. So a release
counts as being worked on for as long as a command of ours may take, and as left behind after that.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import datetime
import math

from ...module_utils._evidence import Finding, Severity
from .release import Release


@dataclasses.dataclass(frozen=True)
class Pending:
    """A pending release, where it can go back to (None: out of the cluster), and when it may.

    `seconds_left` says for how long somebody may still work on it.
    """

    live: Release
    last_deployed: Release | None
    seconds_left: int

    @property
    def way_back(self) -> str:
        """Return what a recovery does, as a verb with its object."""
        if self.last_deployed is None:
            return "uninstall it, because no revision was ever deployed"
        return f"go back to revision {self.last_deployed.revision}, the last that was deployed"

    @property
    def _state(self) -> str:
        since = ""
        if self.live.deployed_at:
            time = self.live.deployed_at.astimezone(datetime.UTC)
            since = f" since {time.isoformat(sep=' ', timespec='seconds').partition('+')[0]} UTC"
        return f"revision {self.live.revision} is {self.live.status}{since}"

    def refusal(self, subject: str, *, recover: bool) -> Finding:
        """Return why nothing is done, `recover` being whether a recovery was asked for."""
        message = (
            f"{self._state}: a Helm command works on it, or was killed while it did; nothing was"
            " changed"
        )
        if self.seconds_left:
            verb = f"that command may run for {self.seconds_left} more seconds"
            fix = f"{verb}: wait, then run again"
            if recover:
                message += f". palette_image_swap_recover_pending waits for it as well: {verb}"
                fix = (
                    f"run again in {self.seconds_left} seconds; what palette_image_swap_timeout"
                    " says is how long a command is waited for"
                )
            else:
                fix += ", with palette_image_swap_recover_pending: true if it is still so"
            return Finding("release_pending", Severity.ERROR, subject, message, fix)
        fix = (
            "if nobody works on it, set palette_image_swap_recover_pending: true, which will"
            f" {self.way_back}; {self._by_hand()} does the same by hand"
        )
        return Finding("release_pending", Severity.ERROR, subject, message, fix)

    def recovered(self, subject: str, *, check_mode: bool) -> Finding:
        """Return the remark that a recovery was made, or would be."""
        verb = "would be" if check_mode else "was"
        done = (
            "uninstalled, because no revision was ever deployed"
            if self.last_deployed is None
            else f"taken back to revision {self.last_deployed.revision}, the last that was deployed"
        )
        return Finding(
            "release_recovered",
            Severity.WARNING,
            subject,
            f"{self._state}, left behind by a Helm command that was killed; it {verb} {done}",
            f"find out what ended that command: helm history {self.live.name} --namespace"
            f" {self.live.namespace}",
        )

    def _by_hand(self) -> str:
        name, place = self.live.name, f"--namespace {self.live.namespace}"
        if self.last_deployed is None:
            return f"helm uninstall {name} {place}"
        return f"helm rollback {name} {self.last_deployed.revision} {place}"


def pending_of(
    live: Release, last_deployed: Release | None, now: datetime.datetime, timeout_seconds: int
) -> Pending:
    """Return what is to be made of a pending release.

    `timeout_seconds` is how long a Helm command may take. A clock that is ahead of ours makes
    nobody wait longer than that; a release that does not say since when it is pending is left
    behind.
    """
    left = 0
    if live.deployed_at is not None:
        age = max((now - live.deployed_at).total_seconds(), 0.0)
        left = max(math.ceil(timeout_seconds - age), 0)
    return Pending(live, last_deployed, left)


__all__ = ("Pending", "pending_of")
