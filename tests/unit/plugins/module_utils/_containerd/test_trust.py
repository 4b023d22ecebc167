# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.trust import (
    Target,
    target_of,
)

URL = "https://h.io:5000/v2/a/manifests/latest"
PATH = "/etc/containerd/certs.d/quay.io/hosts.toml"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ('[host."https://h.io:5000"]\nca = "ca.pem"', Target(URL, f"{PATH[:-11]}/ca.pem")),
        ('[host."h.io:5000"]\nca = ["/a.pem", "/b.pem"]', Target(URL, "/a.pem")),
        ('[host."https://h.io:5000"]\nskip_verify = true', Target(URL, insecure=True)),
        ('[host."https://h.io:5000"]\nskip_verify = "true"', Target(URL)),
        ('[host."https://h.io"]\nca = "/a.pem"', Target(URL)),
        ('[host."https://h.io:5000"]\nca = "a b"', Target(URL)),
        ("host = 1", Target(URL)),
        ("[[", Target(URL)),
    ],
)
def test_trust_is_what_the_hosts_own_entry_says(text: str, target: Target) -> None:
    assert target_of(URL, {"/etc/containerd/config.toml": "x", PATH: text}) == target
