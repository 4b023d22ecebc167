# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kubeconfig files: written with one context, read for one context."""

from __future__ import annotations

import base64
import json
import pathlib
import typing as t

import yaml

from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.pki import write_private

CONTEXT = "sandbox"
_FILES = ("certificate-authority", "client-certificate", "client-key")


def cluster_entry(url: str, ca: str) -> Object:
    """Return the cluster of a kubeconfig for a server and the authority to trust (PEM)."""
    return {"server": url, "certificate-authority-data": base64.b64encode(ca.encode()).decode()}


def write(path: pathlib.Path, cluster: Object, user: Object) -> None:
    """Write a kubeconfig with one context, `sandbox`, for its owner alone. JSON is YAML too."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": CONTEXT, "cluster": cluster}],
        "users": [{"name": CONTEXT, "user": user}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT}}],
        "current-context": CONTEXT,
    }
    write_private(path, json.dumps(config, indent=2) + "\n")


def read(path: pathlib.Path) -> tuple[Object, Object]:
    """Return cluster and user of the current context, files taken in. Raises ValueError."""
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    context = _named(config, "context", config.get("current-context", ""))
    cluster = _named(config, "cluster", context["cluster"])
    user = _named(config, "user", context["user"])
    return _embedded(cluster, path.parent), _embedded(user, path.parent)


def _named(config: Object, kind: str, name: str) -> Object:
    for entry in config.get(f"{kind}s") or []:
        if entry["name"] == name:
            return t.cast(Object, entry[kind])
    raise ValueError(f"the kubeconfig has no {kind} named {name!r}")


def _embedded(entry: Object, folder: pathlib.Path) -> Object:
    result = dict(entry)
    for field in _FILES:
        if field in result:
            content = (folder / result.pop(field)).read_bytes()
            result[f"{field}-data"] = base64.b64encode(content).decode()
    return result


__all__ = ("CONTEXT", "cluster_entry", "read", "write")
