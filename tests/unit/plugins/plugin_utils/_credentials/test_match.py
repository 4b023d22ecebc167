# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
import urllib.parse

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.plugin_utils._credentials.match import (
    Former,
)

OLD, NEW = "f0rmer-Pa55 'word\" {{ x }}", "curr3nt-Pa55word"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


TEST_IN_TEXT: list[tuple[str, str, bool]] = [
    ("as it is", f"password: {OLD}", True),
    ("JSON", json.dumps({"password": OLD}), True),
    ("YAML", yaml.safe_dump({"password": OLD}, width=1000), True),
    ("URL", f"https://robot:{urllib.parse.quote(OLD, safe='')}@h.io", True),
    ("base64", f"data:\n  PASSWORD: {b64(OLD)}\n", True),
    ("base64 of a line", f"PASSWORD: {b64(OLD + chr(10))}", True),
    ("user:password", f"Basic {b64('u:' + OLD)}", True),
    ("user:password, shifted", f"Basic {b64('us:' + OLD)}", True),
    ("a pull Secret", b64(json.dumps({"auths": {"h.io": {"auth": b64("robot:" + OLD)}}})), True),
    ("the current one", f"password: {NEW}, {b64('robot:' + NEW)}", False),
    ("another", "password: something-else", False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(
    ("text", "found"), [row[1:] for row in TEST_IN_TEXT], ids=[row[0] for row in TEST_IN_TEXT]
)
def test_a_former_password_is_found_in_a_text(text: str, found: bool) -> None:
    assert Former([OLD], NEW).is_in(text) is found


# former, current: alike, and one a part of the other
TEST_ALIKE = [
    ("password1", "password2"),
    ("Harbor-12345", "Harbor-123456"),
    ("Harbor-123456", "Harbor-12345"),
    ("xHarbor-12345", "Harbor-12345"),
    ("Harbor-12345", "xHarbor-12345"),
]


@pytest.mark.parametrize(("former", "current"), TEST_ALIKE)
@pytest.mark.parametrize("form", ["password: {}", "PASSWORD: {b64}", "auth: {auth}", "{auths}"])
def test_a_similar_current_password_is_not_taken_for_it(
    former: str, current: str, form: str
) -> None:
    def text(password: str) -> str:
        auth = b64(f"robot:{password}")
        return form.format(password, b64=b64(password), auth=auth, auths=b64(f'"auth":"{auth}"'))

    sought = Former([former], current)
    assert sought.is_in(text(former))
    assert not sought.is_in(text(current))
    assert sought.is_in(f"{text(current)}\n{text(former)}")


def test_words_and_short_ones_are_found_as_whole_values_alone() -> None:
    sought = Former(["password", "Admin", "n0", "", NEW], NEW)
    assert sought.passwords == {"password", "Admin", "n0"}
    assert not sought.is_in("password: x, Admin: y, n0: z")
    assert all(map(sought.is_value, sought.passwords))
    assert not sought.is_value(NEW)
    assert not sought.is_value("")


def test_without_former_passwords_nothing_is_found() -> None:
    sought = Former(["", NEW], NEW)
    assert not sought.passwords
    assert not sought.is_in(f"{NEW} {OLD}")


@given(
    password=st.text(min_size=6, max_size=30).filter(lambda text: not text.isalpha()),
    before=st.text(max_size=9),
    after=st.text(max_size=9),
)
def test_every_password_is_found_in_base64_of_anything(
    password: str, before: str, after: str
) -> None:
    sought = Former([password], "")
    assert sought.is_in(b64(f"{before}{password}{after}"))
    assert sought.is_in(f'"{password}"')
