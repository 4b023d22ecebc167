# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import html
import json
import shlex
import urllib.parse

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._redact import (
    Redactor,
    fingerprint,
)

SECRETS = [
    "s3cret-pa55word",
    "12e4",
    "quo'te\"d-pass word",
    "multi-line\nsecond-line",
    "pässwörd-ünicode",
    "{{ lookup('env', 'HOME') }}",
    "100%-sure-%s",
    "!leading-bang",
    "Tr0ub4dor&<3>x",
    "back\\slash-secret",
]


def spellings(secret: str) -> list[str]:
    raw = secret.encode()
    return [
        secret,
        json.dumps(secret),
        json.dumps(secret, ensure_ascii=False),
        repr(secret),
        shlex.quote(secret),
        # Helm and kubectl are written in Go, whose JSON escapes these as well.
        json.dumps(secret).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"),
        json.dumps(json.dumps(secret)),
        ascii(secret),
        html.escape(secret),
        yaml.safe_dump({"password": secret}, width=1000),
        urllib.parse.quote(secret, safe=""),
        urllib.parse.quote_plus(secret),
        base64.b64encode(raw).decode(),
        base64.b64encode(raw + b"\n").decode(),
        base64.urlsafe_b64encode(raw).decode(),
    ]


@pytest.mark.parametrize("secret", SECRETS)
def test_every_spelling_is_redacted(secret: str) -> None:
    redactor = Redactor([secret])
    for spelling in spellings(secret):
        shown = redactor.text(f"password={spelling} host=harbor.example.org")
        for hidden in spellings(secret):
            assert hidden not in shown
        assert "host=harbor.example.org" in shown
        assert "<redacted " in shown


@pytest.mark.parametrize("user", ["u", "us", "use", "user"])
def test_the_password_inside_basic_authentication_is_redacted(user: str) -> None:
    secret = "long-enough-password"
    pair = base64.b64encode(f"{user}:{secret}".encode()).decode()
    shown = Redactor([secret]).text(f"Authorization: Basic {pair}")
    assert pair[8:-4] not in shown
    assert "<redacted " in shown


@pytest.mark.parametrize("secret", ["n", "no", "123"])
def test_a_short_secret_is_redacted_where_it_stands_alone(secret: str) -> None:
    redactor = Redactor([secret])
    assert secret not in redactor.text(f'"password": "{secret}"').replace("password", "")
    assert redactor.text("connection to 1234 nodes") == "connection to 1234 nodes"
    assert redactor.data({"password": secret}) == {"password": fingerprint(secret)}


def test_data_is_redacted_in_keys_lists_and_values() -> None:
    redactor = Redactor(["hunter22"])
    shown = redactor.data({"hunter22": ["x hunter22", 1, None, True], "b": {"c": ("hunter22",)}})
    assert "hunter22" not in json.dumps(shown)
    assert shown["b"] == {"c": [fingerprint("hunter22")]}
    assert next(iter(shown.values()))[1:] == [1, None, True]


def test_fingerprints_tell_equal_from_different_and_nothing_else() -> None:
    assert fingerprint("a-secret") == fingerprint("a-secret")
    assert fingerprint("a-secret") != fingerprint("b-secret")
    assert fingerprint("") == "<empty>"


# secret, text, whether it stays as it is
TEST_PIECES: list[tuple[str, str, bool]] = [
    ("harbor: blue,ship", "harbor.example.org", True),
    ("Harbor: blue,ship", "Harbor is up", True),
    ("HARBOR: blue,ship", "HARBOR is up", True),
    ("harbor: blue,ship", "said harbor: blue,ship", False),
    ("xkQpZr: blue", "said xkQpZr", False),
    ("harb0r: blue", "said harb0r", False),
    ("har-bor: blue", "said har-bor", False),
    ("lighthouse: blue", "said lighthouse", False),
    ("harbor", "harbor.example.org", False),
]


@pytest.mark.parametrize(("secret", "text", "stays"), TEST_PIECES)
def test_a_piece_that_is_a_short_word_is_no_secret(secret: str, text: str, stays: bool) -> None:
    assert (Redactor([secret]).text(text) == text) is stays


def test_the_lines_of_a_private_key_are_secret_and_its_frame_is_not() -> None:
    lines = ["MHcCAQEEIPlanted1", "oUQDQgAEPlanted2=="]
    key = "\n".join(["-----BEGIN EC PRIVATE KEY-----", *lines, "-----END EC PRIVATE KEY-----", ""])
    redactor = Redactor([key])
    frame = "-----BEGIN CERTIFICATE----- ... -----END EC PRIVATE KEY-----"
    assert redactor.text(frame) == frame
    for line in lines:
        assert redactor.text(f"at {line}!") == f"at {fingerprint(key)}!"
    assert "Planted" not in redactor.text(f"<{key}>")


def test_nothing_to_redact_changes_nothing() -> None:
    assert Redactor(["", ""]).text("as it was") == "as it was"


@given(secret=st.text(min_size=4, max_size=30), around=st.text(max_size=20))
def test_no_secret_survives(secret: str, around: str) -> None:
    shown = Redactor([secret]).text(f"{around}\x00{secret}\x00{around}")
    assert f"\x00{secret}\x00" not in shown
