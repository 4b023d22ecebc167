# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The recorded observations, as setups that a lab can repeat."""

from __future__ import annotations

import dataclasses
import json
import typing as t
from collections.abc import Mapping

from tests.sandbox.containerd.model import Observation, Setup
from tests.sandbox.paths import CHECKOUT

VECTORS = tuple(
    CHECKOUT / "tests/vectors" / name for name in ("containerd.json", "containerd_more.json")
)


@dataclasses.dataclass(frozen=True)
class Recorded:
    """One vector: its setup, and what each version of containerd (such as 1.6.20) made of it."""

    name: str
    setup: Setup
    observations: Mapping[str, Observation]


def recordings() -> tuple[Recorded, ...]:
    """Return all vectors."""
    return tuple(
        _recorded(vector)
        for file in VECTORS
        for vector in json.loads(file.read_text(encoding="utf-8"))
    )


def _recorded(vector: dict[str, t.Any]) -> Recorded:
    observations = {
        version: Observation.from_data(observed)
        for observed in vector["observed"]
        for version in observed["containerd"]
    }
    # Where no CRI came up nothing was pulled; a version where it does come up pulls this.
    pulled = max((o.pulls for o in observations.values()), key=len)
    images = tuple(pull.image for pull in pulled) or ("docker.io/library/nginx:latest",)
    return Recorded(vector["id"], Setup(vector["files"], images, vector["servers"]), observations)
