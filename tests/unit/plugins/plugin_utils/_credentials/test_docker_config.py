# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.plugin_utils._credentials.docker_config import (
    docker_logins,
    host_of,
)

AUTH = base64.b64encode(b"bob:pass:word").decode()

# text, (registry, field, username, password) of each login
TEST_LOGINS: list[tuple[t.Any, list[tuple[str, str, str, str]]]] = [
    ({"auths": {"h.io": {"auth": AUTH}}}, [("h.io", "auth", "bob", "pass:word")]),
    ({"h.io": {"auth": AUTH}}, [("h.io", "auth", "bob", "pass:word")]),
    (
        # People change one and forget the other; Kubernetes takes auth.
        {"auths": {"h.io": {"username": "bob", "password": "new", "auth": AUTH}}},
        [("h.io", "password", "bob", "new"), ("h.io", "auth", "bob", "pass:word")],
    ),
    ({"auths": {"h.io": {}, "b.io": None, "c.io": {"auth": "%%%"}}}, []),
    ({"auths": {"h.io": {"auth": base64.b64encode(b"nocolon").decode()}}}, []),
    ({"auths": []}, []),
    ([], []),
    ("text", []),
]


@pytest.mark.parametrize(("config", "expected"), TEST_LOGINS)
def test_logins(config: t.Any, expected: list[tuple[str, str, str, str]]) -> None:
    found = docker_logins(json.dumps(config))
    assert [(x.registry, x.field, x.username, x.password) for x in found] == expected


@pytest.mark.parametrize(
    ("registry", "host"),
    [
        ("harbor.example.org", "harbor.example.org"),
        ("https://Harbor.example.org/v2/", "harbor.example.org"),
        ("harbor.example.org:443/project", "harbor.example.org"),
        ("harbor.example.org:8443", "harbor.example.org:8443"),
        ("https://index.docker.io/v1/", "index.docker.io"),
    ],
)
def test_hosts(registry: str, host: str) -> None:
    assert host_of(registry) == host


@given(
    text=st.text()
    | st.recursive(
        st.text() | st.none() | st.integers(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["auths", "auth", "password", "h"]), inner)
        ),
    ).map(json.dumps)
)
def test_anything_is_read_without_an_error(text: str) -> None:
    docker_logins(text)
