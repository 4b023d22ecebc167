# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries and tables, what a reading gives, and how findings name an entry."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from ansible_collections.palette.image_registry.plugins.module_utils._fix import Edit
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.table import (
    MirrorEntry,
    MirrorTable,
    ParsedMirrors,
    Piece,
    Reading,
    is_loopback,
    shown,
    subject,
)

TEST_KIND: list[tuple[str, str]] = [
    ("docker.io", "registry"),
    ("localhost:5000", "registry"),
    ("docker.io/library", "library"),
    ("default", "default"),
    ("noswap_wildcards", "wildcards"),
    ("[EXACT]a", "exact"),
    ("[REPLACE]a*", "replace"),
]


@pytest.mark.parametrize(("source", "kind"), TEST_KIND)
def test_kind(source: str, kind: str) -> None:
    assert MirrorEntry(source, "h").kind == kind


def test_the_parts_of_a_target() -> None:
    entry = MirrorEntry("quay.io", "h.io:5000/a/b", "a")
    assert (entry.target_host, entry.target_path) == ("h.io:5000", "a/b")
    assert (MirrorEntry("quay.io", "h.io").target_path, str(entry)) == (
        "",
        "quay.io::h.io:5000/a/b",
    )
    assert entry.to_dict() == {"source": "quay.io", "target": "h.io:5000/a/b", "api_path": "a"}
    assert "api_path" not in MirrorEntry("quay.io", "h.io").to_dict()


PLACES = MirrorTable(
    (
        MirrorEntry("a.io", "h.io/r/hub/a"),
        MirrorEntry("b.io", "h.io/r/hubs/b"),
        MirrorEntry("c.io", "other.io/r/hub/c"),
        MirrorEntry("d.io", "h.io/r/hub/d", "r"),
    )
)


@pytest.mark.parametrize(
    ("place", "paths"),
    [("h.io/r/hub", ["r/hub", "", "", "r"]), ("h.io", ["", "", "", "r"]), ("", ["", "", "", "r"])],
)
def test_a_place_that_is_told_counts_below_it_alone(place: str, paths: list[str]) -> None:
    told = PLACES.with_api(place)
    assert [entry.api_path for entry in told] == paths
    assert [entry.api_path for entry in told.names()] == ["", "", "", ""]
    assert told.targets() == PLACES.targets()
    assert told.to_list()[0]["target"] == "h.io/r/hub/a"
    assert len(told) == 4


def test_a_piece_loses_its_blanks() -> None:
    piece = Piece("entry 1", " a.io :: h.io/p ", " a.io\t", " h.io / p\n", " /r/ ")
    assert piece.entry == MirrorEntry("a.io", "h.io/p", "r")
    assert piece.subject == "entry 1 ' a.io :: h.io/p '"


def test_a_reading_keeps_order_and_severity() -> None:
    reading = Reading()
    reading.warn("w", "s", "m", "f")
    reading.add("entry 1", "a::b", "a", "b")
    reading.error("e", "s", "m", "f")
    severities = [getattr(item, "severity", None) for item in reading.items]
    assert severities == [Severity.WARNING, None, Severity.ERROR]
    (warning, _piece, error) = reading.items
    assert isinstance(warning, Finding) and isinstance(error, Finding)
    assert ParsedMirrors(MirrorTable(), (warning,), "palette").ok
    assert not ParsedMirrors(MirrorTable(), (warning, error), "palette").ok


# text, and how a finding shows it
TEST_SHOWN: list[tuple[str, str]] = [
    ("docker.io::h.io/p", "'docker.io::h.io/p'"),
    ("docker.io::user:secret@h.io/p", "'docker.io::***@h.io/p'"),
    ("user:secret@h.io", "'***@h.io'"),
    ("h.io/a@sha256:0123", "'h.io/a@sha256:0123'"),
    ("it's", '"it\'s"'),
]


@pytest.mark.parametrize(("text", "told"), TEST_SHOWN)
def test_what_findings_repeat(text: str, told: str) -> None:
    assert shown(text) == told
    assert subject("line 3", text) == f"line 3 {told}"


def test_long_entries_are_cut() -> None:
    told = shown("docker.io::user:secret@h.io/" + "x" * 500)
    assert len(told) < 150 and "secret" not in told


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("localhost:5000", True),
        ("127.1.2.3", True),
        ("[::1]:5000", True),
        ("localhost.io", False),
        ("128.0.0.1", False),
        ("127.0.0.1.io", False),
    ],
)
def test_loopback_hosts(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


TOLD = MirrorTable((MirrorEntry("a.io", "h.io/r/a", "r"), MirrorEntry("b.io", "h.io/b")))
# edits, and the entries that are left, with what is told of their APIs
TEST_MENDED: list[tuple[tuple[str, str], list[tuple[str, str]]]] = [
    (("a.io::h.io/r/a", "a.io::h.io/r/x"), [("a.io::h.io/r/x", "r"), ("b.io::h.io/b", "")]),
    (("a.io::h.io/r/a", "a.io::h.io/z"), [("a.io::h.io/z", ""), ("b.io::h.io/b", "")]),
    (("a.io::h.io/r/a", "c.io::h.io/r/a"), [("c.io::h.io/r/a", "r"), ("b.io::h.io/b", "")]),
    (("a.io::h.io/r/a", ""), [("b.io::h.io/b", "")]),
    (("", "c.io::h.io/c"), [("a.io::h.io/r/a", "r"), ("b.io::h.io/b", ""), ("c.io::h.io/c", "")]),
    (("", "b.io::h.io/other"), [("a.io::h.io/r/a", "r"), ("b.io::h.io/other", "")]),
    (("a.io::h.io/r/a", "b.io::h.io/b2"), [("b.io::h.io/b2", "")]),
]


@pytest.mark.parametrize(("edit", "left"), TEST_MENDED)
def test_what_an_edit_makes_of_a_table(edit: tuple[str, str], left: list[tuple[str, str]]) -> None:
    mended = TOLD.mended([Edit("entry", *edit), Edit("file", *edit)])
    assert [(str(entry), entry.api_path) for entry in mended] == left
