# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster with a snapshot of the override, put back without Helm and without a webhook."""

from __future__ import annotations

import base64
import dataclasses
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.restorer import (
    Restored,
    Restorer,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.secret import (
    LiveSecret,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.secret_writer import (
    SecretWriter,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.snapshot import (
    SNAPSHOT_TYPE,
    ReleasePoint,
    Snapshot,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.store import (
    SnapshotStore,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.release import Release
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.restorer import (
    ReleaseRestorer,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.proof import (
    WebhookTrust,
)
from tests.unit.helpers.tiny_cluster import TinyCluster

Data = dict[str, t.Any]


def secret(**more: t.Any) -> Data:
    """Return the Secret of the override as somebody may have it."""
    metadata = {
        "name": "registry-info",
        "namespace": "jet-system",
        "labels": more.pop("labels", {"theirs": "x"}),
        "annotations": more.pop("annotations", {"note": "y"}),
    }
    data = {"DOMAIN": b"old", "PASSWORD": b"old-planted"}
    data.update(more.pop("data", {}))
    encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
    return {"kind": "Secret", "type": "Opaque", "metadata": metadata, "data": encoded, **more}


class Releases:
    """The release, restored without Helm."""

    def __init__(self) -> None:
        self.history = [self._revision(1, {"a": 1})]
        self.remarks: list[Finding] = []
        self.failures: list[str] = []

    @staticmethod
    def _revision(number: int, config: Data, status: str = "deployed") -> Release:
        return Release("image-swap", "default", number, status, config, {})

    def upgrade(self, config: Data, status: str = "deployed") -> None:
        """Deploy something else."""
        self.history.append(self._revision(len(self.history) + 1, config, status))

    def revisions(self) -> tuple[Release, ...]:
        return tuple(self.history)

    def has_revision(self, number: int, began: str = "") -> bool:
        return any(item.revision == number and item.began == began for item in self.history)

    def rollback_to(self, number: int) -> Release:
        if self.failures:
            raise Failure.of(self.failures.pop(0), "helm", "it failed", "wait")
        self.upgrade(dict(self.history[number - 1].config))
        return self.history[-1]

    def uninstall(self) -> bool:
        there, self.history = bool(self.history), []
        return there


class Webhook:
    """The webhook, which answers as it is told to."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, t.Any]] = []
        self.now: dict[str, t.Any] = {"imageswap-webhook": {"w": "now"}}
        self.settled: tuple[Finding, ...] = ()
        self.answers = Status.PASS

    def trusts(self) -> dict[str, t.Any]:
        return self.now

    def settle(self, known: t.Sequence[t.Any]) -> tuple[Finding, ...]:
        self.calls.append(("settle", known))
        return self.settled

    def proof(self, subject: str, expected: t.Any) -> Check:
        self.calls.append(("proof", expected))
        return Check("webhook answers", subject, self.answers)


class Case:
    """A cluster with a snapshot, and the means to put it back."""

    def __init__(self, was: Data | None, point: ReleasePoint | None = None) -> None:
        self.cluster = TinyCluster(*([was] if was else []))
        self.releases = Releases()
        self.webhook = Webhook()
        self.steps = 0
        self.pauses, self.gone_after = 0, 0
        self.store = SnapshotStore(self.cluster, "registry-info", "jet-system")
        self.store.take("id", "then", "me", point)
        self.cluster.calls.clear()

    def restore(self, *, check_mode: bool = False) -> Restored:
        snapshot = self.snapshot
        assert snapshot is not None
        self.cluster.check_mode = check_mode
        writer = SecretWriter(self.cluster, "registry-info", "jet-system")
        restorer = Restorer(
            self.cluster,
            self.store,
            writer,
            lambda _point: t.cast(ReleaseRestorer, self.releases),
            t.cast(WebhookTrust, self.webhook),
            self._step,
            "mgmt",
            (0.0, 0.0),
            self._sleep,
        )
        return restorer.restore(snapshot)

    def _step(self) -> None:
        self.steps += 1

    def _sleep(self, _seconds: float) -> None:
        self.pauses += 1
        if self.pauses == self.gone_after:
            self.cluster.objects.pop(("Namespace", "", "imageswap-system"), None)

    @property
    def snapshot(self) -> Snapshot | None:
        return self.store.get("id")

    @property
    def live(self) -> LiveSecret | None:
        found = [item for item in self.cluster.of("Secret") if item["type"] != SNAPSHOT_TYPE]
        if not found:
            return None
        return dataclasses.replace(LiveSecret.from_object(found[0]), uid="", resource_version="")


WAS = secret()
