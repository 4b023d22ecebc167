# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The images that a plan explains where nobody names any."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

from .._image_name import probe_image
from .._mirrors.table import EXACT, MirrorTable


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


__all__ = ("example_images",)
