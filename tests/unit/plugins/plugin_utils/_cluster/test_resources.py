# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths of objects: of kinds that every server has, and of those that it was asked for."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster import (
    resources as _cluster_resources,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.api import ApiError
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.resources import (
    Resource,
    Resources,
)
from tests.sandbox.kubernetes.resources import RESOURCES

ISSUERS: dict[str, t.Any] = {
    "kind": "APIResourceList",
    "resources": [
        {"name": "issuers/status", "kind": "Issuer", "namespaced": True},
        {"name": "issuers", "kind": "Issuer", "namespaced": True},
        {"name": "clusterissuers", "kind": "ClusterIssuer", "namespaced": False},
    ],
}


class Server:
    """Stands for an API server; `asked` are the paths."""

    def __init__(self, answer: dict[str, t.Any] | int) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def ask(self, method: str, path: str) -> dict[str, t.Any]:
        self.asked.append(f"{method} {path}")
        if isinstance(self.answer, int):
            raise ApiError(self.answer, b"")
        return self.answer


def resources(server: Server) -> Resources:
    return Resources(t.cast("t.Any", server))


@pytest.mark.parametrize(
    ("name", "namespace", "secrets", "nodes"),
    [
        ("", "", "/api/v1/secrets", "/api/v1/nodes"),
        ("a", "b", "/api/v1/namespaces/b/secrets/a", "/api/v1/nodes/a"),
        ("", "b", "/api/v1/namespaces/b/secrets", "/api/v1/nodes"),
        ("../x", "?", "/api/v1/namespaces/%3F/secrets/..%2Fx", "/api/v1/nodes/..%2Fx"),
    ],
)
def test_what_every_server_has_is_not_asked_for(
    name: str, namespace: str, secrets: str, nodes: str
) -> None:
    server = Server({})
    for kind, path in (("Secret", secrets), ("Node", nodes)):
        found = resources(server).find("v1", kind)
        assert found
        assert found.path(name, namespace) == path
    assert server.asked == []


def test_what_is_known_is_what_servers_say() -> None:
    said = {
        (resource.api_version, resource.kind): (resource.plural, resource.namespaced)
        for resource in RESOURCES
    }
    known = {
        (version, kind.rstrip("*")): _cluster_resources._known(version, kind.rstrip("*"))
        for version, kinds in _cluster_resources._KNOWN.items()
        for kind in kinds.split()
    }
    both = {
        key: (found.plural, found.namespaced)
        for key, found in known.items()
        if found and key in said
    }
    assert None not in known.values()
    assert both == {key: said[key] for key in both}
    assert len(both) > 10


def test_other_kinds_are_asked_for_once() -> None:
    server = Server(ISSUERS)
    found = resources(server)
    assert found.find("cert-manager.io/v1", "Issuer") == Resource(
        "/apis/cert-manager.io/v1", "issuers", namespaced=True
    )
    cluster = found.find("cert-manager.io/v1", "ClusterIssuer")
    assert cluster
    assert cluster.path("a", "ignored") == "/apis/cert-manager.io/v1/clusterissuers/a"
    assert found.find("cert-manager.io/v1", "Odd") is None
    assert server.asked == ["GET /apis/cert-manager.io/v1"]


def test_a_version_that_is_not_there_has_no_kinds_and_a_refusal_is_one() -> None:
    assert resources(Server(404)).find("odd/v1", "Odd") is None
    with pytest.raises(ApiError, match="403"):
        resources(Server(403)).find("odd/v1", "Odd")
