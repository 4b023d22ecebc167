# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

"""Whom the API server trusts to be a webhook: the `caBundle` of a webhook configuration.

Whoever makes the webhook's certificate writes it there, later than Helm. One that does not match
the certificate in use, such as that of an older revision, makes the API server refuse every pod.
"""

from __future__ import annotations

import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._cluster_state import (
    JsonObject,
    dig,
)

WEBHOOK_API = "admissionregistration.k8s.io/v1"
WEBHOOK_KINDS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")

# The webhooks of one configuration by name, each with its caBundle, None where it has none.
Trust: t.TypeAlias = "t.Mapping[str, str | None]"


def trust_of(configuration: JsonObject) -> Trust:
    """Return the caBundle of each webhook of a configuration."""
    return {
        str(dig(webhook, "name")): dig(webhook, "clientConfig", "caBundle")
        for webhook in configuration.get("webhooks") or ()
    }


def services_of(configuration: JsonObject) -> set[tuple[str, str]]:
    """Return namespace and name of each service that the webhooks of a configuration call."""
    services = (
        dig(item, "clientConfig", "service") for item in configuration.get("webhooks") or ()
    )
    return {(str(item.get("namespace")), str(item.get("name"))) for item in services if item}


def trust_patch(configuration: JsonObject, trust: Trust) -> list[dict[str, t.Any]]:
    """Return the JSON patch that gives webhooks their caBundle back, empty if they have it.

    Webhooks that `trust` does not name stay as they are. The patch fails (422) if somebody has
    changed the configuration in the meantime, because it counts on the order of the webhooks.
    """
    operations = []
    for index, webhook in enumerate(configuration.get("webhooks") or ()):
        name, live = str(dig(webhook, "name")), dig(webhook, "clientConfig", "caBundle")
        if name not in trust or trust[name] == live:
            continue
        path = f"/webhooks/{index}/clientConfig/caBundle"
        kept = trust[name]
        operations.append(
            {"op": "remove", "path": path}
            if kept is None
            else {"op": "add", "path": path, "value": kept}
        )
    if not operations:
        return []
    version = dig(configuration, "metadata", "resourceVersion")
    return [{"op": "test", "path": "/metadata/resourceVersion", "value": version}, *operations]


__all__ = ("WEBHOOK_API", "WEBHOOK_KINDS", "Trust", "services_of", "trust_of", "trust_patch")
