# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a request on a resource asks for: its path, query and body, read once."""

from __future__ import annotations

import dataclasses
import json
import typing as t

import yaml
from aiohttp import web

from tests.sandbox.kubernetes import errors, protobuf
from tests.sandbox.kubernetes.access import User
from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.kubernetes.resources import Resource, find
from tests.sandbox.kubernetes.store import Key

_YES = ("true", "1")


@dataclasses.dataclass(frozen=True)
class Target:
    """What a path names. `name` and `namespace` are empty where the path has none."""

    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def key(self) -> Key:
        """Return the key of the named object."""
        return Key(self.resource, self.namespace, self.name)


def target_of(path: str) -> Target:
    """Return what `/api/v1/...` or `/apis/<group>/<version>/...` names. Raises 404."""
    steps = path.strip("/").split("/")
    group, version, rest = (
        ("", steps[1], steps[2:]) if steps[0] == "api" else (steps[1], steps[2], steps[3:])
    )
    if not rest:
        raise errors.no_such_path()
    namespace = ""
    # `namespaces/<name>/status` is a subresource, `namespaces/<name>/pods` a collection.
    if len(rest) >= 3 and rest[0] == "namespaces" and find(group, version, rest[2]):
        namespace, rest = rest[1], rest[2:]
    resource = find(group, version, rest[0])
    if resource is None or len(rest) > 3:
        raise errors.no_such_path()
    name, subresource = [*rest[1:], "", ""][:2]
    _check_subresource(resource, subresource)
    return Target(resource, namespace, name, subresource)


def _check_subresource(resource: Resource, subresource: str) -> None:
    known = {"", *resource.subresources, *(["status"] if resource.has_status else [])}
    if subresource not in known:
        raise errors.no_such_path()


@dataclasses.dataclass(frozen=True)
class ApiRequest:
    """One request of one user on one target."""

    target: Target
    method: str
    query: t.Mapping[str, str]
    content_type: str
    user: User
    raw: bytes

    @classmethod
    def read(cls, request: web.Request, raw: bytes, user: User) -> ApiRequest:
        """Read a request of aiohttp. Raises 404 for a path that names nothing."""
        return cls(
            target_of(request.path),
            request.method,
            request.query,
            request.content_type,
            user,
            raw,
        )

    @property
    def is_watch(self) -> bool:
        """Return whether the client wants events instead of a list."""
        return self.method == "GET" and self.query.get("watch") in _YES

    @property
    def is_dry_run(self) -> bool:
        """Return whether nothing may be written."""
        return bool(self.query.get("dryRun"))

    @property
    def manager(self) -> str:
        """Return the field manager."""
        return self.query["fieldManager"]

    def data(self) -> t.Any:
        """Return the body as data, None for an empty one. Raises 400, 415."""
        if not self.raw:
            return None
        if self.content_type == "application/vnd.kubernetes.protobuf":
            return protobuf.decode(self.raw)
        try:
            if "yaml" in self.content_type:
                return yaml.safe_load(self.raw)
            return json.loads(self.raw)
        except (ValueError, yaml.YAMLError) as error:
            raise errors.bad_request(f"the object provided is unrecognized: {error}") from error

    def object(self) -> Object:
        """Return the body as an object. Raises 400, 415."""
        return t.cast(Object, self.data() or {})


__all__ = ("ApiRequest", "Target", "target_of")
