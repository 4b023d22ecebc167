# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A snapshot put back: the Secret and the release as they were, and the proof of it.

The webhook is part of the proof: while it cannot be asked, no pod of the platform is created.

The reverse of an override: the Secret first, which reaches nodes, then the chart. Each step looks
first and does nothing twice, so a restoration that was interrupted is done again.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import dataclasses
import functools
import time
import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status, status_of
from ...module_utils._objects import dig
from .._cluster.client import Client
from .._cluster.manifest import ObjectName
from .._cluster.retries import persistently
from .._failure import Failure
from .._release.reader import read_release
from .._release.release import deployed_as
from .._release.restorer import ReleaseRestorer
from .._webhook.proof import WebhookTrust
from .secret_writer import Outcome, SecretWriter
from .snapshot import ReleasePoint, Snapshot, SnapshotState
from .store import LEFTOVERS, SnapshotStore

# An API server that failed an override may need a moment: about two minutes in all.
_PATIENCE = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 45.0)

# A namespace goes within seconds, unless something in it does not.
_TERMINATING_LOOKS, _TERMINATING_PAUSE = 30, 2.0

T = t.TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Restored:
    """What became of a restoration: `secret` for a diff, `release` in words."""

    secret: Outcome
    release: str
    release_changed: bool
    checks: tuple[Check, ...]

    @property
    def changed(self) -> bool:
        """Return whether something had to be put back."""
        return self.secret.changed or self.release_changed


@dataclasses.dataclass
class Restorer:
    """Puts snapshots back. `before_step` is called before each attempt to write."""

    cluster: Client
    store: SnapshotStore
    secret: SecretWriter
    releases: t.Callable[[ReleasePoint], ReleaseRestorer]
    webhook: WebhookTrust
    before_step: t.Callable[[], None]
    subject: str
    patience: t.Sequence[float] = _PATIENCE
    sleep: t.Callable[[float], None] = time.sleep

    def restore(self, snapshot: Snapshot) -> Restored:
        """Put a snapshot back and prove it. Raises Failure, before any write if it cannot be."""
        self._refuse_what_cannot_be(snapshot)
        if snapshot.state is SnapshotState.COMPLETED and not self.cluster.check_mode:
            self.store.mark(snapshot, SnapshotState.RESTORING)
        secret = self._step(
            lambda: self.secret.restore(snapshot.secret), also=("conflict", "invalid")
        )
        release, changed, remarks = self._release(snapshot.release)
        checks = (
            self._secret_check(snapshot, secret),
            *self._release_checks(snapshot.release, release, remarks),
            *self._webhook_checks(snapshot.release),
        )
        if not self.cluster.check_mode and all(check.status is not Status.FAIL for check in checks):
            self._close(snapshot)
        return Restored(secret, release, changed, checks)

    def _step(self, work: t.Callable[[], T], also: t.Collection[str] = ()) -> T:
        """Do what writes, as often as it takes; the lock has to hold for each attempt."""

        def attempt() -> T:
            self.before_step()
            return work()

        return persistently(attempt, self.patience, also=also)

    def _refuse_what_cannot_be(self, snapshot: Snapshot) -> None:
        point = snapshot.release
        if not point or not point.revision:
            return
        if not self.releases(point).has_revision(point.revision, point.began):
            raise Failure.of(
                "revision_gone",
                f"snapshot {snapshot.id}",
                f"it needs revision {point.revision} of release {point.name}, which Helm does not"
                " have any more; nothing was changed",
                "choose a newer snapshot, or run the override with the settings that you want;"
                " palette_image_swap_history_max says how many revisions Helm keeps",
            )

    def _release(self, point: ReleasePoint | None) -> tuple[str, bool, tuple[Finding, ...]]:
        """Return what became of the release in words, whether it changed, and remarks."""
        if point is None:
            return "not concerned", False, ()
        if self.cluster.check_mode:
            return self._restored_release(point)
        known = (self.webhook.trusts(), point.trusts)
        try:
            said, changed, remarks = self._restored_release(point)
        except Failure:
            # What Helm has done by halves may fit no more: pods come first.
            with contextlib.suppress(Failure):
                self.webhook.settle(known)
            raise
        settled = self._step(lambda: self.webhook.settle(known))
        return said, changed or bool(settled), (*remarks, *settled)

    def _restored_release(self, point: ReleasePoint) -> tuple[str, bool, tuple[Finding, ...]]:
        if not point.revision:
            return self._remove_release(point)
        restorer = self.releases(point)
        if _is_at(restorer, point.revision):
            return f"as revision {point.revision} has it", False, ()
        if self.cluster.check_mode:
            return f"would be rolled back to revision {point.revision}", True, ()
        back = self._step(lambda: restorer.rollback_to(point.revision))
        said = f"rolled back to revision {point.revision}, as revision {back.revision}"
        return said, True, tuple(restorer.remarks)

    def _remove_release(self, point: ReleasePoint) -> tuple[str, bool, tuple[Finding, ...]]:
        """Take out a release that was not there, and what uninstalling leaves of it."""
        live = read_release(self.cluster, point.name, point.namespace)
        gone = live is not None and live.installed
        remarks: tuple[Finding, ...] = ()
        if not self.cluster.check_mode:
            restorer = self.releases(point)
            gone = self._step(restorer.uninstall) or gone
            remarks = tuple(restorer.remarks)
        removed, refused = self._remove_leftovers(point)
        remarks += refused
        if not self.cluster.check_mode:
            remarks += self._await_the_end(point)
        would = "would be " if self.cluster.check_mode else ""
        if gone:
            return f"{would}uninstalled", True, remarks
        if removed:
            return f"absent, as it was; {would}removed: {', '.join(removed)}", True, remarks
        return "absent, as it was", False, remarks

    def _remove_leftovers(self, point: ReleasePoint) -> tuple[list[str], tuple[Finding, ...]]:
        """Remove what was not there before; what may not be removed is a remark.

        Returns what was there, or in check mode is there.
        """
        removed: list[str] = []
        remarks: list[Finding] = []
        for api_version, kind, name in LEFTOVERS:
            if f"{kind}/{name}" in point.leftovers:
                continue
            remove = functools.partial(self._remove, api_version, kind, name)
            try:
                if self._step(remove):
                    removed.append(f"{kind} {name}")
            except Failure as failure:
                if failure.code != "forbidden":
                    raise
                remarks += [_as_remark(finding) for finding in failure.findings]
        return removed, tuple(remarks)

    def _await_the_end(self, point: ReleasePoint) -> tuple[Finding, ...]:
        """Wait for namespaces that are being deleted, a while; what stays longer is a remark."""
        left = [
            name
            for _api, kind, name in LEFTOVERS
            if kind == "Namespace" and f"{kind}/{name}" not in point.leftovers
        ]
        for _look in range(_TERMINATING_LOOKS):
            left = [name for name in left if self._is_terminating(name)]
            if not left:
                return ()
            self.before_step()
            self.sleep(_TERMINATING_PAUSE)
        return tuple(_terminating(name) for name in left)

    def _is_terminating(self, name: str) -> bool:
        try:
            found = self.cluster.get("v1", "Namespace", name)
        except Failure as failure:
            if failure.code != "forbidden":
                raise
            return False
        return dig(found, "metadata", "deletionTimestamp") is not None

    def _remove(self, api_version: str, kind: str, name: str) -> bool:
        """Return whether it was there."""
        return self.cluster.delete(ObjectName(api_version, kind, name), f"removing {kind} {name}")

    def _close(self, snapshot: Snapshot) -> None:
        """Note that it is done: the override that took an open snapshot never completed."""
        if snapshot.state is SnapshotState.OPEN:
            self.store.remove(snapshot)
        else:
            self.store.mark(snapshot, SnapshotState.COMPLETED)
        # An override would go on from what was interrupted before, and undo this if it fails.
        for other in self.store.all()[0]:
            if other.id != snapshot.id and _is_settled_by(snapshot, other):
                self.store.mark(other, SnapshotState.COMPLETED)

    def _secret_check(self, snapshot: Snapshot, outcome: Outcome) -> Check:
        name, expected = "secret put back", snapshot.described
        if self.cluster.check_mode or self.secret.is_as_it_was(snapshot.secret):
            return Check(
                name, self.subject, Status.PASS, expected, _said(outcome, self.cluster.check_mode)
            )
        finding = Finding(
            "not_put_back",
            Severity.ERROR,
            self.secret.subject,
            f"it is not what snapshot {snapshot.id} holds: somebody else writes it",
            "find out who, then run ansible-playbook palette.image_registry.rollback"
            f" -e rollback_snapshot={snapshot.id}",
        )
        return Check(name, self.subject, Status.FAIL, expected, "different", (finding,))

    def _release_checks(
        self, point: ReleasePoint | None, actual: str, remarks: tuple[Finding, ...]
    ) -> tuple[Check, ...]:
        """Return the check of the release; whoever put it back has proven it already."""
        if point is None:
            return ()
        status = status_of(remarks)
        return (Check("release put back", self.subject, status, point.described, actual, remarks),)

    def _webhook_checks(self, point: ReleasePoint | None) -> tuple[Check, ...]:
        """Return the check that the webhook lets pods through: shown, not concluded."""
        if point is None or self.cluster.check_mode:
            return ()
        # A registration without its release is taken out: it would block every pod.
        expected = point.trusts if point.revision else {}
        return (self.webhook.proof(self.subject, expected),)


