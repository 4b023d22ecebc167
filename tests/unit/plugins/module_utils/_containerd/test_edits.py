# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Edits of lines: made where the file says what to change to the letter, and else not."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.edits import (
    assignment,
    header,
    option,
    removed,
    renamed,
    value,
)
from ansible_collections.palette.image_registry.plugins.module_utils._fix import Edit

TEXT = """\
server = "https://a.io"
# [host."https://a.io"]
[host."https://a.io"]
  skip_verify = true
  ca = [
    "x"]
[host."https://a.io".header]
  skip_verify = "b"
[host.'https://a.io/p']
"""


def line(old: str, new: str, number: int) -> Edit:
    return Edit("line", old, new, f"/f:{number}")


def test_a_key_is_renamed_wherever_it_is_one() -> None:
    old, new = '"https://a.io"', '"https://b.io"'
    edits = (line(old, new, 3), line(old, new, 7))
    assert renamed("/f", TEXT, "https://a.io", "https://b.io") == edits
    assert renamed("/f", TEXT, "https://c.io", "https://b.io") == ()


def test_no_key_gets_the_name_of_another() -> None:
    assert renamed("/f", TEXT, "https://a.io", "https://a.io/p") == ()


def test_a_bare_key_is_no_part_of_another() -> None:
    text = "[a.Mirrors]\nMirrors_x = 1\nx.Mirrors = 2\n"
    edits = (line("Mirrors", "mirrors", 1), line("Mirrors", "mirrors", 3))
    assert renamed("/f", text, "Mirrors", "mirrors") == edits


TEST_VALUES: list[tuple[str, str, Edit | None]] = [
    ('a = ["x", "y"]', "z", line('"x"', '"z"', 1)),
    ("a = ['x']", "z", line("'x'", "'z'", 1)),
    ('a = ["x", "z"]', "z", None),
    ('a = ["x", "x"]', "z", None),
    ('# a = ["x"]', "z", None),
    ('a = ["xy"]', "z", None),
]


@pytest.mark.parametrize(("text", "new", "edit"), TEST_VALUES)
def test_a_value_is_replaced_where_it_stands_once(text: str, new: str, edit: Edit | None) -> None:
    assert value("/f:1", text, "x", new) == edit
    assert value("/f", text, "x", new) is None


def test_a_host_has_one_header() -> None:
    assert header(TEXT, "https://a.io") == 3
    assert header(TEXT, "https://a.io/p") == 9
    assert header(TEXT + '[host."https://a.io"]\n', "https://a.io") == 0
    assert header(TEXT, "https://c.io") == 0


def test_an_option_belongs_to_its_table() -> None:
    assert assignment(TEXT, "skip_verify", 3) == (4, "skip_verify = true")
    assert assignment(TEXT, "SKIP_VERIFY", 3) == (4, "skip_verify = true")
    assert assignment(TEXT, "skip_verify") == (0, "")
    assert assignment("a = 1\nA = 2\n", "a") == (0, "")


def test_an_option_is_set_in_its_place_or_after_a_line() -> None:
    there = line("skip_verify = true", "skip_verify = false", 4)
    assert option("/f", TEXT, "skip_verify = false", 3, 3) == there
    assert option("/f", TEXT, "override_path = true", 3, 3) == line("", "override_path = true", 3)
    assert option("/f", TEXT, 'ca = "y"', 3, 3) is None


def test_an_option_is_removed_that_has_one_line() -> None:
    assert removed("/f", TEXT, "skip_verify", 3) == line("skip_verify = true", "", 4)
    assert removed("/f", TEXT, "ca", 3) is None
    assert removed("/f", TEXT, "header", 3) is None
