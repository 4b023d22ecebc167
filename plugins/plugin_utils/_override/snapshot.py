# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Snapshots: what was in the cluster before an override, kept there as a Secret of its own.

| state | meaning |
|---|---|
| `open` | an override has begun and not ended: it runs, or was killed |
| `completed` | the override completed; `latest` is the newest of these |
| `restoring` | somebody began to put a completed one back |
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import dataclasses
import datetime
import json
import typing as t

from ...module_utils._objects import JsonObject, dig
from ...module_utils._python import StrEnum
from .._webhook.trust import Trust
from .secret import LiveSecret

SNAPSHOT_TYPE = "palette.image-registry/snapshot"
SNAPSHOT_LABEL = "palette.image-registry/snapshot"
STATE_LABEL = "palette.image-registry/state"
LATEST = "latest"
DATA_PREFIX = "secret."

_SCHEMA = "palette.image_registry/snapshot/1"
_DESCRIPTION = "snapshot.json"


class SnapshotState(StrEnum):
    """Where an override stands whose snapshot this is."""

    OPEN = "open"
    COMPLETED = "completed"
    RESTORING = "restoring"


@dataclasses.dataclass(frozen=True)
class ReleasePoint:
    """A Helm release at a moment: `revision` is 0 where it was not installed.

    `leftovers` are the objects (`kind/name`) that `helm uninstall` leaves behind and that were
    there before. `began` is when Helm began with the revision, "" if that is not known. `trusts`
    are the caBundles of the image-swap webhooks that were registered, by configuration.
    """

    name: str
    namespace: str
    revision: int
    chart: str = ""
    leftovers: tuple[str, ...] = ()
    began: str = ""
    trusts: t.Mapping[str, Trust] = dataclasses.field(default_factory=dict)

    @property
    def described(self) -> str:
        """Return it in words."""
        if not self.revision:
            return f"release {self.name} in {self.namespace} absent"
        return f"release {self.name} in {self.namespace} at revision {self.revision} ({self.chart})"


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """What was there. `secret` None: the Secret was absent; `release` None: it is not concerned.

    `resource_version` and `uid` are those of the Secret that keeps it, "" before it is kept.
    """

    id: str
    taken_at: str
    taken_by: str
    secret_name: str
    secret_namespace: str
    secret: LiveSecret | None
    release: ReleasePoint | None
    state: SnapshotState = SnapshotState.OPEN
    created: str = ""
    uid: str = ""
    resource_version: str = ""

    @property
    def name(self) -> str:
        """Return the name of the Secret that keeps it."""
        return f"{self.secret_name}-snapshot-{self.id}"

    @property
    def described(self) -> str:
        """Return in words what it would put back, without any value."""
        kept = f"secret/{self.secret_name} in {self.secret_namespace}"
        kept += f" with {len(self.secret.data)} keys" if self.secret else " absent"
        return f"{kept}, {self.release.described}" if self.release else kept

    def summary(self) -> dict[str, t.Any]:
        """Return what a person chooses by."""
        return {
            "id": self.id,
            "state": self.state.value,
            "taken_at": self.taken_at,
            "taken_by": self.taken_by,
            "holds": self.described,
        }

    def to_object(self) -> dict[str, t.Any]:
        """Return the Secret that keeps it: the keys of the original one by one, and the rest."""
        described = {
            "schema": _SCHEMA,
            "id": self.id,
            "taken_at": self.taken_at,
            "taken_by": self.taken_by,
            "secret": _secret_to_dict(self.secret_name, self.secret_namespace, self.secret),
            "release": dataclasses.asdict(self.release) if self.release else None,
        }
        data = {_DESCRIPTION: json.dumps(described, sort_keys=True).encode()}
        if self.secret:
            data.update({f"{DATA_PREFIX}{key}": text for key, text in self.secret.data.items()})
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": SNAPSHOT_TYPE,
            "immutable": True,
            "metadata": {
                "name": self.name,
                "namespace": self.secret_namespace,
                "labels": {
                    "app.kubernetes.io/managed-by": "palette.image_registry",
                    SNAPSHOT_LABEL: self.id,
                    STATE_LABEL: self.state.value,
                },
            },
            "data": {key: base64.b64encode(text).decode() for key, text in data.items()},
        }

    @classmethod
    def from_object(cls, manifest: JsonObject) -> Snapshot:
        """Read the Secret that keeps it. Raises ValueError with a sentence."""
        name = str(dig(manifest, "metadata", "name"))
        try:
            data = {
                str(key): base64.b64decode(value, validate=True)
                for key, value in (manifest.get("data") or {}).items()
            }
            described = json.loads(data[_DESCRIPTION])
            if described["schema"] != _SCHEMA:
                raise ValueError(described["schema"])
            secret = described["secret"]
            return cls(
                id=str(described["id"]),
                taken_at=str(described["taken_at"]),
                taken_by=str(described["taken_by"]),
                secret_name=str(secret["name"]),
                secret_namespace=str(secret["namespace"]),
                secret=_secret_from_dict(secret, data),
                release=_release_from_dict(described["release"]),
                state=SnapshotState(dig(manifest, "metadata", "labels", STATE_LABEL)),
                created=str(dig(manifest, "metadata", "creationTimestamp") or ""),
                uid=str(dig(manifest, "metadata", "uid") or ""),
                resource_version=str(dig(manifest, "metadata", "resourceVersion") or ""),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise ValueError(
                f"Secret {name} is labelled as a snapshot, but it holds none that this version of"
                " the collection can read"
            ) from exc


def _secret_to_dict(name: str, namespace: str, secret: LiveSecret | None) -> dict[str, t.Any]:
    described: dict[str, t.Any] = {"name": name, "namespace": namespace, "present": bool(secret)}
    if secret:
        described.update(
            type=secret.type,
            immutable=secret.immutable,
            labels=dict(secret.labels),
            annotations=dict(secret.annotations),
        )
    return described


def _secret_from_dict(
    described: t.Mapping[str, t.Any], data: t.Mapping[str, bytes]
) -> LiveSecret | None:
    if not described["present"]:
        return None
    return LiveSecret(
        name=str(described["name"]),
        namespace=str(described["namespace"]),
        type=str(described["type"]),
        immutable=bool(described["immutable"]),
        data={
            key.removeprefix(DATA_PREFIX): text
            for key, text in data.items()
            if key.startswith(DATA_PREFIX)
        },
        labels=dict(described["labels"]),
        annotations=dict(described["annotations"]),
        uid="",
        resource_version="",
    )


def _release_from_dict(described: t.Mapping[str, t.Any] | None) -> ReleasePoint | None:
    if described is None:
        return None
    return ReleasePoint(
        name=str(described["name"]),
        namespace=str(described["namespace"]),
        revision=int(described["revision"]),
        chart=str(described["chart"]),
        leftovers=tuple(str(item) for item in described["leftovers"]),
        began=str(described.get("began") or ""),
        trusts=dict(described.get("trusts") or {}),
    )


def new_id(now: datetime.datetime, mark: str) -> str:
    """Return an id that sorts by time, such as 20261126-041500-3f9a."""
    return f"{now.astimezone(datetime.UTC):%Y%m%d-%H%M%S}-{mark}"


def in_order(snapshots: t.Iterable[Snapshot]) -> list[Snapshot]:
    """Return snapshots, the oldest first, by the time of the cluster's own clock."""
    return sorted(snapshots, key=lambda item: (item.created, item.id))


def interrupted(snapshots: t.Iterable[Snapshot]) -> Snapshot | None:
    """Return the snapshot of the override or rollback that was begun and has not ended."""
    begun = [item for item in in_order(snapshots) if item.state is not SnapshotState.COMPLETED]
    return begun[0] if begun else None


def chosen(snapshots: t.Sequence[Snapshot], wanted: str) -> Snapshot:
    """Return the snapshot of an id, or what `latest` means: the state before an override that
    was interrupted, else before the last one that completed.

    Raises ValueError with a sentence that says which there are.
    """
    if wanted == LATEST:
        if not snapshots:
            raise ValueError(
                "there is no snapshot: no override has changed this cluster, or what it kept was"
                " forgotten (playbook forget)"
            )
        return interrupted(snapshots) or in_order(snapshots)[-1]
    for snapshot in snapshots:
        if snapshot.id == wanted:
            return snapshot
    ids = ", ".join(item.id for item in in_order(snapshots)) or "none"
    raise ValueError(f"there is no snapshot {wanted!r}; there are: {ids}")


def to_forget(snapshots: t.Iterable[Snapshot], keep: int) -> list[Snapshot]:
    """Return the completed snapshots beyond the newest `keep`."""
    completed = [item for item in in_order(snapshots) if item.state is SnapshotState.COMPLETED]
    return completed[: max(0, len(completed) - keep)]


__all__ = (
    "DATA_PREFIX",
    "LATEST",
    "SNAPSHOT_LABEL",
    "SNAPSHOT_TYPE",
    "STATE_LABEL",
    "ReleasePoint",
    "Snapshot",
    "SnapshotState",
    "chosen",
    "in_order",
    "interrupted",
    "new_id",
    "to_forget",
)
