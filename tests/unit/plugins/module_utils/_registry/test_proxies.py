# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._registry.proxies import (
    Proxies,
)

PROXY = "http://proxy.example.org:3128"

TEST_EXEMPT: list[tuple[str, str, bool]] = [
    ("", "harbor.example.org", False),
    ("*", "harbor.example.org", True),
    ("example.org", "harbor.example.org:443", True),
    ("example.org", "example.org", True),
    (".example.org", "harbor.example.org", True),
    (".example.org", "example.org", False),
    ("*.example.org", "harbor.example.org", True),
    ("example.org", "badexample.org", False),
    ("EXAMPLE.org", "Harbor.Example.Org", True),
    (" a.org , harbor.example.org ", "harbor.example.org", True),
    ("harbor.example.org:5000", "harbor.example.org:5000", True),
    ("harbor.example.org:5000", "harbor.example.org", False),
    ("harbor.example.org:443", "harbor.example.org", True),
    ("10.0.0.0/8", "10.1.2.3:5000", True),
    ("10.0.0.0/8", "11.1.2.3", False),
    ("10.1.2.3", "10.1.2.3", True),
    ("fd00::/8", "[fd00::1]:5000", True),
    ("fd00::1", "[fd00::1]", True),
    ("[fd00::1]:5000", "[fd00::1]:5000", True),
    ("", "localhost:5000", True),
    ("", "127.0.0.1:5000", True),
    ("", "[::1]:5000", True),
]


@pytest.mark.parametrize(("no_proxy", "host", "exempt"), TEST_EXEMPT)
def test_exempt(no_proxy: str, host: str, exempt: bool) -> None:
    proxies = Proxies.of_environment({"HTTPS_PROXY": PROXY, "NO_PROXY": no_proxy})
    assert proxies.of(host) == ("" if exempt else PROXY)


def test_lower_case_wins() -> None:
    both = {"HTTPS_PROXY": "http://a:1", "https_proxy": "b:2", "no_proxy": "x", "NO_PROXY": "y"}
    assert Proxies.of_environment(both) == Proxies("http://b:2", ("x",))


def test_no_proxy_at_all() -> None:
    assert Proxies.of_environment({"HTTP_PROXY": PROXY}).of("harbor.example.org") == ""


@pytest.mark.parametrize(
    "proxy", ["socks5://u:secret@h:1", "http://u:secret@:1", "http://[::1:secret"]
)
def test_bad_proxies(proxy: str) -> None:
    with pytest.raises(ValueError, match="HTTPS_PROXY") as caught:
        Proxies.of_environment({"HTTPS_PROXY": proxy})
    assert "secret" not in str(caught.value)


def test_secrets() -> None:
    proxies = Proxies("http://user:p%40ss@proxy:1")
    assert set(proxies.secrets()) == {"p%40ss", "p@ss"}
    assert "p%40ss" not in repr(proxies)
    assert set(Proxies("http://t%4Fken@proxy:1").secrets()) == {"t%4Fken", "tOken"}
    assert set(Proxies("http://token:@proxy:1").secrets()) == {"token"}
    assert Proxies(PROXY).secrets() == ()
