# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the objects of a kind are in an API: known for what never changes, asked for the rest."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import http
import urllib.parse

from ...module_utils._objects import dig
from .api import Api, ApiError

# Kinds that every server has in this form as long as it has them; * is of the whole cluster.
_KNOWN = {
    "v1": "ConfigMap Namespace* Node* PersistentVolumeClaim Pod Secret Service ServiceAccount",
    "admissionregistration.k8s.io/v1": "MutatingWebhookConfiguration*"
    " ValidatingWebhookConfiguration*",
    "apps/v1": "DaemonSet Deployment ReplicaSet StatefulSet",
    "authorization.k8s.io/v1": "SelfSubjectAccessReview*",
    "batch/v1": "CronJob Job",
    "coordination.k8s.io/v1": "Lease",
    "discovery.k8s.io/v1": "EndpointSlice",
    "networking.k8s.io/v1": "NetworkPolicy",
    "policy/v1": "PodDisruptionBudget",
    "rbac.authorization.k8s.io/v1": "ClusterRole* ClusterRoleBinding* Role RoleBinding",
}


@dataclasses.dataclass(frozen=True)
class Resource:
    """A kind of objects in a version of an API. `base` is the path of that version."""

    base: str
    plural: str
    namespaced: bool

    def path(self, name: str = "", namespace: str = "") -> str:
        """Return the path of an object, or of all; in all namespaces where none is named."""
        parts = [self.plural, *([name] if name else [])]
        if self.namespaced and namespace:
            parts = ["namespaces", namespace, *parts]
        return "/".join((self.base, *(urllib.parse.quote(part, safe="") for part in parts)))


class Resources:
    """Finds the resources of one API server."""

    def __init__(self, api: Api) -> None:
        """Know nothing of this server yet."""
        self._api = api
        self._found: dict[str, dict[str, Resource]] = {}

    def find(self, api_version: str, kind: str) -> Resource | None:
        """Return the resource of a kind, None where the server has none. Raises as `Api.ask`."""
        known = _known(api_version, kind)
        if known:
            return known
        if api_version not in self._found:
            self._found[api_version] = self._discovered(api_version)
        return self._found[api_version].get(kind)

    def _discovered(self, api_version: str) -> dict[str, Resource]:
        base = _base(api_version)
        try:
            listed = self._api.ask("GET", base).get("resources") or ()
        except ApiError as error:
            if error.status != http.HTTPStatus.NOT_FOUND:
                raise
            return {}
        return {
            str(dig(item, "kind")): Resource(base, str(dig(item, "name")), bool(item["namespaced"]))
            for item in listed
            if "/" not in str(dig(item, "name"))  # a part of objects, such as their status
        }


def _known(api_version: str, kind: str) -> Resource | None:
    kinds = _KNOWN.get(api_version, "").split()
    for scope in ("", "*"):
        if f"{kind}{scope}" in kinds:
            return Resource(_base(api_version), _plural(kind), namespaced=not scope)
    return None


def _plural(kind: str) -> str:
    name = kind.lower()
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"


def _base(api_version: str) -> str:
    root = "/apis" if "/" in api_version else "/api"
    return f"{root}/{urllib.parse.quote(api_version)}"


__all__ = ("Resource", "Resources")
