# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets as an API server returns them: an override, its history, and what others keep."""

from __future__ import annotations

import base64
import gzip
import json
import typing as t

OLD = "f0rmer/Pa55'word-{{ x }}"
NEW = "curr3nt-Pa55word"
HOST = "harbor.example.org"

Secret = dict[str, t.Any]


def encoded(text: str) -> str:
    """Return text as base64."""
    return base64.b64encode(text.encode()).decode()


def secret(name: str, namespace: str, data: dict[str, str], **more: t.Any) -> Secret:
    """Return a Secret; `data` is given in clear, `labels` and `annotations` go to its metadata."""
    metadata = {
        "name": name,
        "namespace": namespace,
        "uid": f"uid-of-{name}",
        "resourceVersion": "7",
        "labels": more.pop("labels", {}),
        "annotations": more.pop("annotations", {}),
    }
    kept = {key: encoded(value) for key, value in data.items()}
    return {"type": "Opaque", "metadata": metadata, "data": kept, **more}


def registry_info(password: str = NEW, **more: t.Any) -> Secret:
    """Return the override's Secret."""
    data = {"DOMAIN": HOST, "USERNAME": "robot", "PASSWORD": password}
    return secret("registry-info", "jet-system", data, **more)


def snapshot(number: int, password: str, state: str = "completed") -> Secret:
    """Return a snapshot of the override's Secret."""
    prefix = "palette.image-registry"
    return secret(
        f"registry-info-snapshot-{number}",
        "jet-system",
        {"snapshot.json": "{}", "secret.DOMAIN": HOST, "secret.PASSWORD": password},
        type=f"{prefix}/snapshot",
        labels={f"{prefix}/snapshot": str(number), f"{prefix}/state": state},
    )


def revision(
    number: int,
    status: str = "superseded",
    password: str = "",
    *,
    name: str = "image-swap",
    **release: t.Any,
) -> Secret:
    """Return a revision of a Helm release."""
    config = {"config": {"ociImageRegistry": {"password": password}}} if password else {}
    content = {
        "name": name,
        "namespace": "default",
        "version": number,
        "info": {"status": status},
        "config": config,
        "chart": {"values": {"config": {"ociImageRegistry": {"password": ""}}}},
        **release,
    }
    packed = base64.b64encode(gzip.compress(json.dumps(content).encode())).decode()
    return secret(
        f"sh.helm.release.v1.{name}.v{number}",
        "default",
        {"release": packed},
        type="helm.sh/release.v1",
    )


def pull_secret(
    login: dict[str, str],
    registry: str = HOST,
    name: str = "spectro-image-pull-secret",
    namespace: str = "hubble-system",
    *,
    others: tuple[str, ...] = (),
) -> Secret:
    """Return a pull Secret with one login, to one registry or several."""
    config = json.dumps({"auths": dict.fromkeys((registry, *others), login)})
    kind = "kubernetes.io/dockerconfigjson"
    return secret(name, namespace, {".dockerconfigjson": config}, type=kind)


# After a rotation: the override has the new password, its history and a pull Secret the old one.
ROTATED = [
    registry_info(),
    snapshot(1, OLD),
    revision(1, password=OLD),
    revision(2, "deployed", NEW),
    pull_secret({"auth": encoded(f"robot:{OLD}")}),
]

# What k8s_info returns where Secrets may not be listed.
FORBIDDEN = {"failed": True, "msg": 'secrets is forbidden: User "u" cannot list (403) Forbidden'}
