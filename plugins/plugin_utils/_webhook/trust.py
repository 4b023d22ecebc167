# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom the API server trusts to be a webhook: the `caBundle` of a webhook configuration.

A chart that makes its own certificate authority has it in its manifest, and Helm takes it back
together with the certificate. Elsewhere whoever makes the certificate writes it there, later than
Helm. One that does not vouch for the certificate in use makes the API server refuse every pod.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ...module_utils._objects import JsonObject, dig
from .objects import find_webhooks

# As whom the API server knows kubernetes.core, and any other program in Python that gives no name.
_MANAGER = "OpenAPI-Generator"
_OURS = (("f:clientConfig", "f:caBundle"), ("f:namespaceSelector",))

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


def trusts_of(configurations: t.Iterable[JsonObject]) -> dict[str, Trust]:
    """Return the caBundles of the configurations that register an image-swap webhook, by name."""
    return {
        str(dig(configuration, "metadata", "name")): trust_of(configuration)
        for configuration in configurations
        if find_webhooks((configuration,))
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


def ownership_patch(configuration: JsonObject) -> list[dict[str, t.Any]]:
    """Return the JSON patch after which no patch of ours owns a field, empty if none does.

    Helm 4 refuses to write what others own. Ours is only what owns nothing but what we write: the
    caBundle, and the namespaceSelector once the webhook is not bypassed any more.
    """
    if any(webhook.bypassed for webhook in find_webhooks((configuration,))):
        return []
    entries = dig(configuration, "metadata", "managedFields") or []
    kept = [entry for entry in entries if not _is_ours(entry)]
    if len(kept) == len(entries):
        return []
    version = dig(configuration, "metadata", "resourceVersion")
    return [
        {"op": "test", "path": "/metadata/resourceVersion", "value": version},
        # An empty list would leave them as they are; one empty entry clears them.
        {"op": "replace", "path": "/metadata/managedFields", "value": kept or [{}]},
    ]


def _is_ours(entry: JsonObject) -> bool:
    if (entry.get("manager"), entry.get("operation")) != (_MANAGER, "Update"):
        return False
    fields = entry.get("fieldsV1") or {}
    paths = list(_paths(dig(fields, "f:webhooks") or {}))
    return set(fields) == {"f:webhooks"} and all(
        any(path[1 : 1 + len(ours)] == ours for ours in _OURS) for path in paths
    )


def _paths(fields: JsonObject, *above: str) -> t.Iterator[tuple[str, ...]]:
    """Yield the leaves of a set of fields."""
    for key, below in fields.items():
        if below:
            yield from _paths(below, *above, key)
        else:
            yield (*above, key)


__all__ = (
    "WEBHOOK_API",
    "WEBHOOK_KINDS",
    "Trust",
    "ownership_patch",
    "services_of",
    "trust_of",
    "trust_patch",
    "trusts_of",
)