def _terminating(name: str) -> Finding:
    return Finding(
        "namespace_terminating",
        Severity.WARNING,
        f"namespace/{name}",
        f"it is still being deleted after {_TERMINATING_LOOKS * _TERMINATING_PAUSE:.0f} s; until"
        " it is gone, no chart can be installed into it",
        f"kubectl get namespace {name} --output yaml tells what it waits for",
    )


def _is_at(restorer: ReleaseRestorer, revision: int) -> bool:
    """Return whether the release is deployed with the content of a revision."""
    revisions = restorer.revisions()
    live = revisions[-1]
    target = next(item for item in revisions if item.revision == revision)
    return deployed_as(live, target)


def _is_settled_by(restored: Snapshot, other: Snapshot) -> bool:
    """Return whether nothing is half done any more of the override that took another snapshot."""
    if other.state is SnapshotState.COMPLETED:
        return False
    if other.release is None:
        return True
    point = restored.release
    return point is not None and (point.name, point.namespace) == (
        other.release.name,
        other.release.namespace,
    )


def _said(outcome: Outcome, check_mode: bool) -> str:
    """Return in words what became of the Secret."""
    if not outcome.changed:
        return outcome.verb
    keys = f": {', '.join(outcome.changed_keys)}" if outcome.changed_keys else ""
    return f"{'would be ' if check_mode else ''}{outcome.verb}{keys}"


def _as_remark(finding: Finding) -> Finding:
    return dataclasses.replace(finding, severity=Severity.WARNING)


__all__ = ("Restored", "Restorer")
