# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Secrets of a cluster, as many of them as the kubeconfig's user may see."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

from ...module_utils._objects import JsonObject
from .._cluster.client import Client
from .._failure import Failure
from .._override.location import Override
from .findings import SearchScope

# Where Palette and VerteX have their own workloads, and so their pull Secrets.
_PLATFORM = (
    "hubble-system",
    "cp-system",
    "ui-system",
    "ingress-nginx",
    "ingress-traefik",
    "kube-system",
    "imageswap-system",
    "cert-manager",
)
# Large in number, and no place for a registry's password.
_FIELDS = ("type!=kubernetes.io/service-account-token", "type!=kubernetes.io/tls")


def read_secrets(cluster: Client, override: Override) -> tuple[list[JsonObject], SearchScope]:
    """Return the Secrets of all namespaces; of those that Palette has, where that is forbidden.

    Raises Failure when the cluster does not answer.
    """
    try:
        return cluster.list("v1", "Secret", fields=_FIELDS), SearchScope()
    except Failure as failure:
        if failure.code != "forbidden":
            raise
    secrets: list[JsonObject] = []
    seen: list[str] = []
    own = (override.secret_namespace, override.release_namespace)
    for namespace in dict.fromkeys((*own, *_PLATFORM)):
        try:
            secrets += cluster.list("v1", "Secret", namespace=namespace, fields=_FIELDS)
        except Failure as failure:
            if failure.code != "forbidden":
                raise
        else:
            seen.append(namespace)
    return secrets, SearchScope(everywhere=False, namespaces=tuple(seen))


__all__ = ("read_secrets",)
