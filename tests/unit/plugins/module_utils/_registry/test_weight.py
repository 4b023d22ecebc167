# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a pull of an image takes, from its manifests."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._image_name import (
    ImageReference,
    parse_image,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.errors import (
    RegistryError,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.transport import (
    Answer,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.weight import (
    Weight,
    weigh,
    weigh_all,
)

ONE, TWO, THREE = (f"sha256:{letter * 64}" for letter in "123")
CONFIG, ARM_CONFIG = f"sha256:{'c' * 64}", f"sha256:{'d' * 64}"
IMAGE = parse_image("h.io/a:1")


def manifest(config: object = CONFIG, sizes: t.Sequence[object] = (10, 20)) -> dict[str, t.Any]:
    """Return a manifest whose configuration has 1 byte."""
    layers = [{"size": size} for size in sizes]
    return {"config": {"digest": config, "size": 1}, "layers": layers}


def index(*entries: tuple[str, str]) -> dict[str, t.Any]:
    """Return an index of (digest, platform) pairs."""
    found = []
    for digest, platform in entries:
        system, architecture = platform.split("/")
        named = {"os": system, "architecture": architecture}
        found.append({"digest": digest, "platform": named})
    return {"manifests": found}


class Holding:
    """Hands out manifests by tag or digest; what it does not have is missing."""

    def __init__(self, **held: object) -> None:
        self.held = {name.replace("sha256_", "sha256:"): value for name, value in held.items()}
        self.asked: list[str] = []

    def manifest(self, image: ImageReference) -> tuple[str, Answer]:
        name = image.digest or image.tag
        self.asked.append(name)
        if name not in self.held:
            raise RegistryError("manifest_unknown", "it does not hold this image")
        digest = image.digest or ONE
        return digest, Answer(200, {}, json.dumps(self.held[name]).encode(), "")


def held(tagged: object, **by_digest: object) -> Holding:
    holding = Holding()
    holding.held = {"1": tagged, **by_digest}
    return holding


TEST_WEIGHTS: list[tuple[object, Weight | None]] = [
    (manifest(), Weight(ONE, (CONFIG,), 31)),
    (manifest(sizes=()), Weight(ONE, (CONFIG,), 1)),
    ([], None),
    ({}, None),
    (manifest(config="sha256:short"), None),
    (manifest(config=5), None),
    (manifest(sizes=(-1,)), None),
    (manifest(sizes=("many",)), None),
    ({**manifest(), "layers": ["x"]}, None),
    ({**manifest(), "layers": [{"size": 1}] * 201}, None),
    ({"manifests": []}, None),
    ({"manifests": ["x", {"digest": 5}]}, None),
]


@pytest.mark.parametrize(("data", "expected"), TEST_WEIGHTS)
def test_weights(data: object, expected: Weight | None) -> None:
    assert weigh(held(data), IMAGE) == expected


def test_of_several_platforms_those_that_are_wanted_count() -> None:
    held_by = {TWO: manifest(), THREE: manifest(ARM_CONFIG, (100,))}
    both = index((TWO, "linux/amd64"), (THREE, "linux/arm64"))
    assert weigh(held(both, **held_by), IMAGE) == Weight(ONE, (CONFIG,), 31)
    wanted = ("linux/amd64", "linux/arm64")
    assert weigh(held(both, **held_by), IMAGE, wanted) == Weight(ONE, (CONFIG, ARM_CONFIG), 101)
    assert weigh(held(both, **held_by), IMAGE, ("linux/s390x",)) is None


def test_an_index_of_hundreds_is_not_followed_to_its_end() -> None:
    many = held(index(*[(TWO, "linux/amd64")] * 100), **{TWO: manifest()})
    weight = weigh(many, IMAGE)
    assert weight is not None and len(weight.ids) == 8
    assert len(many.asked) == 9


def test_images_that_are_not_handed_out_are_left_out() -> None:
    other = parse_image("h.io/a:2")
    assert weigh_all(held(manifest()), [IMAGE, other]) == {IMAGE: Weight(ONE, (CONFIG,), 31)}
    with pytest.raises(RegistryError):
        weigh(held(manifest()), other)
    assert weigh_all(held(manifest()), []) == {}
