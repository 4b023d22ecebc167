# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has changed since the report before: better, worse, new, gone."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ...module_utils._evidence import BADNESS, Check, Status
from .evidence import Evidence, HostEvidence, checks_by_key


@dataclasses.dataclass(frozen=True)
class Change:
    """A check that ended otherwise; `before` or `after` is None where it was not made."""

    host: str
    check: str
    before: Status | None
    after: Status | None


@dataclasses.dataclass(frozen=True)
class Changes:
    """What differs from an earlier report, finished at `since`; `same` counts what does not."""

    since: str
    worse: tuple[Change, ...]
    better: tuple[Change, ...]
    new: tuple[Change, ...]
    gone: tuple[Change, ...]
    new_hosts: tuple[str, ...]
    gone_hosts: tuple[str, ...]
    same: int

    @property
    def nothing(self) -> bool:
        """Return whether all is as it was."""
        lists = (self.worse, self.better, self.new, self.gone, self.new_hosts, self.gone_hosts)
        return not any(lists)


def changes(before: Evidence, after: Evidence) -> Changes:
    """Return what differs between two reports of one playbook.

    A skipped check is one that was not made. Hosts that only one of them has stand by themselves.
    """
    old = {host.host: host for host in before.hosts}
    now = {host.host: host for host in after.hosts}
    found = [
        change for name, host in now.items() if name in old for change in _of_host(old[name], host)
    ]
    return Changes(
        since=before.finished,
        worse=tuple(one for one in found if _direction(one) > 0),
        better=tuple(one for one in found if _direction(one) < 0),
        new=tuple(one for one in found if one.before is None),
        gone=tuple(one for one in found if one.after is None),
        new_hosts=tuple(name for name in now if name not in old),
        gone_hosts=tuple(name for name in old if name not in now),
        same=sum(one.before is one.after for one in found),
    )


def _of_host(before: HostEvidence, after: HostEvidence) -> t.Iterator[Change]:
    old, now = checks_by_key(before), checks_by_key(after)
    for key in dict.fromkeys((*now, *old)):
        change = Change(after.host, key[0], _made(old.get(key)), _made(now.get(key)))
        if change.before is not None or change.after is not None:
            yield change


def _made(check: Check | None) -> Status | None:
    return None if check is None or check.status is Status.SKIP else check.status


def _direction(change: Change) -> int:
    """Return 1 for worse, -1 for better, 0 for as it was, or nothing to compare."""
    if change.before is None or change.after is None:
        return 0
    before, after = BADNESS.index(change.before), BADNESS.index(change.after)
    return (after > before) - (after < before)


__all__ = ("Change", "Changes", "changes")
