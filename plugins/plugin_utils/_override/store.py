# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The snapshots of a cluster: taken, found, marked and removed, all in the cluster itself."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses

from ...module_utils._evidence import Finding, Severity
from ...module_utils._objects import JsonObject, dig
from .._cluster.client import Client
from .._cluster.manifest import ObjectName
from .._failure import Failure
from .._release.reader import read_history, readable_release
from .._webhook.trust import WEBHOOK_API, WEBHOOK_KINDS, Trust, trusts_of
from .secret import LiveSecret
from .snapshot import (
    SNAPSHOT_LABEL,
    SNAPSHOT_TYPE,
    STATE_LABEL,
    ReleasePoint,
    Snapshot,
    SnapshotState,
)

# What `helm uninstall image-swap` leaves behind (Palette's page on uninstalling it).
LEFTOVERS: tuple[tuple[str, str, str], ...] = (
    (
        "admissionregistration.k8s.io/v1",
        "MutatingWebhookConfiguration",
        "imageswap-webhook",
    ),
    (
        "certificates.k8s.io/v1",
        "CertificateSigningRequest",
        "imageswap.imageswap-system.cert-request",
    ),
    ("v1", "Namespace", "imageswap-system"),
)


@dataclasses.dataclass
class SnapshotStore:
    """Keeps snapshots of one Secret beside it."""

    cluster: Client
    secret_name: str
    secret_namespace: str

    def all(self) -> tuple[list[Snapshot], list[Finding]]:
        """Return the snapshots, and what is to be said of those that cannot be read."""
        found: list[Snapshot] = []
        findings: list[Finding] = []
        objects = self.cluster.list(
            "v1", "Secret", namespace=self.secret_namespace, labels=(SNAPSHOT_LABEL,)
        )
        for item in objects:
            if item.get("type") != SNAPSHOT_TYPE:
                continue
            try:
                snapshot = Snapshot.from_object(item)
            except ValueError as exc:
                findings.append(_unreadable(item, str(exc)))
                continue
            self._redact(snapshot)
            if snapshot.secret_name == self.secret_name:
                found.append(snapshot)
        return found, findings

    def get(self, snapshot_id: str) -> Snapshot | None:
        """Return one snapshot, None if it was not taken. Raises Failure."""
        found, _findings = self.all()
        return next((item for item in found if item.id == snapshot_id), None)

    def take(
        self, snapshot_id: str, taken_at: str, taken_by: str, release: ReleasePoint | None
    ) -> Snapshot:
        """Read what is there and keep it. Raises Failure."""
        live = self.cluster.get("v1", "Secret", self.secret_name, namespace=self.secret_namespace)
        snapshot = Snapshot(
            id=snapshot_id,
            taken_at=taken_at,
            taken_by=taken_by,
            secret_name=self.secret_name,
            secret_namespace=self.secret_namespace,
            secret=LiveSecret.from_object(live) if live else None,
            release=release,
        )
        self._redact(snapshot)
        manifest = snapshot.to_object()
        # Made twice is made once: it is immutable, and its name is this run's own.
        attempt = f"keeping the snapshot {snapshot_id}"
        kept = self.cluster.persistently(lambda: self.cluster.create(manifest, attempt, own=True))
        if dig(kept, "data") != manifest["data"]:
            raise Failure.of(
                "snapshot_not_kept",
                f"secret/{snapshot.name} in {self.secret_namespace}",
                "the cluster did not keep the snapshot as it was sent; nothing was changed",
                "look for an admission webhook or policy on Secrets",
            )
        return snapshot

    def mark(self, snapshot: Snapshot, state: SnapshotState) -> None:
        """Note where the override stands. Raises Failure."""
        metadata = {
            "name": snapshot.name,
            "namespace": self.secret_namespace,
            "labels": {STATE_LABEL: state.value},
        }
        manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
        attempt = f"marking the snapshot {snapshot.id} as {state.value}"
        self.cluster.persistently(lambda: self.cluster.patch(manifest, attempt, own=True))

    def remove(self, snapshot: Snapshot) -> None:
        """Delete a snapshot. Raises Failure."""
        name = ObjectName("v1", "Secret", snapshot.name, self.secret_namespace)
        attempt = f"removing the snapshot {snapshot.id}"
        self.cluster.persistently(lambda: self.cluster.delete(name, attempt))

    def release_point(self, name: str, namespace: str) -> ReleasePoint:
        """Return where a release stands; of an absent one, which of its leftovers are there.

        One that Helm left pending stands where it would be taken back to.
        """
        history = read_history(self.cluster, name, namespace)
        with readable_release(name, namespace):
            live = history.last()
            if live is not None and live.pending:
                live = history.last_deployed()
        trusts = _trusts(self.cluster)
        if live is not None and live.installed:
            label = live.chart_label
            return ReleasePoint(name, namespace, live.revision, label, (), live.began, trusts)
        leftovers = tuple(
            f"{kind}/{item}"
            for api, kind, item in LEFTOVERS
            if _may_be_there(self.cluster, api, kind, item)
        )
        return ReleasePoint(name, namespace, 0, "", leftovers, trusts=trusts)

    def _redact(self, snapshot: Snapshot) -> None:
        if snapshot.secret:
            self.cluster.redactor.add(snapshot.secret.texts())


def _trusts(cluster: Client) -> dict[str, Trust]:
    """Return the caBundles of the image-swap webhooks, none where they may not be read."""
    try:
        return trusts_of(cluster.list(WEBHOOK_API, WEBHOOK_KINDS[0]))
    except Failure as failure:
        if failure.code != "forbidden":
            raise
        return {}


def _may_be_there(cluster: Client, api_version: str, kind: str, name: str) -> bool:
    """Return whether an object is there; one that may not be read counts, so that it stays."""
    try:
        return cluster.get(api_version, kind, name) is not None
    except Failure as failure:
        if failure.code != "forbidden":
            raise
        return True


def _unreadable(item: JsonObject, sentence: str) -> Finding:
    return Finding(
        "snapshot_unreadable",
        Severity.WARNING,
        f"secret/{dig(item, 'metadata', 'name')} in {dig(item, 'metadata', 'namespace')}",
        sentence,
        "use the version of the collection that took it, or delete it",
    )


__all__ = ("LEFTOVERS", "SnapshotStore")
