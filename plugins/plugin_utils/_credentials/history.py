# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an override's history consists of, and what of it may go for good."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status
from ...module_utils._objects import JsonObject, dig
from .._override.location import Override
from .._override.snapshot import SNAPSHOT_LABEL, STATE_LABEL, SnapshotState
from .._release.release import RELEASE_TYPE, Release, decode_release
from .findings import SearchScope

_FORGETTABLE = ("superseded", "failed")


@dataclasses.dataclass(frozen=True)
class KeptSecret:
    """A Secret that is kept to go back to. `kind` is snapshot or helm_revision."""

    kind: str
    namespace: str
    name: str
    note: str
    uid: str
    resource_version: str

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.note} (secret/{self.name} in {self.namespace})"

    def to_dict(self) -> dict[str, str]:
        """Return what names it, as plain data."""
        return {
            "kind": self.kind,
            "namespace": self.namespace,
            "name": self.name,
            "note": self.note,
        }


@dataclasses.dataclass(frozen=True)
class History:
    """What may go, in the order in which it goes, and what forbids that anything goes."""

    kept: tuple[KeptSecret, ...]
    obstacles: tuple[Finding, ...]


def history_of(secrets: t.Iterable[JsonObject], override: Override) -> History:
    """Return the history of an override among Secrets.

    Revisions that Helm may still need never go: the last one, the deployed one and whatever is
    neither superseded nor failed. Snapshots go last, since they tell most about a former state.
    """
    secrets = tuple(secrets)
    obstacles = []
    snapshots = [secret for secret in secrets if _is_snapshot(secret, override)]
    for secret in snapshots:
        state = _labels(secret).get(STATE_LABEL, "in no state")
        if state != SnapshotState.COMPLETED:
            obstacles.append(_unfinished(secret, state))
    revisions: list[tuple[JsonObject, Release]] = []
    for secret in secrets:
        if _is_revision(secret, override):
            try:
                revisions.append((secret, decode_release(secret)))
            except ValueError as exc:
                obstacles.append(_undecoded(override, str(exc)))
    revisions.sort(key=lambda revision: revision[1].revision)
    obstacles += [_pending(release) for _secret, release in revisions if release.pending]
    kept = [
        _kept_secret(secret, "helm_revision", f"revision {release.revision}, {release.status}")
        for secret, release in revisions[:-1]
        if release.status in _FORGETTABLE
    ]
    kept += [
        _kept_secret(secret, "snapshot", f"snapshot {_labels(secret)[SNAPSHOT_LABEL]}")
        for secret in snapshots
    ]
    return History(tuple(kept), tuple(obstacles))


def counted(kept: t.Sequence[KeptSecret]) -> str:
    """Return in words how many there are of each kind."""
    kinds = {"snapshot": "snapshot", "helm_revision": "Helm revision"}
    numbers = {word: sum(item.kind == kind for item in kept) for kind, word in kinds.items()}
    parts = [f"{number} {word}{'s' * (number > 1)}" for word, number in numbers.items() if number]
    return " and ".join(parts)


def _is_snapshot(secret: JsonObject, override: Override) -> bool:
    namespace = dig(secret, "metadata", "namespace")
    return namespace == override.secret_namespace and SNAPSHOT_LABEL in _labels(secret)


def _is_revision(secret: JsonObject, override: Override) -> bool:
    metadata = secret.get("metadata") or {}
    return secret.get("type") == RELEASE_TYPE and override.has_revision(
        str(metadata.get("name")), str(metadata.get("namespace"))
    )


def _labels(secret: JsonObject) -> t.Mapping[str, str]:
    return dig(secret, "metadata", "labels") or {}


def _kept_secret(secret: JsonObject, kind: str, note: str) -> KeptSecret:
    metadata = secret["metadata"]
    return KeptSecret(
        kind,
        str(metadata["namespace"]),
        str(metadata["name"]),
        note,
        str(metadata.get("uid", "")),
        str(metadata.get("resourceVersion", "")),
    )


