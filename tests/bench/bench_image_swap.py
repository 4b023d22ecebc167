# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The webhook engine on a table of ten entries."""

from __future__ import annotations

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.swap import SwapMap
from tests.bench.runner import Bench

TARGETS = {
    host: f"harbor.example.org/airgap-images/{host}"
    for host in (
        "docker.io",
        "gcr.io",
        "ghcr.io",
        "k8s.gcr.io",
        "registry.k8s.io",
        "quay.io",
        "us-docker.pkg.dev",
        "public.ecr.aws",
        "mcr.microsoft.com",
        "nvcr.io",
    )
}
PALETTE = ",".join(f"{host}::{target}" for host, target in TARGETS.items())
MAP_FILE = "default::\n" + PALETTE.replace(",", "\n")
IMAGES = [f"{host}/team/app-{n}:1.{n}" for n in range(10) for host in TARGETS] + ["nginx:1"] * 10
# A map with what costs most: a glob to try before every other rule, and wildcards.
RULES = f"{MAP_FILE}\n[REPLACE]*/spectro-*::h.io\nnoswap_wildcards::twr.io,walrus.io\n"


def floor() -> None:
    """Look the registry up and join two strings: what any table of mirrors must do."""
    for image in IMAGES:
        host, _slash, path = image.partition("/")
        "/".join((TARGETS.get(host, host), path))


def floor_of_parsing() -> None:
    """Split lines and pairs: what any reader of a map must do."""
    dict(line.split("::") for line in MAP_FILE.splitlines())


def swap_all(swap_map: SwapMap) -> None:
    """Swap every image."""
    swap = swap_map.swap
    for image in IMAGES:
        swap(image)


def benches() -> list[Bench]:
    """Return the benches of this module."""
    plain, rules = SwapMap.from_palette(PALETTE, True), SwapMap.from_map_file(RULES)
    count, name = len(IMAGES), "dict lookup + join"
    return [
        Bench("swap", lambda: swap_all(plain), floor, name, count, "images", goal=8),
        Bench("swap, glob and wildcards", lambda: swap_all(rules), floor, name, count, "images"),
        Bench(
            "swap, compile the map",
            lambda: SwapMap.from_map_file(MAP_FILE),
            floor_of_parsing,
            "split + dict",
            len(TARGETS),
            "entries",
        ),
    ]
