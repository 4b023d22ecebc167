# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._jwt import end_of_jwt


def part(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


# token, when it ends
TEST_TOKENS: list[tuple[str, float | None]] = [
    (f"{part({'alg': 'RS256'})}.{part({'exp': 1798761600})}.c2ln", 1798761600.0),
    (f"ghs_1234_{part({'alg': 'RS256'})}.{part({'exp': 5})}.c2ln", 5.0),
    (f"h.{part({'exp': 1.5})}.s", 1.5),
    (f"h.{part({'exp': '7'})}.s", 7.0),
    (f"h.{part({'exp': None})}.s", None),
    (f"h.{part({'exp': 10**400})}.s", None),
    (f"h.{part({'exp': float('inf')})}.s", None),
    (f"h.{part({'iat': 5})}.s", None),
    (f"h.{part([5])}.s", None),
    (f"h.{part(5)}.s", None),
    ("h.?.s", None),
    ("no token", None),
    ("", None),
]


@pytest.mark.parametrize(("token", "end"), TEST_TOKENS)
def test_the_end_of_tokens(token: str, end: float | None) -> None:
    assert end_of_jwt(token) == end


@given(st.text(), st.recursive(st.integers(), lambda inner: st.lists(inner), max_leaves=3))
def test_nothing_breaks_it(text: str, value: object) -> None:
    assert end_of_jwt(text) is None
    end_of_jwt(f"h.{part({'exp': value})}.s")
