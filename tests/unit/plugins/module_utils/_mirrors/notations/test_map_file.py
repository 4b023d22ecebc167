# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The webhook's map file, and the block imageSwap.imageChange."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
    render_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notations.map_file import (
    read_map,
    render_image_change,
    render_map,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.table import (
    MirrorEntry,
    MirrorTable,
    Piece,
)
from tests.unit.helpers.mirror_rules import SHORT_PAGE, TABLE, assert_error

# raw, code, what the subject must name, what the fix must say
TEST_ERRORS: list[tuple[object, str, str, str]] = [
    ("a::b # x # y\n# c", "two_comments", "line 1", "one comment"),
    ("imageSwap: [", "broken_yaml", "line 1", "Mend"),
    ("imageSwap: {}", "no_image_change", "imageSwap.imageChange", "|-"),
]


@pytest.mark.parametrize(("raw", "code", "subject", "fix"), TEST_ERRORS)
def test_input_error(raw: object, code: str, subject: str, fix: str) -> None:
    assert_error(raw, code, subject, fix)


def test_image_change_block() -> None:
    text = render_mirrors(TABLE, "image_change")

    assert isinstance(text, str)
    assert yaml.safe_load(text) == {"imageSwap": {"imageChange": SHORT_PAGE.replace(",", "\n")}}


HUB = MirrorEntry("docker.io", "h.example.org/p")


def test_map_file_accepts_the_deprecated_separator() -> None:
    parsed = parse_mirrors("docker.io:h.example.org/p", "imageswap_map")

    assert parsed.table.entries == (HUB,)
    assert [finding.code for finding in parsed.findings] == ["deprecated_separator"]


# a line, and the entry in it; empty where it holds none
TEST_LINES: list[tuple[str, str]] = [
    ("a.io::h.io", "a.io::h.io"),
    (" a.io :: h.io  # why", "a.io::h.io"),
    ("a.io::h.io#", "a.io::h.io"),
    ("# a.io::h.io", ""),
    ("   ", ""),
    ("a.io::", "a.io::"),
]


@pytest.mark.parametrize(("line", "entry"), TEST_LINES)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines(line: str, entry: str, newline: str) -> None:
    reading = read_map(f"{line}{newline}b.io::h.io{newline}")
    found = [str(item.entry) for item in reading.items if isinstance(item, Piece)]
    assert found == [*([entry] if entry else []), "b.io::h.io"]


def test_what_is_written_is_read_again() -> None:
    written = MirrorTable((HUB, MirrorEntry("default", "")))
    assert render_map(written) == "docker.io::h.example.org/p\ndefault::\n"
    assert parse_mirrors(render_image_change(written)).table == written


@pytest.mark.parametrize("raw", [{}, {"imageSwap": None}, {"imageSwap": {"imageChange": 5}}])
def test_a_block_without_text_is_told(raw: object) -> None:
    (finding,) = parse_mirrors(raw, "image_change").findings[:1]
    assert finding.code == "no_image_change"
