# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The statuses that controllers write. Times are taken over where nothing else changed."""

from __future__ import annotations

import typing as t

from tests.sandbox.kubernetes.objects import Object, timestamp


def _condition(old: Object, kind: str, true: bool, reason: str = "") -> Object:
    """Return a condition; its transition time is the old one unless its status changes."""
    value = "True" if true else "False"
    for condition in (old.get("status") or {}).get("conditions") or []:
        if condition["type"] == kind and condition["status"] == value:
            return {**condition, **({"reason": reason} if reason else {})}
    now = timestamp()
    condition = {"type": kind, "status": value, "lastTransitionTime": now}
    return {**condition, "reason": reason, "lastUpdateTime": now} if reason else condition


def _without_zeros(status: Object) -> Object:
    return {key: value for key, value in status.items() if value != 0}


def pod(obj: Object, waiting_reason: str = "") -> Object:
    """Return a pod's status: running and ready, or waiting for a reason."""
    ready = not waiting_reason
    old = obj.get("status") or {}
    status: Object = {
        "phase": "Running" if ready else "Pending",
        "conditions": [
            _condition(obj, "PodScheduled", True),
            _condition(obj, "Initialized", ready),
            _condition(obj, "ContainersReady", ready),
            _condition(obj, "Ready", ready),
        ],
        "containerStatuses": [
            _container(container, waiting_reason)
            for container in obj["spec"].get("containers") or []
        ],
        "qosClass": "BestEffort",
    }
    if all(old.get(key) == value for key, value in status.items()):
        return old
    return {**status, "startTime": old.get("startTime") or timestamp()}


def _container(container: Object, waiting_reason: str) -> Object:
    state: Object = {"running": {}}
    if waiting_reason:
        message = f'Back-off pulling image "{container["image"]}"'
        if waiting_reason == "ErrImagePull":  # as containerd says it
            message = f"rpc error: code = NotFound desc = {container['image']}: not found"
        state = {"waiting": {"reason": waiting_reason, "message": message}}
    return {
        "name": container["name"],
        "image": container["image"],
        "imageID": "",
        "ready": not waiting_reason,
        "started": not waiting_reason,
        "restartCount": 0,
        "state": state,
    }


def _ready(pods: t.Iterable[Object]) -> int:
    return sum(_is_ready(item) for item in pods)


def _is_ready(obj: Object) -> bool:
    conditions = (obj.get("status") or {}).get("conditions") or []
    return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)


def replica_set(owner: Object, pods: t.Sequence[Object]) -> Object:
    """Return the status of a ReplicaSet with these pods."""
    ready = _ready(pods)
    counts = {"fullyLabeledReplicas": len(pods), "readyReplicas": ready, "availableReplicas": ready}
    return {
        "replicas": len(pods),
        **_without_zeros(counts),
        "observedGeneration": owner["metadata"]["generation"],
    }


def deployment(obj: Object, current: Object) -> Object:
    """Return the status of a Deployment whose newest ReplicaSet is `current`."""
    wanted = obj["spec"]["replicas"]
    counted = current.get("status") or {}
    updated = min(counted.get("replicas", 0), wanted)
    ready = min(counted.get("readyReplicas", 0), wanted)
    complete = ready == wanted == updated
    counts = {
        "replicas": updated,
        "updatedReplicas": updated,
        "readyReplicas": ready,
        "availableReplicas": ready,
        "unavailableReplicas": wanted - ready,
    }
    available = "MinimumReplicasAvailable" if complete else "MinimumReplicasUnavailable"
    progress = "NewReplicaSetAvailable" if complete else "ReplicaSetUpdated"
    return {
        "observedGeneration": obj["metadata"]["generation"],
        **_without_zeros(counts),
        "conditions": [
            _condition(obj, "Available", complete, available),
            _condition(obj, "Progressing", True, progress),
        ],
    }


__all__ = ("deployment", "pod", "replica_set")
