# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A webhook whose registration is gone, restarted: the init container of its pods registers it.

A registration that is an object of the chart comes back with the chart instead.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ...module_utils._evidence import Finding, Severity
from .._cluster.client import Client
from .._cluster.manifest import manifest_objects
from .._webhook.objects import NAMESPACE, Server, find_server, find_webhooks
from .._webhook.reader import CONFIGURATIONS
from .reader import readable_release
from .release import Release

# What `kubectl rollout restart` writes.
_RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"


@dataclasses.dataclass
class WebhookRestart:
    """Restarts the webhook of one release where that is the cure.

    `before_write` is called before it writes, which it does not in check mode.
    """

    cluster: Client
    before_write: t.Callable[[], None]

    def run(self, release: Release | None) -> tuple[Finding, ...]:
        """Return what a person should know of it, nothing where none is needed.

        It is for others to wait until the webhook is registered. Raises Failure.
        """
        server = self._unregistered(release) if release else None
        if server is None:
            return ()
        if not self.cluster.check_mode:
            self.before_write()
            self.cluster.persistently(lambda: self._restart(server), also=("conflict",))
        done = "would be" if self.cluster.check_mode else "was"
        return (
            Finding(
                "webhook_restarted",
                Severity.INFO,
                server.subject,
                "no MutatingWebhookConfiguration leads to it, nor is one an object of the chart, so"
                f" it {done} restarted: an init container registers the webhook",
                "find out who deleted the registration",
            ),
        )

    def _unregistered(self, release: Release) -> Server | None:
        """Return the Deployment that runs, though nothing asks it; one that starts will register.

        None where the chart has a registration, too.
        """
        if find_webhooks(self.cluster.list(*CONFIGURATIONS)):
            return None
        with readable_release(release.name, release.namespace):
            if manifest_objects(release.manifest, CONFIGURATIONS[1:], release.namespace):
                return None
        server = find_server(self.cluster.list("apps/v1", "Deployment", namespace=NAMESPACE))
        if server is None or not server.wanted or not server.all_ready or server.rolling:
            return None
        return server

    def _restart(self, server: Server) -> None:
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        template = {"metadata": {"annotations": {_RESTARTED_AT: now}}}
        manifest = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": server.name, "namespace": server.namespace},
            "spec": {"template": template},
        }
        self.cluster.patch(manifest, f"restarting {server.subject}")


__all__ = ("WebhookRestart",)
