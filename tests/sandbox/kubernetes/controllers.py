# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small controllers: Deployments get pods, pods come up at once, statuses tell of it.

Each works as a real one does: on every change of an object it looks at that object and its
owner, and writes what is missing. Pods are made through admission like everybody's.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import sys
import traceback
import typing as t

from tests.sandbox.kubernetes import statuses
from tests.sandbox.kubernetes.access import CONTROLLERS
from tests.sandbox.kubernetes.cluster import Cluster
from tests.sandbox.kubernetes.errors import ApiError
from tests.sandbox.kubernetes.objects import Object, owned_by, owner_reference
from tests.sandbox.kubernetes.resources import (
    DEPLOYMENTS,
    NODES,
    PODS,
    REPLICA_SETS,
    Resource,
    of_kind,
)
from tests.sandbox.kubernetes.store import Key

_HASH_LABEL = "pod-template-hash"
_REVISION = "deployment.kubernetes.io/revision"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_RETRY_SECONDS = 1.0


class Controllers:
    """All controllers of one cluster; `run` serves until it is cancelled."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._store = cluster.store
        self._retries: set[asyncio.Task[None]] = set()
        self._reconcilers: dict[Resource, t.Callable[[Key, Object], t.Awaitable[None]]] = {
            DEPLOYMENTS: self._deployment,
            REPLICA_SETS: self._replica_set,
            PODS: self._pod,
        }

    async def run(self) -> None:
        """Reconcile on every change."""
        with self._store.subscribed() as events:
            while True:
                event = await events.get()
                await self._reconcile(event.key)
                owner = self._owner(event.obj)
                if owner is not None:
                    await self._reconcile(owner)

    async def _reconcile(self, key: Key) -> None:
        reconciler = self._reconcilers.get(key.resource)
        obj = self._store.find(key)
        if reconciler is None or obj is None:
            return
        try:
            await reconciler(key, obj)
        except ApiError as error:
            print(f"{key.resource.plural} {key.namespace}/{key.name}: {error}", file=sys.stderr)
            self._retry(key)
        except Exception:
            # One object that no controller understands must not stop all others.
            traceback.print_exc(file=sys.stderr)

    def _retry(self, key: Key) -> None:
        async def later() -> None:
            await asyncio.sleep(_RETRY_SECONDS)
            await self._reconcile(key)

        task = asyncio.create_task(later())
        self._retries.add(task)
        task.add_done_callback(self._retries.discard)

    def _owner(self, obj: Object) -> Key | None:
        for reference in obj["metadata"].get("ownerReferences") or []:
            if reference.get("controller"):
                group = reference["apiVersion"].rpartition("/")[0]
                with contextlib.suppress(KeyError):
                    resource = of_kind(reference["kind"], group)
                    return Key(resource, obj["metadata"].get("namespace", ""), reference["name"])
        return None

    def _owned(self, resource: Resource, owner: Object) -> list[Object]:
        namespace = owner["metadata"]["namespace"]
        return [obj for obj in self._store.items(resource, namespace) if owned_by(obj, owner)]

    async def _deployment(self, key: Key, deployment: Object) -> None:
        template = deployment["spec"]["template"]
        wanted = _template_hash(template)
        sets = self._owned(REPLICA_SETS, deployment)
        current = next((item for item in sets if _hash_of(item) == wanted), None)
        if current is None:
            revision = 1 + max((_revision(item) for item in sets), default=0)
            body = _replica_set(deployment, wanted, revision)
            current = await self._cluster.create(
                REPLICA_SETS, key.namespace, body, user=CONTROLLERS
            )
        for item in sets:
            is_current = _hash_of(item) == wanted
            await self._scale(item, deployment["spec"]["replicas"] if is_current else 0)
        await self._annotate(key, _REVISION, str(_revision(current)))
        current = self._store.get(Key(REPLICA_SETS, key.namespace, current["metadata"]["name"]))
        deployment = self._store.get(key)
        self._cluster.set_status(key, statuses.deployment(deployment, current))

    async def _scale(self, replica_set: Object, replicas: int) -> None:
        metadata = replica_set["metadata"]
        key = Key(REPLICA_SETS, metadata["namespace"], metadata["name"])

        def change(current: Object) -> Object:
            current["spec"]["replicas"] = replicas
            return current

        if replica_set["spec"]["replicas"] != replicas:
            await self._cluster.update(key, change, user=CONTROLLERS)

    async def _annotate(self, key: Key, annotation: str, value: str) -> None:
        def change(current: Object) -> Object:
            current["metadata"].setdefault("annotations", {})[annotation] = value
            return current

        await self._cluster.update(key, change, user=CONTROLLERS)

    async def _replica_set(self, key: Key, owner: Object) -> None:
        """Give a ReplicaSet the pods that it wants."""
        pods = self._owned(PODS, owner)
        count = owner["spec"]["replicas"]
        for pod in pods[count:]:
            self._cluster.delete(Key(PODS, key.namespace, pod["metadata"]["name"]))
        pods = pods[:count]
        while len(pods) < count:
            body = _pod(owner)
            pods.append(await self._cluster.create(PODS, key.namespace, body, user=CONTROLLERS))
        if self._store.find(key) is not None:
            self._cluster.set_status(key, statuses.replica_set(self._store.get(key), pods))

    async def _pod(self, key: Key, pod: Object) -> None:
        nodes = self._store.keys_of(NODES)
        if nodes and not pod["spec"].get("nodeName"):
            pod["spec"]["nodeName"] = nodes[0].name
            pod = self._store.replace(key, pod)
        self._cluster.set_status(key, statuses.pod(pod))


def _template_hash(template: Object) -> str:
    text = json.dumps(template, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _hash_of(obj: Object) -> str:
    return str((obj["metadata"].get("labels") or {}).get(_HASH_LABEL, ""))


def _revision(replica_set: Object) -> int:
    return int((replica_set["metadata"].get("annotations") or {}).get(_REVISION, 0))


def _replica_set(deployment: Object, template_hash: str, revision: int) -> Object:
    spec = deployment["spec"]
    metadata = spec["template"].get("metadata") or {}
    labels = {**(metadata.get("labels") or {}), _HASH_LABEL: template_hash}
    theirs = dict(deployment["metadata"].get("annotations") or {})
    theirs.pop(_LAST_APPLIED, None)
    return {
        "metadata": {
            "name": f"{deployment['metadata']['name']}-{template_hash}",
            "labels": labels,
            "annotations": {**theirs, _REVISION: str(revision)},
            "ownerReferences": [owner_reference(deployment)],
        },
        "spec": {
            "replicas": spec["replicas"],
            "selector": {"matchLabels": labels},
            "template": {**spec["template"], "metadata": {**metadata, "labels": labels}},
        },
    }


def _pod(owner: Object) -> Object:
    template = owner["spec"]["template"]
    metadata = template.get("metadata") or {}
    return {
        "metadata": {
            "generateName": f"{owner['metadata']['name']}-",
            "labels": dict(metadata.get("labels") or {}),
            "annotations": dict(metadata.get("annotations") or {}),
            "ownerReferences": [owner_reference(owner)],
        },
        "spec": template["spec"],
    }


__all__ = ("Controllers",)
