# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._image_name import (
    ImageReference,
    parse_image,
)

DIGEST = "sha256:" + "a" * 64

TEST_PARSE: list[tuple[str, ImageReference, str]] = [
    ("nginx", ImageReference("", "nginx"), "docker.io/library/nginx:latest"),
    ("nginx:1.25", ImageReference("", "nginx", "1.25"), "docker.io/library/nginx:1.25"),
    ("bitnami/redis", ImageReference("", "bitnami/redis"), "docker.io/bitnami/redis:latest"),
    ("index.docker.io/x", ImageReference("index.docker.io", "x"), "docker.io/library/x:latest"),
    (
        "quay.io/a/b@" + DIGEST,
        ImageReference("quay.io", "a/b", "", DIGEST),
        "quay.io/a/b@" + DIGEST,
    ),
    ("localhost/x:1", ImageReference("localhost", "x", "1"), "localhost/x:1"),
    ("registry:5000/a:1", ImageReference("registry:5000", "a", "1"), "registry:5000/a:1"),
    ("h.io/a:1@" + DIGEST, ImageReference("h.io", "a", "1", DIGEST), "h.io/a:1@" + DIGEST),
    ("[fd00::1]:5000/a:1", ImageReference("[fd00::1]:5000", "a", "1"), "[fd00::1]:5000/a:1"),
]


@pytest.mark.parametrize(("text", "parsed", "normalised"), TEST_PARSE)
def test_parse_image(text: str, parsed: ImageReference, normalised: str) -> None:
    assert parse_image(text) == parsed
    assert str(parsed) == text
    assert str(parsed.normalise()) == normalised


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "''"),
        ("https://h.io/a", "https:"),
        ("h.io/A/b", "'A'"),
        ("h.io/a:", "''"),
        ("h.io/a:1:2", "1:2"),
        ("h.io/a@sha256:zz", "sha256:zz"),
        ("h.io//a", "''"),
        ("-h.io/a", "-h.io"),
    ],
)
def test_parse_image_names_what_is_wrong(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match="image ") as raised:
        parse_image(text)
    assert wrong in str(raised.value)


@given(st.text(max_size=60))
def test_any_text_is_an_image_or_a_value_error(text: str) -> None:
    try:
        parsed = parse_image(text)
    except ValueError:
        return
    assert str(parsed) == text
