# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a cluster says of the image-swap webhook, and what the webhook makes of pods."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import binascii
import dataclasses
import datetime
import typing as t

from ...module_utils._evidence import Severity
from ...module_utils._objects import JsonObject, dig
from .._cluster.client import Client
from .._cluster.rollout import backs_off, hopeless_reasons
from .._failure import Failure
from .canary import (
    Canary,
    Probe,
    admitted,
    canary_labels,
    canary_namespaces,
    canary_pod,
    swapped_pods,
)
from .checks import WebhookState
from .failure import dry_run_failure
from .objects import OPT_OUT, Server, Webhook, find_map, find_server, find_webhooks, waiting_reasons

CONFIGURATIONS = ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration")

_TLS_SECRET = "imageswap-tls"
# As upstream keeps it, and as Secrets of type kubernetes.io/tls do.
_CERTIFICATE_KEYS = ("cert.pem", "tls.crt")
# What the API server answers to the pod, rather than that it could not be asked at all.
_REFUSALS = frozenset(
    {"webhook_failed", "admission_denied", "forbidden", "server_error", "module_failed"}
)
_MOST_NAMESPACES = 3


@dataclasses.dataclass
class WebhookReader:
    """Looks at the webhook of one cluster. `namespace` is where it runs if nothing else says so.

    Every method raises Failure when the cluster does not answer.
    """

    cluster: Client
    namespace: str

    def state(self) -> WebhookState:
        """Return what the cluster says now."""
        webhooks = find_webhooks(self.cluster.list(*CONFIGURATIONS))
        services = (webhook.service[0] for webhook in webhooks if webhook.service)
        namespace = next(services, self.namespace)
        server = self._server(namespace)
        if not webhooks:
            return WebhookState(namespace, server=server)
        namespaces = {
            str(dig(item, "metadata", "name")): dig(item, "metadata", "labels") or {}
            for item in self.cluster.list("v1", "Namespace")
            if dig(item, "status", "phase") != "Terminating"
        }
        maps = self.cluster.list("v1", "ConfigMap", namespace=namespace)
        live_map = find_map(maps, server.config_maps if server else ())
        served, place = self._certificate(namespace, server)
        pods = self._opted_out()
        return WebhookState(
            namespace,
            webhooks,
            namespaces,
            server,
            live_map,
            served,
            place,
            swapped_pods(pods, canary_namespaces(webhooks, namespaces), live_map),
        )

    def canary(
        self, state: WebhookState, asked: t.Sequence[Probe], namespace: str = ""
    ) -> Canary | None:
        """Return what becomes of a pod with these images, None if no webhook is asked about it.

        Where somebody else refuses the pod, a few other namespaces are tried.
        """
        webhooks = [item for item in state.webhooks if item.wants_pods and not item.bypassed]
        places = canary_namespaces(webhooks, state.namespaces)
        if namespace:
            places = tuple(name for name in places if name == namespace)
        if not asked or not places:
            return None
        refused = []
        for place in places[:_MOST_NAMESPACES]:
            canary = self.show(webhooks, asked, place)
            if canary.trouble is None or canary.trouble.severity is Severity.ERROR:
                return canary
            refused.append(canary)
        return refused[0]

    def show(self, webhooks: t.Sequence[Webhook], asked: t.Sequence[Probe], place: str) -> Canary:
        """Return what becomes of a pod with these images in a namespace."""
        pod = canary_pod(place, canary_labels(webhooks), [probe.image for probe in asked])
        try:
            shown, _changed = self.cluster.dry_run(pod, "showing a pod to the webhook")
        except Failure as failure:
            if failure.code not in _REFUSALS:
                raise
            names = {webhook.name for webhook in webhooks}
            return Canary(place, trouble=dry_run_failure(failure.said, names, place))
        return admitted(place, shown)

    def _server(self, namespace: str) -> Server | None:
        deployments = self.cluster.list("apps/v1", "Deployment", namespace=namespace)
        server = find_server(deployments)
        if server is None or (server.all_ready and not server.rolling):
            return server
        pods = [
            pod
            for pod in self.cluster.list("v1", "Pod", namespace=namespace)
            if server.selector.matches(dig(pod, "metadata", "labels") or {})
        ]
        events: list[JsonObject] = []
        if backs_off(pods):
            events = self.cluster.list("v1", "Event", namespace=namespace)
        named = {str(dig(item, "metadata", "name")): item for item in deployments}
        now = datetime.datetime.now(datetime.UTC)
        return dataclasses.replace(
            server,
            waiting=waiting_reasons(pods, server.selector),
            hopeless=hopeless_reasons(named[server.name], pods, events, now),
        )

    def _certificate(self, namespace: str, server: Server | None) -> tuple[str, str]:
        """Return the certificate in the webhook's Secret, and its place; of the key nothing."""
        mounted = server.secrets if server else ()
        for name in dict.fromkeys((*mounted, _TLS_SECRET)):
            try:
                secret = self.cluster.get("v1", "Secret", name, namespace=namespace)
            except Failure as failure:
                if failure.code != "forbidden":
                    raise
                return "", ""
            certificate = _certificate_in(secret)
            if certificate:
                return certificate, f"secret/{name} in {namespace}"
        return "", ""

    def _opted_out(self) -> list[JsonObject]:
        try:
            return self.cluster.list("v1", "Pod", labels=("=".join(OPT_OUT),))
        except Failure as failure:
            if failure.code != "forbidden":
                raise
            return []


def _certificate_in(secret: JsonObject | None) -> str:
    for key in _CERTIFICATE_KEYS:
        try:
            text = base64.b64decode(str(dig(secret, "data", key) or ""), validate=True)
        except (binascii.Error, ValueError):
            continue
        if text:
            return text.decode("utf-8", "replace")
    return ""


__all__ = ("CONFIGURATIONS", "WebhookReader")
