# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._registry.manifest import (
    Document,
    lacking,
    normalise_architecture,
    platform_of_config,
    read_manifest,
)

INDEX = "application/vnd.oci.image.index.v1+json"
IMAGE = "application/vnd.docker.distribution.manifest.v2+json"
AMD64 = {"platform": {"os": "linux", "architecture": "amd64"}}

TEST_MANIFESTS: list[tuple[object, str, Document | None]] = [
    ({"schemaVersion": 2, "manifests": [AMD64]}, INDEX, Document(("linux/amd64",))),
    ({"schemaVersion": 2, "manifests": [AMD64]}, "text/plain", Document(("linux/amd64",))),
    ({"schemaVersion": 2, "manifests": [{}, "x", AMD64, AMD64]}, "", Document(("linux/amd64",))),
    ({"schemaVersion": 2, "manifests": [{"platform": {"os": 1}}]}, INDEX, Document()),
    ({"schemaVersion": 2, "config": {"digest": "sha256:c"}}, IMAGE, Document(config="sha256:c")),
    (
        {"schemaVersion": 2, "mediaType": IMAGE, "config": {"digest": "d"}, "manifests": []},
        INDEX,
        Document(config="d"),
    ),
    ({"schemaVersion": 2, "config": {}}, IMAGE, None),
    ({"schemaVersion": 1, "fsLayers": []}, "", None),
    ([], IMAGE, None),
]


@pytest.mark.parametrize(("data", "media_type", "expected"), TEST_MANIFESTS)
def test_manifests(data: object, media_type: str, expected: Document | None) -> None:
    assert read_manifest(json.dumps(data).encode(), media_type) == expected


@given(st.binary(max_size=60), st.text(max_size=10))
def test_any_body_is_read(body: bytes, media_type: str) -> None:
    read_manifest(body, media_type)
    platform_of_config(body)


def test_configurations() -> None:
    image = {"os": "linux", "architecture": "arm", "variant": "v7"}
    assert platform_of_config(json.dumps(image).encode()) == "linux/arm/v7"
    assert platform_of_config(b'{"name": "a chart"}') == ""


TEST_ARCHITECTURES = [
    ("amd64", "linux/amd64"),
    ("x86_64", "linux/amd64"),
    (" AARCH64 ", "linux/arm64"),
    ("linux/arm64/v8", "linux/arm64/v8"),
    ("windows/amd64", "windows/amd64"),
]


@pytest.mark.parametrize(("name", "expected"), TEST_ARCHITECTURES)
def test_architectures(name: str, expected: str) -> None:
    assert normalise_architecture(name) == expected


TEST_LACKING: list[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = [
    (("linux/amd64",), ("linux/amd64",), ()),
    (("linux/amd64",), ("linux/amd64", "linux/arm64"), ("linux/arm64",)),
    (("linux/arm64/v8",), ("linux/arm64",), ()),
    (("linux/arm64",), ("linux/arm64/v8",), ()),
    (("linux/arm/v6",), ("linux/arm/v7",), ("linux/arm/v7",)),
    (("linux/arm64",), ("linux/arm",), ("linux/arm",)),
    (("linux/amd64",), (), ()),
]


@pytest.mark.parametrize(("platforms", "wanted", "expected"), TEST_LACKING)
def test_lacking(
    platforms: tuple[str, ...], wanted: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert lacking(platforms, wanted) == expected
