# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster whose API server asks an image-swap webhook, for actions that look at it."""

from __future__ import annotations

import copy
import dataclasses
import json
import typing as t

import jsonpatch

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.swap import SwapMap
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.objects import (
    find_webhooks,
)

JsonObject = dict[str, t.Any]
NAME = "imageswap.webhook.k8s.twr.io"
OLD, NEW = "default::\ndocker.io::h.io/old\n", "default::\ndocker.io::h.io/new\n"
SETTINGS = {
    "endpoint": "h.io",
    "name": "Internal Registry",
    "base_content_path": "new",
    "username": "robot",
    "password": "planted-Passw0rd-3",
    "mirrors": "docker.io::h.io/new",
}
PODS = {"operations": ["*"], "apiGroups": [""], "resources": ["pods"]}
IMAGE = "docker.io/library/nginx:latest"


@dataclasses.dataclass
class Cluster:
    """A cluster whose webhook runs on `maps`, one an attempt; `refusals` come first."""

    maps: list[str] = dataclasses.field(default_factory=lambda: [NEW])
    refusals: list[str] = dataclasses.field(default_factory=list)
    forbidden: frozenset[str] = frozenset()
    outage: int = 0
    places: list[str] = dataclasses.field(default_factory=list)
    webhook: JsonObject = dataclasses.field(
        default_factory=lambda: {
            "metadata": {"name": "imageswap-webhook", "resourceVersion": "7"},
            "webhooks": [{"name": NAME, "rules": [PODS], "clientConfig": {}}],
        }
    )

    def __call__(self, module: str, arguments: JsonObject) -> JsonObject:
        """Answer a module of kubernetes.core."""
        if module == "k8s_info":
            return self._read(arguments["kind"])
        if module == "k8s_json_patch":
            patch = jsonpatch.JsonPatch(arguments["patch"])
            self.webhook = patch.apply(copy.deepcopy(self.webhook))
            return {"changed": True, "result": self.webhook}
        return self._admit(copy.deepcopy(arguments["definition"]))

    def _read(self, kind: str) -> JsonObject:
        if self.outage:
            self.outage -= 1
            return {"failed": True, "msg": "Connection refused"}
        if kind in self.forbidden:
            return {"failed": True, "msg": "Forbidden: (403) Reason: Forbidden"}
        names = ("jet-system", "hubble-system", "a", "b")
        objects: dict[str, list[JsonObject]] = {
            "MutatingWebhookConfiguration": [self.webhook],
            "Namespace": [{"metadata": {"name": name}} for name in names],
            "ConfigMap": [{"metadata": {"name": "imageswap-maps"}, "data": {"maps": NEW}}],
        }
        return {"resources": objects.get(kind, [])}

    def _admit(self, pod: JsonObject) -> JsonObject:
        self.places.append(pod["metadata"]["namespace"])
        if self.refusals and not find_webhooks([self.webhook])[0].bypassed:
            message = self.refusals.pop(0)
            body = json.dumps({"kind": "Status", "message": message, "code": 500})
            return {"failed": True, "msg": f"Failed to create object: {body.encode()!r}"}
        swaps = SwapMap.from_map_file(self.maps.pop(0) if len(self.maps) > 1 else self.maps[0])
        for container in pod["spec"]["containers"]:
            container["image"] = swaps.swap(container["image"]).swapped
        pod["metadata"]["creationTimestamp"] = "2026-11-26T04:00:00Z"
        return {"changed": True, "result": pod}


EXPIRED = f'failed calling webhook "{NAME}": failed to call webhook: Post "https://x": x509: certificate has expired or is not yet valid'  # noqa: E501  # as it comes
