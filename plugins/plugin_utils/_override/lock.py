# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lock of a cluster: one override or rollback at a time."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import functools
import math
import time
import typing as t

from ...module_utils._evidence import Finding, Severity
from .._cluster.client import Client
from .._cluster.manifest import ObjectName
from .._failure import Failure
from .._numbers import require_numbers
from .lease import LEASE_API, LEASE_NAME, JsonPatch, Lease, grace_of, new_lease, release, renewal
from .limits import DURATION_RANGE, DURATION_VARIABLE

_POLL_SECONDS = 5.0
# So many others may be faster before this run gives up.
_RACES = 5
# So many times a holder may be waited for: after its last renewal, and after one that came late.
_WAITS = 2


@dataclasses.dataclass
class Clock:
    """The time, and the waiting for it; tests have one of their own."""

    def now(self) -> datetime.datetime:
        """Return the time of the day."""
        return datetime.datetime.now(datetime.UTC)

    def steady(self) -> float:
        """Return seconds that nobody sets back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


@dataclasses.dataclass
class Lock:
    """The Lease of a namespace, as one holder sees it.

    `duration` is in seconds.
    """

    cluster: Client
    namespace: str
    holder: str
    duration: int
    clock: Clock = dataclasses.field(default_factory=Clock)
    _renewed: float | None = None

    def acquire(self) -> str:
        """Take the lock, and return who held it before and seems to have been killed, or "".

        Raises Failure where somebody holds it who is alive. That is not known at once: a holder
        who was killed does not renew it until it ends, so it is waited for, and one step more.
        """
        require_numbers({DURATION_VARIABLE: self.duration}, {DURATION_VARIABLE: DURATION_RANGE})
        for _race in range(_RACES):
            lease = self._read_or_create()
            if lease.holder == self.holder:  # taken before, only the answer was lost
                self.renew()
                return ""
            lease = self._wait_until_free(lease)
            if self._patched(lease.take(self.holder, self.clock.now(), self.duration)):
                self._renewed = self.clock.steady()
                return lease.holder
        raise self._refusal("several other runs", "they were faster each time")

    def renew(self, seconds: float = 0) -> None:
        """Keep the lock for at least some seconds more. Raises Failure if somebody else has it."""
        duration = max(self.duration, math.ceil(seconds))
        if not self._patched(renewal(self.holder, self.clock.now(), duration)):
            raise Failure.of(
                "lock_lost",
                self._subject,
                "another run has taken the lock of this cluster, since this one seemed to be dead;"
                " this one writes nothing more",
                "look at the result of the other run before you run again",
            )
        self._renewed = self.clock.steady()

    def keep(self, seconds: float = 0) -> None:
        """Renew it, for at least some seconds, if a third of its time has gone by."""
        if self._renewed is None or self.clock.steady() - self._renewed > self.duration / 3:
            self.renew(seconds)

    def give_up(self) -> None:
        """Release the lock; one that somebody else has by now is left alone."""
        self._patched(release(self.holder))

    @contextlib.contextmanager
    def given_up(self) -> t.Iterator[None]:
        """Give the lock up in the end. What went wrong before counts; unreachable, it just ends."""
        try:
            yield
        finally:
            with contextlib.suppress(Failure):
                self.give_up()

    def read(self) -> Lease | None:
        """Return the Lease, None if there is none. Raises Failure."""
        found = self.cluster.get(LEASE_API, "Lease", LEASE_NAME, namespace=self.namespace)
        return Lease.from_object(found) if found else None

    @property
    def _subject(self) -> str:
        return f"lease/{LEASE_NAME} in {self.namespace}"

    def _read_or_create(self) -> Lease:
        lease = self.read()
        if lease is not None:
            return lease
        manifest, attempt = new_lease(self.namespace), f"creating {self._subject}"
        create = functools.partial(self.cluster.create, manifest, attempt, own=True)
        created = self.cluster.persistently(create)
        lease = Lease.from_object(created) if created else self.read()
        if lease is None:
            raise self._refusal("somebody", "it vanished as soon as it was created")
        return lease

    def _wait_until_free(self, first: Lease) -> Lease:
        """Return the Lease as soon as its time is over. Raises Failure if its holder is alive.

        One renewal may be the late one of a holder who was killed: who renews twice is alive.
        """
        lease = first
        for _wait in range(_WAITS):
            seen, lease = lease, self._wait_while_unchanged(lease)
            if first.holder and not lease.holder:
                raise self._refusal(first.holder, "it has ended just now")
            if lease.holder != first.holder:
                break
            if lease.renewed == seen.renewed:
                return lease
        raise self._refusal(lease.holder, "it is alive")

    def _wait_while_unchanged(self, first: Lease) -> Lease:
        """Return the Lease when its time is over, or as soon as somebody has changed it."""
        lease, grace = first, grace_of(first.duration)
        end = self.clock.steady() + first.duration + grace
        while lease.is_same_as(first) and not lease.is_free(self.clock.now(), grace):
            left = self._left(first, grace, end)
            if left <= 0:  # by the holder's clock it is not over, but it did nothing all the time
                break
            self.cluster.say(
                f"Another run holds the lock of this cluster: {first.holder}. Waiting for"
                f" {left:.0f} s to see whether it is alive."
            )
            self.clock.sleep(min(left, _POLL_SECONDS))
            lease = self._read_or_create()
        return lease

    def _left(self, first: Lease, grace: int, end: float) -> float:
        until = first.until(grace)
        own = end - self.clock.steady()
        return own if until is None else min(own, (until - self.clock.now()).total_seconds())

    def _refusal(self, holder: str, why: str) -> Failure:
        return Failure.of(
            "lock_held",
            self._subject,
            f"another run works on this cluster: {holder}; {why}. Nothing was changed",
            "wait until it has ended and look at its result, then run again. Only if you are sure"
            f" that it is dead: kubectl delete lease {LEASE_NAME} --namespace {self.namespace}",
        )

    def seen(self) -> tuple[Lease | None, list[Finding]]:
        """Return it too; a warning where this user may not read it, as one who only audits."""
        try:
            return self.read(), []
        except Failure as failure:
            if failure.code != "forbidden":
                raise
            return None, [dataclasses.replace(failure.findings[0], severity=Severity.WARNING)]

    def _patched(self, patch: JsonPatch) -> bool:
        """Patch the Lease; return whether its test held."""
        name = ObjectName(LEASE_API, "Lease", LEASE_NAME, self.namespace)
        attempt = f"patching {self._subject}"
        patched = functools.partial(self.cluster.json_patch, name, patch, attempt, own=True)
        try:
            self.cluster.persistently(patched)
        except Failure as failure:
            if failure.code not in ("invalid", "conflict"):
                raise
            return False
        return True


__all__ = ("Clock", "Lock")
