# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The recorded observations, as setups that a lab can repeat."""

from __future__ import annotations

import dataclasses
import json
import typing as t
from collections.abc import Iterator

from tests.sandbox.containerd.model import Observation, Setup
from tests.sandbox.paths import CHECKOUT

VECTORS = CHECKOUT / "tests/vectors/containerd.json"


@dataclasses.dataclass(frozen=True)
class Recorded:
    """One vector as one version of containerd answered it."""

    name: str
    setup: Setup
    observation: Observation


def recorded(version: str) -> Iterator[Recorded]:
    """Yield what was recorded of a version, such as 1.6.20."""
    for vector in json.loads(VECTORS.read_text(encoding="utf-8")):
        for observed in vector["observed"]:
            if version in observed["containerd"]:
                yield _recorded(vector, observed)


def versions() -> frozenset[str]:
    """Return the versions that were recorded."""
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))
    return frozenset(v for vector in vectors for o in vector["observed"] for v in o["containerd"])


def _recorded(vector: dict[str, t.Any], observed: dict[str, t.Any]) -> Recorded:
    observation = Observation.from_data(observed)
    images = tuple(pull.image for pull in observation.pulls)
    return Recorded(vector["id"], Setup(vector["files"], images, vector["servers"]), observation)
