# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images to pull as they travel between tasks: what is read is what was written, or refused."""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._images.samples import (
    Sample,
    SourceSamples,
    samples_from,
)

DIGEST, CONFIG = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
SAMPLE = Sample("quay.io/a/b:1", "h.io/q/a/b:1", DIGEST, (CONFIG,), 1000)
SOURCE = SourceSamples("quay.io", (SAMPLE,))


def test_what_is_written_is_read_again() -> None:
    empty = SourceSamples("gcr.io", (), "the registry has none")
    written = json.loads(json.dumps([SOURCE.to_dict(), empty.to_dict()]))
    assert samples_from(written) == (SOURCE, empty)


@pytest.mark.parametrize(
    ("image", "by_digest"),
    [("quay.io/a/b:1", f"quay.io/a/b@{DIGEST}"), (f"quay.io/a@{CONFIG}", f"quay.io/a@{DIGEST}")],
)
def test_the_name_by_the_digest_alone(image: str, by_digest: str) -> None:
    assert Sample(image, "p", DIGEST, (), 1).by_digest == by_digest


# what differs from a sample that is right, and what the refusal says
TEST_REFUSED: list[tuple[dict[str, t.Any], str]] = [
    ({"digest": "sha256:abc"}, "'sha256:abc' is no digest"),
    ({"digest": "; rm -rf /"}, "is no digest"),
    ({"ids": [CONFIG, "x"]}, "'x' is no digest"),
    ({"image": "B A D"}, "B A D"),
    ({"size": None}, "this is no image to pull"),
    ({"size": "many"}, "many"),
]


@pytest.mark.parametrize(("change", "words"), TEST_REFUSED)
def test_what_is_no_sample_is_refused(change: dict[str, t.Any], words: str) -> None:
    """Names and digests end in a node's script, so nothing else may pass for them."""
    with pytest.raises(ValueError, match=re.escape(words)):
        Sample.from_dict({**SAMPLE.to_dict(), **change})


@pytest.mark.parametrize("key", ["image", "place", "digest", "size"])
def test_a_sample_without_a_part_is_refused(key: str) -> None:
    data = SAMPLE.to_dict()
    del data[key]
    with pytest.raises(ValueError, match="this is no image to pull"):
        Sample.from_dict(data)


@pytest.mark.parametrize("data", [{}, {"source": "a", "images": 5}, {"images": [SAMPLE.to_dict()]}])
def test_what_is_no_source_is_refused(data: dict[str, t.Any]) -> None:
    with pytest.raises(ValueError, match="this is no source with images to pull"):
        samples_from([data])


def test_endless_lists_are_cut() -> None:
    images = [SAMPLE.to_dict()] * 1000
    assert len(SourceSamples.from_dict({"source": "a", "images": images}).samples) == 5
    assert len(samples_from([SOURCE.to_dict()] * 1000)) == 50
