# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from tests.unit.helpers.containerd_nodes import V16, V17, V21, by_hosts, by_mirrors

NS = "?ns=docker.io"


def test_digests_try_manifests_then_blobs_on_all_hosts() -> None:
    digest = "sha256:" + "a" * 64
    asked = by_mirrors('"docker.io".endpoint = ["h.io"]', V17, f"nginx:1@{digest}")
    root, upstream = (
        "https://h.io/v2/library/nginx",
        "https://registry-1.docker.io/v2/library/nginx",
    )
    assert asked == [
        f"{root}/manifests/{digest}{NS}",
        f"{upstream}/manifests/{digest}",
        f"{root}/blobs/{digest}{NS}",
        f"{upstream}/blobs/{digest}",
    ]


TEST_LOCALHOST: list[tuple[str, str, list[str]]] = [
    ("localhost", V17, ["https://localhost/v2/a/manifests/1"]),
    ("localhost:443", V17, ["https://localhost:443/v2/a/manifests/1"]),
    ("localhost:80", V17, ["http://localhost:80/v2/a/manifests/1"]),
    ("localhost:80", V16, ["http://localhost:80/v2/a/manifests/1"]),
    ("localhost", V16, ["http://localhost/v2/a/manifests/1"]),
    (
        "127.0.0.1:5000",
        V21,
        ["https://127.0.0.1:5000/v2/a/manifests/1", "http://127.0.0.1:5000/v2/a/manifests/1"],
    ),
]


@pytest.mark.parametrize(("host", "version", "expected"), TEST_LOCALHOST)
def test_localhost_under_config_path(host: str, version: str, expected: list[str]) -> None:
    assert by_hosts({}, version, f"{host}/a:1") == expected
