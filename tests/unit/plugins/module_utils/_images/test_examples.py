# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.palette.image_registry.plugins.module_utils._images.examples import (
    example_images,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.table import (
    MirrorEntry,
    MirrorTable,
)


def test_examples_name_an_image_for_each_source_that_has_one() -> None:
    sources = (
        "docker.io",
        "quay.io",
        "docker.io/library",
        "[EXACT]quay.io/a/b:1",
        "[REPLACE]quay.io/*",
        "default",
        "noswap_wildcards",
    )
    table = MirrorTable(tuple(MirrorEntry(source, "h.io/p") for source in sources))
    assert example_images(table) == (
        "docker.io/library/nginx:latest",
        "quay.io/example/image:latest",
        "quay.io/a/b:1",
    )
