# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

"""The images that a plan explains: from a text file, from a cluster's objects, or examples."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._cluster_state import (
    JsonObject,
    dig,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.compare import (
    probe_image,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors_table import (
    EXACT,
    MirrorTable,
)

POD_KINDS: tuple[tuple[str, str], ...] = (
    ("v1", "Pod"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
)
"""The objects that name images, as (API version, kind)."""

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


def example_images(table: MirrorTable) -> tuple[str, ...]:
    """Return one image for each source of a table that names a registry or an image."""
    images = []
    for entry in table:
        if entry.kind == "exact":
            images.append(entry.source.removeprefix(EXACT).strip())
        elif entry.kind == "library":
            images.append(f"{entry.source}/nginx:latest")
        elif entry.kind == "registry":
            images.append(probe_image(entry.source))
    return tuple(dict.fromkeys(images))


__all__ = ("POD_KINDS", "example_images", "images_of", "parse_image_list")