def _unfinished(secret: JsonObject, state: str) -> Finding:
    return Finding(
        "snapshot_unfinished",
        Severity.ERROR,
        f"secret/{dig(secret, 'metadata', 'name')} in {dig(secret, 'metadata', 'namespace')}",
        f"this snapshot is {state}, not {SnapshotState.COMPLETED}: an override or a rollback is at"
        " work, or was interrupted and may have to be taken back",
        "wait for it, or run ansible-playbook palette.image_registry.override (or rollback) to the"
        " end; then forget",
    )


def _pending(release: Release) -> Finding:
    return Finding(
        "release_pending",
        Severity.ERROR,
        f"release {release.name} in {release.namespace}",
        f"revision {release.revision} is {release.status}: a Helm command works on it, or was"
        " killed while it did, and the way back is in its history",
        "wait for it, or recover the release first; then forget",
    )


def _undecoded(override: Override, said: str) -> Finding:
    return Finding(
        "release_unreadable",
        Severity.ERROR,
        f"release {override.release_name} in {override.release_namespace}",
        f"{said}: which revision is needed cannot be told",
        f"look at helm history {override.release_name} --namespace {override.release_namespace}",
    )


def history_not_seen(scope: SearchScope, override: Override) -> Finding | None:
    """Return the error that the history itself may not be read: it would seem to be empty."""
    needed = (override.secret_namespace, override.release_namespace)
    unseen = [name for name in dict.fromkeys(needed) if name not in scope.namespaces]
    if not unseen or scope.everywhere:
        return None
    return Finding(
        "history_not_seen",
        Severity.ERROR,
        "user of the kubeconfig",
        f"may not list the Secrets of {', '.join(unseen)}, where the history is",
        "use an administrator's kubeconfig, or have this permission granted",
    )


def not_confirmed(kept: t.Sequence[KeptSecret], subject: str) -> Finding:
    """Return the error that nobody has confirmed yet that the history goes."""
    return Finding(
        "forget_not_confirmed",
        Severity.ERROR,
        f"history of the override on {subject}",
        f"nothing was deleted, since it is not confirmed. {counted(kept)} would go, and no"
        f" rollback would be possible then: {'; '.join(map(str, kept))}",
        f"to go on, give -e forget_confirm={subject}: each cluster is confirmed by its own"
        " inventory name",
    )


def forgotten_in_part(kept: t.Sequence[KeptSecret]) -> tuple[Finding, ...]:
    """Return the remark on what was deleted before something failed."""
    if not kept:
        return ()
    return (
        Finding(
            "forgotten_in_part",
            Severity.INFO,
            "history of the override",
            f"deleted before that: {'; '.join(map(str, kept))}",
            "run it again: it goes on with what is left",
        ),
    )


def forgotten_check(kept: t.Sequence[KeptSecret], subject: str, *, check_mode: bool) -> Check:
    """Return the check that stands for it in the evidence."""
    name, expected = "history of the override", "forgotten"
    if not kept:
        return Check(name, subject, Status.PASS, expected, "there is none")
    actual = f"{counted(kept)} {'would be deleted' if check_mode else 'deleted'}"
    would = "would no longer be" if check_mode else "is no longer"
    finding = Finding(
        "rollback_impossible",
        Severity.WARNING,
        name,
        f"a rollback {would} possible: there {'would be' if check_mode else 'is'} nothing to go"
        f" back to ({'; '.join(map(str, kept))})",
        "nothing: the next override that changes something keeps a snapshot again",
    )
    return Check(name, subject, Status.WARN, expected, actual, (finding,))


__all__ = (
    "History",
    "KeptSecret",
    "counted",
    "forgotten_check",
    "forgotten_in_part",
    "history_not_seen",
    "history_of",
    "not_confirmed",
)
