# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of objects: create, update, apply and delete, with admission and dry run."""

from __future__ import annotations

import copy
import typing as t
import uuid

from tests.sandbox.kubernetes import admission, errors, rules
from tests.sandbox.kubernetes.access import User
from tests.sandbox.kubernetes.objects import Object, name_of, owned_by, timestamp
from tests.sandbox.kubernetes.patches import applied
from tests.sandbox.kubernetes.resources import (
    NAMESPACES,
    NODES,
    SECRETS,
    SERVICE_ACCOUNTS,
    Resource,
)
from tests.sandbox.kubernetes.store import Key, Store

ChangeFunction = t.Callable[[Object], Object]

Applied = dict[Key, dict[str, Object]]

_SYSTEM_FIELDS = ("uid", "creationTimestamp", "generation", "namespace", "deletionTimestamp")
_ATTEMPTS = 10
# Whose generation rises with each change of what is wanted.
_COUNTED = frozenset(
    {
        "CronJob",
        "DaemonSet",
        "Deployment",
        "Job",
        "MutatingWebhookConfiguration",
        "Pod",
        "ReplicaSet",
        "StatefulSet",
    }
)


class Cluster:
    """The objects of one cluster and the rules by which they change."""

    def __init__(self, uid: str) -> None:
        self.uid = uid
        self.store = Store()
        # Per object and field manager: what that manager applied last.
        self._applied: Applied = {}

    async def create(
        self, resource: Resource, namespace: str, body: Object, *, user: User, dry_run: bool = False
    ) -> Object:
        """Create an object. Raises 400, 403, 404 (namespace), 409, 422, 500."""
        obj = copy.deepcopy(body)
        metadata = obj.setdefault("metadata", {})
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = metadata["generateName"] + uuid.uuid4().hex[:5]
        self._place(resource, namespace, obj)
        obj["apiVersion"], obj["kind"] = resource.api_version, resource.kind
        if resource.has_status and resource != NODES:
            obj.pop("status", None)
        rules.check_name(resource, obj)
        rules.set_defaults(resource, obj)
        key = Key(resource, namespace, name_of(obj))
        obj = await admission.mutate(self.store, admission.Change(key, obj, None, user, dry_run))
        rules.set_defaults(resource, obj)
        if self.store.find(key):
            raise errors.already_exists(resource, key.name)
        self._stamp(resource, obj)
        if dry_run:
            return obj
        self._applied.pop(key, None)
        created = self.store.add(key, obj)
        if resource == NAMESPACES:
            await self._create_service_account(key.name, user)
        return created

    def _place(self, resource: Resource, namespace: str, obj: Object) -> None:
        metadata = obj["metadata"]
        if not resource.namespaced:
            metadata.pop("namespace", None)
            return
        metadata["namespace"] = namespace
        self.store.get(Key(NAMESPACES, "", namespace))

    def _stamp(self, resource: Resource, obj: Object) -> None:
        metadata = obj["metadata"]
        for field in ("generation", "resourceVersion", "managedFields", "selfLink"):
            metadata.pop(field, None)
        is_cluster_identity = resource == NAMESPACES and metadata["name"] == "kube-system"
        metadata["uid"] = self.uid if is_cluster_identity else str(uuid.uuid4())
        metadata["creationTimestamp"] = timestamp()
        if resource.kind in _COUNTED:
            metadata["generation"] = 1

    async def _create_service_account(self, namespace: str, user: User) -> None:
        account = {"metadata": {"name": "default"}}
        await self.create(SERVICE_ACCOUNTS, namespace, account, user=user)

    async def update(
        self,
        key: Key,
        change: ChangeFunction,
        *,
        user: User,
        dry_run: bool = False,
        subresource: str = "",
    ) -> Object:
        """Change an object: `change` gets the current one and returns the wanted one.

        A wanted object with another resource version than the current one is a conflict (409).
        Raises 400, 403, 404, 409, 422, 500.
        """
        for _attempt in range(_ATTEMPTS):
            old = self.store.get(key)
            new = self._inherit(key, change(copy.deepcopy(old)), old, subresource)
            asked = admission.Change(key, new, old, user, dry_run, subresource)
            new = await admission.mutate(self.store, asked)
            rules.set_defaults(key.resource, new)
            new["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"]
            if new == old:
                return old
            if "generation" in old["metadata"] and _content(new) != _content(old):
                new["metadata"]["generation"] = old["metadata"]["generation"] + 1
            if dry_run:
                return new
            if self.store.get(key) == old:
                return self.store.replace(key, new)
        raise errors.conflict(key.resource, key.name)

    def _inherit(self, key: Key, new: Object, old: Object, subresource: str) -> Object:
        metadata = new.setdefault("metadata", {})
        if metadata.get("resourceVersion") not in (None, "", old["metadata"]["resourceVersion"]):
            raise errors.conflict(key.resource, key.name)
        if subresource == "status":
            return {**copy.deepcopy(old), "status": new.get("status") or {}}
        metadata.pop("managedFields", None)
        for field in _SYSTEM_FIELDS:
            metadata.pop(field, None)
            if field in old["metadata"]:
                metadata[field] = old["metadata"][field]
        metadata["name"] = key.name
        new["apiVersion"], new["kind"] = old["apiVersion"], old["kind"]
        if key.resource.has_status:
            new.pop("status", None)
            if "status" in old:
                new["status"] = copy.deepcopy(old["status"])
        rules.set_defaults(key.resource, new)
        return new

    async def apply(
        self, key: Key, body: Object, *, manager: str, user: User, dry_run: bool = False
    ) -> tuple[Object, bool]:
        """Apply an object for a field manager. Returns it, and whether it was created."""
        intent = copy.deepcopy(body)
        intent.setdefault("metadata", {}).setdefault("name", key.name)
        intent["metadata"].pop("resourceVersion", None)
        if key.resource == SECRETS:
            rules.set_defaults(key.resource, intent)
        before = self._applied.get(key, {}).get(manager, {})
        exists = self.store.find(key) is not None
        if exists:
            result = await self.update(
                key, lambda current: applied(current, before, intent), user=user, dry_run=dry_run
            )
        else:
            result = await self.create(
                key.resource, key.namespace, intent, user=user, dry_run=dry_run
            )
        if not dry_run:
            self._applied.setdefault(key, {})[manager] = intent
        return result, not exists

    def set_status(self, key: Key, status: Object) -> None:
        """Write a status as a controller does; nothing happens when it is there already."""
        current = self.store.find(key)
        if current is not None and current.get("status") != status:
            self.store.replace(key, {**current, "status": status})

    def delete(self, key: Key, options: Object | None = None, *, dry_run: bool = False) -> Object:
        """Delete an object and what it owns. Raises 404, and 409 for unmet preconditions."""
        options = options or {}
        current = self.store.get(key)
        _check_preconditions(key, current, options.get("preconditions") or {})
        if dry_run or options.get("dryRun"):
            return current
        orphan = options.get("propagationPolicy") == "Orphan" or options.get("orphanDependents")
        return self._remove(key, cascade=not orphan)

    def _remove(self, key: Key, *, cascade: bool) -> Object:
        removed = self.store.remove(key)
        self._applied.pop(key, None)
        for other in self.store.keys_of():
            obj = self.store.find(other)
            if obj is None:
                continue
            in_namespace = key.resource == NAMESPACES and other.namespace == key.name
            if in_namespace or (cascade and owned_by(obj, removed)):
                self._remove(other, cascade=True)
        return removed


def _content(obj: Object) -> Object:
    return {key: value for key, value in obj.items() if key not in ("metadata", "status")}


def _check_preconditions(key: Key, current: Object, wanted: t.Mapping[str, str]) -> None:
    if any(value and value != current["metadata"][field] for field, value in wanted.items()):
        raise errors.conflict(key.resource, key.name)


__all__ = ("Cluster",)
