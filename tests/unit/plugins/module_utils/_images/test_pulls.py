# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nodes request that Palette configured with the same mirrors."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._images.pulls import (
    mirrors_of_nodes,
    pull_urls,
)

MIRRORS = mirrors_of_nodes("docker.io::h.io/p/d,default::h.io/x,[EXACT]a::b,quay.io::h.io/q")
UPSTREAM = "https://registry-1.docker.io/v2/library/nginx/manifests/1"

TEST_PULLS: list[tuple[str, str, str, tuple[str, ...]]] = [
    (
        "an image of a source, as the page configures nodes",
        "nginx:1",
        "verbatim",
        ("https://h.io/p/d/library/nginx/manifests/1?ns=docker.io", UPSTREAM),
    ),
    (
        "an image of a source, with the path that works",
        "nginx:1",
        "v2_prefix",
        ("https://h.io/v2/p/d/library/nginx/manifests/1?ns=docker.io", UPSTREAM),
    ),
    ("a swapped image", "h.io/q/a", "verbatim", ("https://h.io/v2/q/a/manifests/latest",)),
    ("an image without a valid name", "https://h.io/a", "verbatim", ()),
    ("a name that is empty", "", "verbatim", ()),
]


@pytest.mark.parametrize(
    ("image", "style", "urls"), [row[1:] for row in TEST_PULLS], ids=[row[0] for row in TEST_PULLS]
)
def test_pull_urls(image: str, style: str, urls: tuple[str, ...]) -> None:
    assert pull_urls(image, MIRRORS, style) == urls


def test_a_release_that_refuses_mirrors_is_told() -> None:
    with pytest.raises(ValueError, match=r"containerd 2\.2\.0 is down with these mirrors: .*CRI"):
        pull_urls("nginx", MIRRORS, "verbatim", "2.2.0")


def test_another_path_style_is_refused() -> None:
    with pytest.raises(ValueError, match="'v3' is no path style"):
        pull_urls("nginx", MIRRORS, "v3")


@pytest.mark.parametrize(
    "raw",
    [
        "quay.io::h/q",
        "default::\nquay.io::h/q",
        [{"source": "quay.io", "target": "h/q"}],
        {"quay.io": "h/q"},
    ],
)
def test_mirrors_of_nodes(raw: object) -> None:
    assert mirrors_of_nodes(raw).targets()["quay.io"] == "h/q"
