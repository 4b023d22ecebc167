# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens in a cluster while a playbook runs."""

from __future__ import annotations

import contextlib
import threading
import typing as t

from tests.sandbox.kubernetes.client import ApiClient, RequestFailed
from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.world import World

REGISTRATIONS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
NAMESPACE = "/api/v1/namespaces/imageswap-system"
_PODS = f"{NAMESPACE}/pods?labelSelector=app%3Dimageswap"
_HELD = f"{NAMESPACE}/configmaps/held"
_PAUSE_SECONDS = 0.25


@contextlib.contextmanager
def meanwhile(look: t.Callable[[], None]) -> t.Iterator[None]:
    """Do something again and again beside a block, whatever the cluster says to it."""
    stopped = threading.Event()

    def work() -> None:
        while not stopped.wait(_PAUSE_SECONDS):
            with contextlib.suppress(RequestFailed, OSError):
                look()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def init_container(client: ApiClient, where: Object) -> t.Callable[[], None]:
    """Return what the original's init container does: each new pod registers the webhook."""
    begun: set[str] = set()

    def look() -> None:
        for pod in client.get(_PODS)["items"]:
            uid = pod["metadata"]["uid"]
            if uid not in begun:
                client.apply(f"{REGISTRATIONS}/imageswap-webhook", _registration(where))
                begun.add(uid)

    return look


def _registration(where: Object) -> Object:
    webhook = {
        "name": "imageswap.webhook.k8s.twr.io",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "clientConfig": where,
        "namespaceSelector": {"matchLabels": {"k8s.twr.io/imageswap": "enabled"}},
        "rules": [
            {
                "operations": ["CREATE", "UPDATE"],
                "apiGroups": ["*"],
                "apiVersions": ["*"],
                "resources": ["pods"],
            }
        ],
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "imageswap-webhook"},
        "webhooks": [webhook],
    }


def slow_namespace(world: World) -> t.Callable[[], None]:
    """Return what lets the chart's namespace end only after somebody has looked twice if it has."""
    client = world.api.client
    held = False

    def look() -> None:
        nonlocal held
        found = client.get(NAMESPACE)
        if not held:
            metadata = {"name": "held", "finalizers": ["example.org/held"]}
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
            client.apply(_HELD, body)
            held = True
        elif "deletionTimestamp" in found["metadata"] and _looks(world) >= 2:
            client.merge(_HELD, {"metadata": {"finalizers": None}})

    return look


def _looks(world: World) -> int:
    """Return how often the namespace was read since somebody deleted it."""
    seen = [
        entry["method"]
        for entry in world.api.requests()
        if entry["path"] == NAMESPACE and entry["user_agent"] != "sandbox"
    ]
    last = max(number for number, method in enumerate(seen) if method == "DELETE")
    return seen[last:].count("GET")
