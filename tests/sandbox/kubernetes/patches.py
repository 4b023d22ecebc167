# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The four patches of Kubernetes: merge, JSON, strategic merge and apply."""

from __future__ import annotations

import copy
import json
import typing as t

import jsonpatch

from tests.sandbox.kubernetes.errors import rejected_patch, unsupported_media_type
from tests.sandbox.kubernetes.objects import Object

Path = tuple[str, ...]
Items = list[t.Any]

# Lists that strategic merge and apply treat as maps: field -> the key of its items.
_MERGE_KEYS: t.Mapping[str, str] = {
    "conditions": "type",
    "containers": "name",
    "env": "name",
    "ephemeralContainers": "name",
    "hostAliases": "ip",
    "imagePullSecrets": "name",
    "initContainers": "name",
    "ownerReferences": "uid",
    "secrets": "name",
    "topologySpreadConstraints": "topologyKey",
    "volumeDevices": "devicePath",
    "volumeMounts": "mountPath",
    "volumes": "name",
    "webhooks": "name",
}
_ORDER = "$setElementOrder/"


def patched(current: Object, patch: t.Any, content_type: str) -> Object:
    """Return a patched copy. Raises 415 or 422 as a real server does."""
    if content_type == "application/json-patch+json":
        return _json_patch(current, patch)
    if content_type == "application/merge-patch+json":
        return t.cast(Object, merge(current, patch))
    if content_type == "application/strategic-merge-patch+json":
        return strategic_merge(current, patch)
    raise unsupported_media_type(
        f"the body of the request was in an unknown format: {content_type}"
    )


def _json_patch(current: Object, patch: t.Any) -> Object:
    try:
        return t.cast(Object, jsonpatch.JsonPatch(patch).apply(current))
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
        raise rejected_patch(str(error)) from error


def merge(target: t.Any, patch: t.Any) -> t.Any:
    """Return `target` with a JSON merge patch applied (RFC 7386)."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


def strategic_merge(target: t.Any, patch: Object, path: Path = ()) -> Object:
    """Return `target` with a strategic merge patch applied, with the `$` directives of kubectl."""
    result: Object = dict(target) if isinstance(target, dict) else {}
    if "$retainKeys" in patch:
        result = {key: value for key, value in result.items() if key in patch["$retainKeys"]}
    for key, value in patch.items():
        if not key.startswith("$"):
            _merge_field(result, key, value, path)
    for key, order in patch.items():
        if key.startswith(_ORDER):
            field = key.removeprefix(_ORDER)
            _reorder(result.get(field), order, merge_key((*path, field)))
    return result


def _merge_field(result: Object, key: str, value: t.Any, path: Path) -> None:
    if value is None:
        result.pop(key, None)
    elif isinstance(value, dict):
        result[key] = strategic_merge(result.get(key), value, (*path, key))
    elif isinstance(value, list):
        result[key] = _merge_list(result.get(key) or [], value, (*path, key))
    else:
        result[key] = value


def merge_key(path: Path) -> str | None:
    """Return the key by which items of the list at a path are told apart, None if by none."""
    if path and path[-1] == "ports":
        in_container = {"containers", "initContainers"} & set(path)
        return "containerPort" if in_container else "port"
    return _MERGE_KEYS.get(path[-1]) if path else None


def _merge_list(target: Items, patch: Items, path: Path) -> Items:
    key = merge_key(path)
    if key is None or not all(isinstance(item, dict) for item in patch):
        return copy.deepcopy(patch)
    result = copy.deepcopy(target)
    for item in patch:
        _merge_item(result, item, key, path)
    return result


def _merge_item(result: Items, item: Object, key: str, path: Path) -> None:
    found = _position(result, key, item.get(key))
    if item.get("$patch") == "delete":
        if found is not None:
            del result[found]
    elif found is None:
        result.append(strategic_merge({}, item, path))
    else:
        result[found] = strategic_merge(result[found], item, path)


def _position(items: Items, key: str, value: t.Any) -> int | None:
    return next((i for i, item in enumerate(items) if item.get(key) == value), None)


def _reorder(items: Items | None, order: Items, key: str | None) -> None:
    if not items or not key:
        return
    rank = {json.dumps(item.get(key)): index for index, item in enumerate(order)}
    items.sort(key=lambda item: rank.get(json.dumps(item.get(key)), len(rank)))


def applied(current: Object, before: Object, now: Object) -> Object:
    """Return what apply makes of an object: merge `now`, drop what only `before` held.

    `before` is what the same field manager applied last. Fields of other managers stay; who
    owns a field is not tracked, so a conflict between managers goes unnoticed.
    """
    result = copy.deepcopy(current)
    _prune(result, before, now, ())
    return strategic_merge(result, now)


def _prune(live: Object, before: Object, now: Object, path: Path) -> None:
    for key, old in before.items():
        if key not in now:
            live.pop(key, None)
            continue
        _prune_value(live, key, old, now[key], (*path, key))


def _prune_value(live: Object, key: str, old: t.Any, new: t.Any, path: Path) -> None:
    value = live.get(key)
    if isinstance(old, dict) and isinstance(new, dict) and isinstance(value, dict):
        _prune(value, old, new, path)
    elif isinstance(old, list) and isinstance(new, list) and isinstance(value, list):
        item_key = merge_key(path)
        if item_key:
            live[key] = _pruned_list(value, old, new, item_key, path)


def _pruned_list(live: Items, old: Items, new: Items, key: str, path: Path) -> Items:
    wanted = [item.get(key) for item in new]
    gone = [item.get(key) for item in old if item.get(key) not in wanted]
    result = [item for item in live if item.get(key) not in gone]
    for before in old:
        value = before.get(key)
        there, now = _position(result, key, value), _position(new, key, value)
        if there is not None and now is not None:
            _prune(result[there], before, new[now], path)
    return result


__all__ = ("applied", "merge", "merge_key", "patched", "strategic_merge")
