# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One override as one transaction: locked, with a snapshot before the first write.

It is begun by one task and goes on in others, so what they share travels as plain data: the
`token`, which holds no secret.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import dataclasses
import getpass
import os
import secrets
import socket
import typing as t

from .._cluster.client import Client
from .._failure import Failure
from .lock import Clock, Lock
from .snapshot import ReleasePoint, Snapshot, SnapshotState, interrupted, new_id, to_forget
from .store import SnapshotStore


@dataclasses.dataclass(frozen=True)
class Token:
    """What the tasks of one transaction share.

    `holder` holds the lock, for `lock_duration` seconds at a time. `snapshot` is the id of the
    snapshot, taken or not yet; `adopted`: one that an interrupted run took; `took_over`:
    from one that still held the lock, so that its Helm is dead with it. `release_name` is ""
    where no release is concerned.
    """

    holder: str
    snapshot: str
    secret_name: str
    secret_namespace: str
    release_name: str = ""
    release_namespace: str = ""
    lock_duration: int = 120
    adopted: bool = False
    took_over: bool = False

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Token:
        """Read what `to_dict` wrote. Raises Failure on anything else."""
        known = {field.name for field in dataclasses.fields(cls)}
        missing = {"holder", "snapshot", "secret_name", "secret_namespace"} - set(data)
        if missing or set(data) - known:
            raise Failure.of(
                "transaction_unknown",
                "transaction",
                "it is not what override_transaction returned",
                'give transaction: "{{ transaction_result.transaction }}"',
            )
        return cls(
            holder=str(data["holder"]),
            snapshot=str(data["snapshot"]),
            secret_name=str(data["secret_name"]),
            secret_namespace=str(data["secret_namespace"]),
            release_name=str(data.get("release_name") or ""),
            release_namespace=str(data.get("release_namespace") or ""),
            lock_duration=int(data.get("lock_duration") or 0),
            adopted=bool(data.get("adopted")),
            took_over=bool(data.get("took_over")),
        )

    def to_dict(self) -> dict[str, t.Any]:
        """Return plain data, the form in which it travels between tasks."""
        return dataclasses.asdict(self)


def new_token(token: Token, clock: Clock) -> Token:
    """Return a token with a holder and a snapshot id of its own."""
    mark = secrets.token_hex(2)
    holder = f"{whoami()}/{os.getppid()}/{mark}"
    return dataclasses.replace(token, holder=holder, snapshot=new_id(clock.now(), mark))


def whoami() -> str:
    """Return who runs this and where, for people."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


@dataclasses.dataclass
class Transaction:
    """A transaction in one task. Every method raises Failure where the cluster does not answer."""

    token: Token
    cluster: Client
    clock: Clock = dataclasses.field(default_factory=Clock)

    def __post_init__(self) -> None:
        """Make what works on the cluster."""
        token = self.token
        self.lock = Lock(
            self.cluster,
            token.secret_namespace,
            token.holder,
            token.lock_duration,
            self.clock,
        )
        self.store = SnapshotStore(self.cluster, token.secret_name, token.secret_namespace)

    def begin(self) -> tuple[Token, str]:
        """Take the lock and adopt what an interrupted run left.

        Return the token from now on, and in words what was found.
        """
        before = self.lock.acquire()
        with self._released_on_failure():
            found, _findings = self.store.all()
            left = interrupted(found)
            if left:
                self._refuse_what_does_not_fit(left)
        said = f"the lock of {before}, which seems to have been killed, was taken over; " * bool(
            before
        )
        if left is None:
            return self.token, f"{said}the cluster is locked for this run"
        self.token = dataclasses.replace(
            self.token, snapshot=left.id, adopted=True, took_over=bool(before)
        )
        return self.token, (
            f"{said}the cluster is locked for this run, which goes on from an interrupted one:"
            f" its snapshot {left.id} of {left.taken_at} counts as the state before"
        )

    def before_write(self, seconds: float = 0) -> None:
        """Keep the lock for a step of at most some seconds, and the snapshot before the first."""
        self.lock.renew(seconds)
        if self.store.get(self.token.snapshot) is None:
            self._take()
            self.lock.keep(seconds)

    def complete(self, keep: int) -> Snapshot | None:
        """Note that the override completed; return its snapshot, None where nothing was written."""
        with self._released_on_failure():
            found, _findings = self.store.all()
            mine = next((item for item in found if item.id == self.token.snapshot), None)
            if mine:
                self.lock.renew()
                self.store.mark(mine, SnapshotState.COMPLETED)
                done = dataclasses.replace(mine, state=SnapshotState.COMPLETED)
                found = [done if item is mine else item for item in found]
                for old in to_forget(found, keep):
                    self.store.remove(old)
        self.lock.give_up()
        return mine

    @contextlib.contextmanager
    def _released_on_failure(self) -> t.Iterator[None]:
        """Give the lock up where something fails; that failure counts, whatever becomes of this."""
        try:
            yield
        except Failure:
            with contextlib.suppress(Failure):
                self.lock.give_up()
            raise

    def _take(self) -> None:
        release: ReleasePoint | None = None
        if self.token.release_name:
            release = self.store.release_point(
                self.token.release_name, self.token.release_namespace
            )
        now = self.clock.now().replace(microsecond=0).isoformat()
        self.store.take(self.token.snapshot, now, whoami(), release)

    def _refuse_what_does_not_fit(self, left: Snapshot) -> None:
        """Raise Failure where an interrupted run worked on another release than this one will."""
        if not self.token.release_name:
            return
        mine = (self.token.release_name, self.token.release_namespace)
        if left.release and (left.release.name, left.release.namespace) == mine:
            return
        raise Failure.of(
            "snapshot_does_not_fit",
            f"snapshot {left.id}",
            "an interrupted override is to be finished first, and its snapshot holds"
            f" {left.release.described if left.release else 'no release'}, not"
            f" release {mine[0]} in {mine[1]}",
            "run ansible-playbook palette.image_registry.rollback, then override again",
        )


__all__ = ("Token", "Transaction", "new_token", "whoami")
