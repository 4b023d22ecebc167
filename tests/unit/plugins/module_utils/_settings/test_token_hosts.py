# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._settings.token_hosts import (
    may_have_password,
    read_hosts,
)

TEST_TRUSTED: list[tuple[str, str, tuple[str, ...]]] = [
    ("registry.example.org", "registry.example.org", ()),
    ("registry.example.org", "REGISTRY.example.org.:8443", ()),
    ("registry.example.org:5000", "registry.example.org", ()),
    ("registry.example.org", "auth.registry.example.org", ()),
    ("registry.gitlab.com", "gitlab.com", ()),
    ("docker.io", "auth.docker.io", ()),
    ("registry-1.docker.io", "auth.docker.io", ()),
    ("registry.digitalocean.com", "api.digitalocean.com", ()),
    ("harbor.example.internal", "auth.example.internal", ()),
    ("10.0.0.1:5000", "10.0.0.1:5001", ()),
    ("[2001:db8::1]", "[2001:db8::1]:5001", ()),
    ("registry.example.org", "auth.example.org", ("auth.example.org",)),
    ("registry.example.org", "auth.example.org:8443", ("Auth.Example.org",)),
    ("registry.example.org", "auth.example.org", ("auth.example.org:443",)),
    ("10.0.0.1", "10.0.0.2", ("10.0.0.2",)),
]
TEST_FOREIGN: list[tuple[str, str, tuple[str, ...]]] = [
    ("registry.example.org", "evil.example.net", ()),
    ("registry.example.org", "auth.example.org", ()),
    ("registry.example.co.uk", "evil.co.uk", ()),
    ("alice.github.io", "evil.github.io", ()),
    ("registry.example.org", "evilregistry.example.org", ()),
    ("registry.example.org", "org", ()),
    ("registry.internal", "internal", ()),
    ("harbor.example.internal", "harbor.other.internal", ()),
    ("10.0.0.1", "10.0.0.2", ()),
    ("0.1", "10.0.0.1", ()),
    ("registry.example.org", "auth.docker.io", ()),
    ("registry.example.org", "registry.example.org@evil.example.net", ()),
    ("registry.example.org", "evil.example.net\\\\@registry.example.org", ()),
    ("registry.example.org", "auth.example.org:8443", ("auth.example.org:443",)),
    ("registry.example.org", "", ()),
]


@pytest.mark.parametrize(("registry", "service", "named"), TEST_TRUSTED)
def test_services_of_the_registry_itself(
    registry: str, service: str, named: tuple[str, ...]
) -> None:
    assert may_have_password(registry, service, named)


@pytest.mark.parametrize(("registry", "service", "named"), TEST_FOREIGN)
def test_services_of_others(registry: str, service: str, named: tuple[str, ...]) -> None:
    assert not may_have_password(registry, service, named)


@pytest.mark.parametrize(
    ("value", "hosts"),
    [
        (None, ()),
        ("", ()),
        ([], ()),
        ("auth.example.org", ("auth.example.org",)),
        (" a.example:1, b.example\n", ("a.example:1", "b.example")),
        (["auth.example.org"], ("auth.example.org",)),
    ],
)
def test_hosts_are_a_list_or_words(value: object, hosts: tuple[str, ...]) -> None:
    assert read_hosts(value) == hosts


@pytest.mark.parametrize(
    "value", ["https://auth.example.org", ["auth.example.org/token"], [5], {"a": "b"}, 5, ["u@h"]]
)
def test_what_is_no_host_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        read_hosts(value)
