# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._registry.targets import (
    Lookup,
    Route,
    hosts_of,
    lookups_of_chart,
    lookups_of_images,
    lookups_of_targets,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.parse import (
    parse_settings,
)

HUB = "h.io/p/docker.io"
MIRRORS = f"docker.io::{HUB},quay.io::h.io/p/quay.io"
DIGEST = f"sha256:{'a' * 64}"


def ask(image: str, route: Route) -> Lookup:
    return lookups_of_images([image], route)[0]


AIRGAP = Route(MIRRORS, assume_default=True)
PLAIN = Route(MIRRORS, airgap=False)
PREFIX = Route(MIRRORS, airgap=False, node_path_style="v2_prefix")
WITHOUT = Route(MIRRORS, assume_default=False)

TEST_IMAGES: list[tuple[str, Route, str]] = [
    # The webhook knows no library/: a short name goes behind the target as it is.
    ("nginx", AIRGAP, f"{HUB}/nginx:latest"),
    ("docker.io/library/nginx:1", AIRGAP, f"{HUB}/library/nginx:1"),
    ("quay.io/a/b@" + DIGEST, AIRGAP, f"h.io/p/quay.io/a/b@{DIGEST}"),
    (f"quay.io/a/b:1@{DIGEST}", AIRGAP, f"h.io/p/quay.io/a/b:1@{DIGEST}"),
    # What the webhook leaves alone, the node redirects.
    ("nginx:1", WITHOUT, f"{HUB}/library/nginx:1"),
    ("nginx:1", PLAIN, f"{HUB}/library/nginx:1"),
    ("nginx:1", PREFIX, f"{HUB}/library/nginx:1"),
    ("ghcr.io/a/b:1", AIRGAP, "ghcr.io/a/b:1"),
    ("nginx", Route("quay.io::h.io/q", airgap=False), "docker.io/library/nginx:latest"),
    # /v2 in a target is asked for as pods will ask for it.
    ("quay.io/a/b:1", Route("quay.io::h.io/v2/q", assume_default=True), "h.io/v2/q/a/b:1"),
]


@pytest.mark.parametrize(("image", "route", "target"), TEST_IMAGES)
def test_targets_of_images(image: str, route: Route, target: str) -> None:
    lookup = ask(image, route)
    assert (lookup.target, lookup.problem) == (target, "")


def test_the_route_of_settings_knows_where_their_api_lies() -> None:
    raw = {
        "endpoint": "n.io",
        "name": "n",
        "base_content_path": "repository/hub",
        "api_path": "repository/hub",
        "mirrors": {"quay.io": "n.io/repository/hub/quay"},
    }
    settings = parse_settings(raw, node_path_style="v2_prefix").settings
    assert settings is not None
    lookup = ask("quay.io/a/b:1", Route.of(settings, airgap=False))
    assert lookup.node_url.startswith("https://n.io/repository/hub/v2/quay/a/b/manifests/1")


TEST_NODE_URLS: list[tuple[Route, str]] = [
    (AIRGAP, "https://h.io/v2/p/docker.io/nginx/manifests/1"),
    (PREFIX, "https://h.io/v2/p/docker.io/library/nginx/manifests/1?ns=docker.io"),
    (PLAIN, f"https://{HUB}/library/nginx/manifests/1?ns=docker.io"),
]


@pytest.mark.parametrize(("route", "url"), TEST_NODE_URLS)
def test_urls_of_nodes(route: Route, url: str) -> None:
    assert ask("nginx:1", route).node_url == url


def test_an_image_that_the_webhook_fails_on() -> None:
    route = Route("docker.io/library::h.io/l", assume_default=True)
    lookup = ask("docker.io/bitnami/redis", route)
    assert lookup.reference is None
    assert "server error" in lookup.problem
    assert lookup.fix


@pytest.mark.parametrize("image", ["", "UPPER", "a b", "x@sha256:1"])
def test_images_that_are_none(image: str) -> None:
    for lookup in (ask(image, PLAIN), *lookups_of_targets([image])):
        assert lookup.reference is None
        assert lookup.problem


def test_doubt_about_the_default_entry() -> None:
    assert ask("nginx", Route(MIRRORS)).in_doubt
    assert not ask("nginx", AIRGAP).in_doubt


def test_the_origin_of_an_image_that_was_swapped_before() -> None:
    lookup = ask(f"{HUB}/library/nginx:1", AIRGAP)
    assert lookup.target == f"{HUB}/library/nginx:1"
    assert lookup.origin == "docker.io/library/nginx:1"
    assert ask("nginx:1", AIRGAP).origin == "nginx:1"


def test_named_targets() -> None:
    assert [lookup.target for lookup in lookups_of_targets(["h.io/a/b", "nginx"])] == [
        "h.io/a/b:latest",
        "docker.io/library/nginx:latest",
    ]


def test_mirrors_that_cannot_be_read() -> None:
    with pytest.raises(ValueError, match="no notation"):
        lookups_of_images(["nginx"], Route(MIRRORS, notation="xml"))


def test_a_charts_own_images_are_prefixed_and_known_by_their_first_names() -> None:
    images = ["gcr.io/t/imageswap:1", "h.io/p/gcr.io/t/init:1", "gcr.io/t/imageswap:1", "NO IMAGE"]
    swap, init, broken = lookups_of_chart(images, "h.io/p")
    assert (swap.target, swap.origin) == ("h.io/p/gcr.io/t/imageswap:1", "gcr.io/t/imageswap:1")
    assert (init.target, init.origin) == ("h.io/p/gcr.io/t/init:1", "")
    assert broken.reference is None
    assert hosts_of([swap, init, broken]) == {"h.io"}
