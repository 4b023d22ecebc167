# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixes: the sentence is made from the edits, and whoever rewrites it loses them."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from ansible_collections.palette.image_registry.plugins.module_utils._fix import (
    Edit,
    Fix,
    edits_of,
    fix_of,
)

PUT = Edit("entry", "a::b", "a::c")
STYLE = Edit("setting", "", "v2_prefix", "palette_node_path_style")

TEST_SENTENCES: list[tuple[list[Edit], str]] = [
    ([PUT], "Write 'a::c'."),
    ([Edit("entry", "", "a::")], "Add 'a::'."),
    ([Edit("entry", "a::b", "")], "Remove the entry 'a::b'."),
    ([PUT, STYLE], "Write 'a::c' and set palette_node_path_style: v2_prefix."),
    ([Edit("line", "x", "y", "/f:1")], "Write y."),
    ([Edit("line", "x", "", "/f:1")], "Remove x."),
    ([Edit("file", "/a/b", "/a/c")], "Rename it to c."),
    ([Edit("file", "/a/b", "/c/b")], "Move it to /c/b."),
    ([Edit("file", "/a/b", "")], "Remove it."),
]


@pytest.mark.parametrize(("edits", "sentence"), TEST_SENTENCES)
def test_the_sentence_is_made_from_the_edits(edits: list[Edit], sentence: str) -> None:
    fix = fix_of(*edits)
    assert (fix, edits_of(fix)) == (sentence, tuple(edits))


def test_words_stand_around_the_edits() -> None:
    assert (
        fix_of(PUT, before="Exempt it: ", after=", or not.") == "Exempt it: write 'a::c', or not."
    )


def test_an_edit_that_cannot_be_made_leaves_other_words() -> None:
    fix = fix_of(None, STYLE, otherwise="Ask for it.")
    assert (fix, edits_of(fix)) == ("Ask for it.", ())


def test_a_copy_keeps_the_edits_and_a_changed_text_loses_them() -> None:
    fix = fix_of(PUT)
    for same in (copy.deepcopy(fix), pickle.loads(pickle.dumps(fix))):
        assert (same, edits_of(same)) == (fix, (PUT,))
    finding = Finding("code", Severity.ERROR, "a", "b", fix)
    assert edits_of(finding.rewritten(str.upper).fix) == ()


def test_findings_travel_as_plain_text() -> None:
    data = Finding("code", Severity.ERROR, "a", "b", Fix("c", [PUT])).to_dict()
    assert type(data["fix"]) is str
    assert json.loads(json.dumps(data))["fix"] == "c"
