# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._markdown import (
    markdown_code,
    markdown_text,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words", "plain words"),
        ("# no\n heading", r"\# no heading"),
        ("[a](b) *c* `d`", r"\[a\](b) \*c\* \`d\`"),
        ("<b>&", r"\<b\>\&"),
        ("@@team", "`@@`team"),
        ("for @somebody, not me@example.org", "for `@`somebody, not me@example.org"),
    ],
)
def test_text_stays_text(text: str, shown: str) -> None:
    assert markdown_text(text) == shown


def test_code_leaves_neither_its_backticks_nor_its_table() -> None:
    assert markdown_code("a `b` | c\nd") == r"a 'b' \| c d"


@pytest.mark.parametrize("nothing", ["", "\n", "  "])
def test_code_without_text_is_a_piece_of_code(nothing: str) -> None:
    assert markdown_code(nothing) == " "
