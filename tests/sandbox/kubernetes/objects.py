# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kubernetes objects as plain JSON data, and the few things that are done to all of them."""

from __future__ import annotations

import datetime
import typing as t

Object = dict[str, t.Any]


def timestamp() -> str:
    """Return the time now as Kubernetes writes it: UTC, whole seconds."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def microtime() -> str:
    """Return the time now as a `MicroTime` (Leases and Events use it)."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def name_of(obj: Object) -> str:
    """Return the object's name, an empty string if it has none yet."""
    return str(obj.get("metadata", {}).get("name") or "")


def labels_of(obj: Object) -> dict[str, str]:
    """Return the object's labels, never None."""
    return dict(obj.get("metadata", {}).get("labels") or {})


def owner_reference(owner: Object) -> Object:
    """Return the reference with which a controller marks what it made for its owner."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def owned_by(obj: Object, owner: Object) -> bool:
    """Return whether the owner references of an object name this owner."""
    references = obj["metadata"].get("ownerReferences") or []
    return any(reference.get("uid") == owner["metadata"]["uid"] for reference in references)


__all__ = (
    "Object",
    "labels_of",
    "microtime",
    "name_of",
    "owned_by",
    "owner_reference",
    "timestamp",
)
