# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""URLs as containerd's own URL parser reads them."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.urls import (
    Url,
    is_localhost,
    masked,
    parse_url,
)

TEST_URLS: list[tuple[str, Url | None]] = [
    ("https://u:p@h:1/a%20b?q#f", Url("https", "h:1", "/a b")),
    ("https://[::1]:5000/x", Url("https", "[::1]:5000", "/x")),
    ("https://[::1", None),
    ("https://[::1]x", None),
    ("h/x", Url("", "", "h/x")),
    ("h:5000", Url("h", "", "")),
    ("1h:5000", None),
    (":x", None),
    ("///x", Url("", "", "///x")),
    ("https:///x", Url("https", "", "/x")),
    ("https://h:", Url("https", "h:", "")),
    ("https://a b@h", None),
    ("https://h\\x", None),
    ("https://h#%zz", None),
    ("", Url("", "", "")),
]


@pytest.mark.parametrize(("text", "expected"), TEST_URLS)
def test_urls(text: str, expected: Url | None) -> None:
    if expected is None:
        with pytest.raises(ValueError):
            parse_url(text)
    else:
        assert parse_url(text) == expected


@pytest.mark.parametrize("host", ["localhost", "localhost:1", "127.1.2.3", "[::1]:5", "::1"])
def test_loopback_hosts(host: str) -> None:
    assert is_localhost(host)


@pytest.mark.parametrize("host", ["localhost.io", "128.0.0.1", "[::2]:5", "127.0.0.1.io", ""])
def test_other_hosts(host: str) -> None:
    assert not is_localhost(host)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write https://u:p@h/x.", "write https://***@h/x."),
        ("'u:p@h/x'", "'***@h/x'"),
        ("https://token@h", "https://***@h"),
        ("https://u:a/b@h", "https://***@h"),
        ("https://h/x", "https://h/x"),
    ],
)
def test_texts_show_no_credentials(text: str, expected: str) -> None:
    assert masked(text) == expected


TEST_MASKED: list[tuple[str, str]] = [
    ("https://u:p@h/x and //u@h", "https://***@h/x and //***@h"),
    ("a:b@c//d@e", "***@c//***@e"),
    ("mail me@home or me:pw@home/x", "mail me@home or ***@home/x"),
    ("x/a:b@c", "x/***@c"),
    ("https://h/a@b:c@d", "https://***@d"),
    (":x@h", ":x@h"),
    ("::x@h", "***@h"),
    (":" * 100_000 + " a:b@c", ":" * 100_000 + " ***@c"),
]


@pytest.mark.parametrize(("text", "shown"), TEST_MASKED, ids=range(len(TEST_MASKED)))
def test_masked(text: str, shown: str) -> None:
    assert masked(text) == shown
