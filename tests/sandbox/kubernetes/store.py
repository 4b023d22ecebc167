# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects in memory, with resource versions and a history that watches read."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import dataclasses
import typing as t

from tests.sandbox.kubernetes import errors
from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.kubernetes.resources import Resource


class Key(t.NamedTuple):
    """Where an object lives. `namespace` is empty for what belongs to the cluster."""

    resource: Resource
    namespace: str
    name: str


@dataclasses.dataclass(frozen=True)
class Event:
    """One change: `kind` is ADDED, MODIFIED or DELETED."""

    version: int
    kind: str
    key: Key
    obj: Object


class Store:
    """All objects of the cluster. What goes in and what comes out are copies."""

    def __init__(self) -> None:
        self.version = 100
        self._objects: dict[Key, Object] = {}
        self._history: list[Event] = []
        self._subscribers: set[asyncio.Queue[Event]] = set()

    def find(self, key: Key) -> Object | None:
        """Return the object, None if there is none."""
        return copy.deepcopy(self._objects.get(key))

    def get(self, key: Key) -> Object:
        """Return the object. Raises 404."""
        found = self.find(key)
        if found is None:
            raise errors.not_found(key.resource, key.name)
        return found

    def items(self, resource: Resource | None = None, namespace: str = "") -> list[Object]:
        """Return objects ordered by namespace and name; an empty namespace means all."""
        return [copy.deepcopy(self._objects[key]) for key in self.keys_of(resource, namespace)]

    def keys_of(self, resource: Resource | None = None, namespace: str = "") -> list[Key]:
        """Return the keys of `items`."""
        keys = (
            key
            for key in self._objects
            if resource in (None, key.resource) and namespace in ("", key.namespace)
        )
        return sorted(keys, key=lambda key: (key.resource.qualified, key.namespace, key.name))

    def add(self, key: Key, obj: Object) -> Object:
        """Keep a new object. Raises 409 if there is one."""
        if key in self._objects:
            raise errors.already_exists(key.resource, key.name)
        return self._write("ADDED", key, obj)

    def replace(self, key: Key, obj: Object, expected_version: str = "") -> Object:
        """Put an object in the place of another. Raises 404, and 409 if that one has changed."""
        current = self._objects.get(key)
        if current is None:
            raise errors.not_found(key.resource, key.name)
        if expected_version not in ("", current["metadata"]["resourceVersion"]):
            raise errors.conflict(key.resource, key.name)
        return self._write("MODIFIED", key, obj)

    def remove(self, key: Key) -> Object:
        """Take an object out. Raises 404."""
        current = self.get(key)
        self._write("DELETED", key, current)
        del self._objects[key]
        return current

    def _write(self, kind: str, key: Key, obj: Object) -> Object:
        self.version += 1
        kept = copy.deepcopy(obj)
        kept["metadata"]["resourceVersion"] = str(self.version)
        self._objects[key] = kept
        event = Event(self.version, kind, key, copy.deepcopy(kept))
        self._history.append(event)
        for subscriber in self._subscribers:
            subscriber.put_nowait(event)
        return copy.deepcopy(kept)

    def since(self, version: int) -> list[Event]:
        """Return the events after a resource version, oldest first."""
        return [event for event in self._history if event.version > version]

    @contextlib.contextmanager
    def subscribed(self) -> t.Iterator[asyncio.Queue[Event]]:
        """Give a queue that receives every event from now on."""
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self._subscribers.add(queue)
        try:
            yield queue
        finally:
            self._subscribers.discard(queue)


__all__ = ("Event", "Key", "Store")
