# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
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


# what config.toml of 1.x says under configs, and what comes of it
TEST_TLS: list[tuple[dict[str, object], Target]] = [
    ({"ca_file": "/ca.pem"}, Target(URL, "/ca.pem")),
    ({"insecure_skip_verify": True}, Target(URL, insecure=True)),
    ({"cert_file": "/c.crt", "key_file": "/c.key"}, Target(URL, client=("/c.crt", "/c.key"))),
    ({"cert_file": "/c.crt"}, Target(URL)),
    ({"ca_file": "ca.pem"}, Target(URL)),
    ({"ca_file": ["/ca.pem"]}, Target(URL)),
    ({}, Target(URL)),
]


@pytest.mark.parametrize(("table", "target"), TEST_TLS)
def test_trust_may_stand_beside_mirrors(table: dict[str, object], target: Target) -> None:
    assert target_of(URL, {}, {"h.io:5000": table}) == target
    assert target_of(URL, {}, {"h.io": {"ca_file": "/ca.pem"}}) == Target(URL)


MIRRORS = """\
version = 2
[plugins."io.containerd.grpc.v1.cri".registry.mirrors."quay.io"]
endpoint = ["https://h.io:5000"]
[plugins."io.containerd.grpc.v1.cri".registry.configs."h.io:5000".tls]
ca_file = "/ca.pem"
"""


@pytest.mark.parametrize(("version", "known"), [("1.7.24", True), ("2.1.9", False)])
def test_what_config_toml_says_counts_in_1x_alone(version: str, known: bool) -> None:
    tls = load(NodeFiles({"/etc/containerd/config.toml": MIRRORS}, version)).tls
    assert target_of(URL, {}, tls) == (Target(URL, "/ca.pem") if known else Target(URL))
