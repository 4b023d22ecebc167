# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The images that matter: those of a cluster's objects, and those of a list."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import re
import typing as t

from .._objects import JsonObject, dig

POD_KINDS: tuple[tuple[str, str], ...] = (
    ("v1", "Pod"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
)
"""The objects that name images, as (API version, kind).

A ReplicaSet that runs is seen in its pods; one that does not is a Deployment's past.
"""

_POD_SPECS: tuple[tuple[str, ...], ...] = (
    ("spec",),
    ("spec", "template", "spec"),
    ("spec", "jobTemplate", "spec", "template", "spec"),
)
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")

_COMMENT = re.compile(r"(?:^|\s)#.*")


def parse_image_list(text: str) -> tuple[str, ...]:
    """Return the images of a text, one a line, each once; `#` begins a comment."""
    lines = (_COMMENT.sub("", line).strip() for line in text.lstrip("\ufeff").splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


def images_of(objects: t.Iterable[JsonObject]) -> tuple[str, ...]:
    """Return the images that pods and workload templates name, each once, sorted.

    Containers, init containers and ephemeral containers count.
    """
    found = {
        str(image)
        for item in objects
        for path in _POD_SPECS
        for kind in _CONTAINERS
        for container in dig(item, *path, kind) or ()
        if (image := dig(container, "image"))
    }
    return tuple(sorted(found))


def platforms_of(nodes: t.Iterable[JsonObject]) -> tuple[str, ...]:
    """Return what the Linux nodes of a cluster are, as os/architecture, each once, sorted."""
    known = (dig(node, "status", "nodeInfo") for node in nodes)
    found = {
        f"linux/{dig(info, 'architecture')}"
        for info in known
        if dig(info, "architecture") and dig(info, "operatingSystem") in (None, "", "linux")
    }
    return tuple(sorted(found))


__all__ = ("POD_KINDS", "images_of", "parse_image_list", "platforms_of")
