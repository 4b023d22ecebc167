# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mirrors table: which endpoints of an image host are asked, and in which order."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.mirrors import (
    mirror_endpoints,
    mirror_key,
    parse_endpoint,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.schema import Table
from tests.unit.helpers.containerd_nodes import by_mirrors, in_all
from tests.unit.helpers.rows import every

NGINX = "library/nginx/manifests/latest"
HUB = f"https://registry-1.docker.io/v2/{NGINX}"
NS = "?ns=docker.io"


TEST_MIRRORS: list[tuple[str, str, str, list[str]]] = [
    (
        "M25b, the hub's own host as a mirror has no ns",
        '"docker.io".endpoint = ["https://registry-1.docker.io"]',
        "nginx",
        [HUB, HUB],
    ),
    (
        "M25d, the own host with a path has no ns, and no upstream follows",
        '"quay.io".endpoint = ["https://quay.io/v2/p"]',
        "quay.io/a/b:1",
        ["https://quay.io/v2/p/a/b/manifests/1"],
    ),
    (
        "M34, a blank in the host stops every pull",
        '"docker.io".endpoint = ["https://h.example.org", "https://h exa"]',
        "nginx",
        [],
    ),
    ("E16, blank in the scheme", '"docker.io".endpoint = ["ht tp://h"]', "nginx", []),
    ("E16, port", '"docker.io".endpoint = ["https://h:port"]', "nginx", []),
    ("E16, port without scheme", '"docker.io".endpoint = ["h:port/x"]', "nginx", []),
    ("control character", '"docker.io".endpoint = ["https://h\\u0001"]', "nginx", []),
    ("broken escape", '"docker.io".endpoint = ["https://h/%zz"]', "nginx", []),
    (
        "other hosts go on",
        '"docker.io".endpoint = ["h x"]',
        "a.io/b:1",
        ["https://a.io/v2/b/manifests/1"],
    ),
    ("M35, empty endpoint", '"docker.io".endpoint = [""]', "nginx", [HUB]),
    (
        "an empty port",
        '"docker.io".endpoint = ["https://h.io:/"]',
        "nginx",
        [f"https://h.io/{NGINX}{NS}", HUB],
    ),
    ("another scheme", '"docker.io".endpoint = ["ftp://h"]', "nginx", [HUB]),
    ("no endpoints hide *", '"docker.io" = {}\n"*".endpoint = ["h"]', "nginx", [HUB]),
    ("a typo hides *", '"docker.io".endpoints = ["x"]\n"*".endpoint = ["h"]', "nginx", [HUB]),
    (
        "the wildcard",
        '"*".endpoint = ["h.io"]',
        "q.io:5000/a:1",
        ["https://h.io/v2/a/manifests/1?ns=q.io%3A5000", "https://q.io:5000/v2/a/manifests/1"],
    ),
    ("keys are case-sensitive", '"Docker.io".endpoint = ["h.io"]', "nginx", [HUB]),
    (
        "IPv6 loopback",
        '"docker.io".endpoint = ["[::1]:5000"]',
        "nginx",
        [f"http://[::1]:5000/v2/{NGINX}{NS}", HUB],
    ),
    (
        "127.0.0.0/8",
        '"docker.io".endpoint = ["127.9.9.9/v2/p"]',
        "nginx",
        [f"http://127.9.9.9/v2/p/{NGINX}{NS}", HUB],
    ),
    (
        "paths are cleaned",
        '"docker.io".endpoint = ["https://h.io/v2//p/../q/"]',
        "nginx",
        [f"https://h.io/v2/q/{NGINX}{NS}", HUB],
    ),
    (
        "capital scheme",
        '"docker.io".endpoint = ["HTTPS://h.io"]',
        "nginx",
        [f"https://h.io/v2/{NGINX}{NS}", HUB],
    ),
    (
        "localhost as upstream is asked over http",
        '"quay.io".endpoint = ["h.io"]',
        "localhost:5000/a:1",
        ["http://localhost:5000/v2/a/manifests/1"],
    ),
    (
        "bytes that are no UTF-8",
        '"docker.io".endpoint = ["h.io/\udc80"]',
        "nginx",
        [f"https://h.io/%3F/{NGINX}{NS}", HUB],
    ),
    ("no image reference", '"docker.io".endpoint = ["h.io"]', "UPPER case", []),
]


@every(in_all(TEST_MIRRORS))
def test_mirrors(table: str, image: str, expected: list[str], version: str) -> None:
    assert by_mirrors(table, version, image) == expected


MIRRORS: Table = {"docker.io": {"endpoint": ["a.io", "b.io"]}, "*": {"endpoint": ["w.io"]}}


@pytest.mark.parametrize(
    ("host", "key"), [("docker.io", "docker.io"), ("quay.io", "*"), ("Docker.io", "*")]
)
def test_the_key_of_an_image_host(host: str, key: str) -> None:
    assert mirror_key(MIRRORS, host) == key
    assert mirror_key({"docker.io": {}}, host) == (host if host == "docker.io" else None)


def test_the_endpoints_of_a_key() -> None:
    assert mirror_endpoints(MIRRORS, "docker.io") == ("a.io", "b.io")
    assert mirror_endpoints(MIRRORS, None) == mirror_endpoints({"x": {}}, "x") == ()


@pytest.mark.parametrize(
    ("endpoint", "scheme"),
    [("h.io", "https"), ("localhost:5000", "http"), ("127.0.0.1", "http"), ("http://h.io", "http")],
)
def test_the_scheme_of_an_endpoint(endpoint: str, scheme: str) -> None:
    assert parse_endpoint(endpoint).scheme == scheme
