# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the API server says about itself: version, discovery and OpenAPI."""

from __future__ import annotations

import typing as t

from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.kubernetes.resources import (
    GROUP_VERSIONS,
    Resource,
    in_group_version,
)

VERSION: t.Mapping[str, str] = {
    "major": "1",
    "minor": "33",
    "gitVersion": "v1.33.4",
    "gitCommit": "0" * 40,
    "gitTreeState": "clean",
    "buildDate": "2025-08-13T00:00:00Z",
    "goVersion": "go1.24.5",
    "compiler": "gc",
    "platform": "linux/amd64",
}

_GROUPS = tuple(sorted({group for group, _version in GROUP_VERSIONS}))
# With these parameters in the document kubectl and helm validate on the server, and never
# ask for OpenAPI v2 in protobuf.
_PARAMETERS = [
    {"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": True}}
    for name in ("dryRun", "fieldManager", "fieldValidation", "force")
]


def _versions(group: str) -> list[str]:
    return [version for other, version in GROUP_VERSIONS if other == group]


def api_groups() -> Object:
    """Return the answer of `/apis`."""
    groups = [_group(group) for group in _GROUPS if group]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def _group(group: str) -> Object:
    versions = [
        {"groupVersion": f"{group}/{version}", "version": version} for version in _versions(group)
    ]
    return {"name": group, "versions": versions, "preferredVersion": versions[0]}


def api_resources(group: str, version: str) -> Object:
    """Return the answer of `/apis/<group>/<version>` (or `/api/v1`)."""
    rows: list[Object] = []
    for resource in in_group_version(group, version):
        rows.append(_row(resource, resource.plural, list(resource.verbs)))
        if resource.has_status:
            rows.append(_row(resource, f"{resource.plural}/status", ["get", "patch", "update"]))
        rows += [
            _row(resource, f"{resource.plural}/{subresource}", ["create"])
            for subresource in resource.subresources
        ]
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{group}/{version}" if group else version,
        "resources": rows,
    }


def _row(resource: Resource, name: str, verbs: list[str]) -> Object:
    return {
        "name": name,
        "singularName": "" if "/" in name else resource.kind.lower(),
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": verbs,
        "shortNames": list(resource.short_names),
        "categories": list(resource.categories),
    }


def aggregated(core: bool) -> Object:
    """Return `/api` (core) or `/apis` as one `APIGroupDiscoveryList`."""
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": [_aggregated_group(group) for group in _GROUPS if bool(group) != core],
    }


def _aggregated_group(group: str) -> Object:
    versions = [
        {
            "version": version,
            "freshness": "Current",
            "resources": [_aggregated_row(item) for item in in_group_version(group, version)],
        }
        for version in _versions(group)
    ]
    return {"metadata": {"name": group}, "versions": versions}


def _aggregated_row(resource: Resource) -> Object:
    kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    names = [*(["status"] if resource.has_status else []), *resource.subresources]
    return {
        "resource": resource.plural,
        "responseKind": kind,
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.kind.lower(),
        "verbs": list(resource.verbs),
        "shortNames": list(resource.short_names),
        "categories": list(resource.categories),
        "subresources": [
            {"subresource": name, "responseKind": kind, "verbs": ["get", "patch", "update"]}
            for name in names
        ],
    }


def _base(group: str, version: str) -> str:
    return f"apis/{group}/{version}" if group else f"api/{version}"


def openapi_index() -> Object:
    """Return the answer of `/openapi/v3`."""
    bases = [_base(group, version) for group, version in GROUP_VERSIONS]
    return {"paths": {base: {"serverRelativeURL": f"/openapi/v3/{base}"} for base in bases}}


def openapi_document(group: str, version: str) -> Object:
    """Return one OpenAPI v3 document: operations with parameters, schemas that allow anything."""
    paths: Object = {}
    schemas: Object = {}
    for resource in in_group_version(group, version):
        kind = {"group": group, "version": version, "kind": resource.kind}
        schemas[f"io.k8s.api.{group or 'core'}.{version}.{resource.kind}"] = {
            "type": "object",
            "x-kubernetes-group-version-kind": [kind],
            "x-kubernetes-preserve-unknown-fields": True,
        }
        scope = "/namespaces/{namespace}" if resource.namespaced else ""
        collection = f"/{_base(group, version)}{scope}/{resource.plural}"
        paths[collection] = {"post": _operation("post", kind)}
        paths[f"{collection}/{{name}}"] = {
            action: _operation(action, kind) for action in ("get", "put", "patch")
        }
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": VERSION["gitVersion"]},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _operation(action: str, kind: Object) -> Object:
    return {
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": kind,
        "parameters": _PARAMETERS,
        "responses": {"200": {"description": "OK"}},
    }


def openapi_v2() -> Object:
    """Return an empty OpenAPI v2 document; nobody needs more (see `openapi_document`)."""
    info = {"title": "Kubernetes", "version": VERSION["gitVersion"]}
    return {"swagger": "2.0", "info": info, "paths": {}, "definitions": {}}
