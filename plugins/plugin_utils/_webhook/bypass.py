# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The webhook taken out of the way of all pods, or put back, and the proof of it."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import time
import typing as t

from ...module_utils._evidence import Check, Finding, Severity
from ...module_utils._objects import JsonObject, dig
from .._cluster.client import Client
from .._cluster.manifest import ObjectName
from .bypass_patch import Operation, let_through_check, state_patch
from .canary import NO_MIRROR, canary_namespaces
from .objects import Webhook, find_webhooks
from .reader import CONFIGURATIONS, WebhookReader

# The API server hears of a changed registration a moment later.
_PROOF_ATTEMPTS = 5
_PROOF_PAUSE_SECONDS = 1.0


@dataclasses.dataclass
class WebhookBypass:
    """Brings the webhook's registrations to a state: `bypassed`, or asked about pods as before.

    Every method raises Failure when the cluster does not do it.
    """

    cluster: Client
    bypassed: bool

    def configurations(self, name: str = "") -> list[JsonObject]:
        """Return the registrations of the webhook, or the one of a name."""
        found = self.cluster.list(*CONFIGURATIONS)
        return [
            item
            for item in found
            if find_webhooks((item,)) and name in ("", dig(item, "metadata", "name"))
        ]

    def patch(self, configuration: JsonObject) -> list[Operation]:
        """Return what has to be changed of a registration."""
        return state_patch(configuration, bypassed=self.bypassed)

    def change(self, configuration: JsonObject) -> bool:
        """Return whether it had to be changed. In an emergency an API server may need a moment."""
        if not self.patch(configuration):
            return False
        name = str(dig(configuration, "metadata", "name"))
        read = [configuration]

        def attempt() -> None:
            latest = read.pop() if read else next(iter(self.configurations(name)), {})
            self._send(name, self.patch(latest))

        self.cluster.persistently(attempt, also=("conflict", "invalid"))
        return True

    def proof(self, subject: str, webhooks: t.Iterable[Webhook]) -> Check:
        """Show a pod to the API server, in a namespace of which the webhook was asked."""
        whole = [webhook.without_bypass() for webhook in webhooks]
        places = canary_namespaces(whole, self._namespaces())
        if not places:
            return let_through_check(subject, "", None)
        return let_through_check(subject, places[0], self._trouble(whole, places[0]))

    def _send(self, name: str, patch: list[Operation]) -> None:
        if not patch:  # done by an attempt whose answer was lost
            return
        self.cluster.json_patch(
            ObjectName(*CONFIGURATIONS, name),
            patch,
            f"changing mutatingwebhookconfiguration/{name}",
        )

    def _trouble(self, webhooks: t.Sequence[Webhook], place: str) -> Finding | None:
        reader = WebhookReader(self.cluster, "")
        for attempt in range(_PROOF_ATTEMPTS):
            if attempt:
                time.sleep(_PROOF_PAUSE_SECONDS)
            trouble = reader.show(webhooks, [NO_MIRROR], place).trouble
            # What somebody else refuses does not pass by waiting.
            if trouble is None or trouble.severity is not Severity.ERROR:
                break
        return trouble

    def _namespaces(self) -> dict[str, t.Mapping[str, str]]:
        return {
            str(dig(item, "metadata", "name")): dig(item, "metadata", "labels") or {}
            for item in self.cluster.list("v1", "Namespace")
        }


__all__ = ("WebhookBypass",)
