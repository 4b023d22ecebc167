# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writing every notation, and reading it back."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    NOTATIONS,
    parse_mirrors,
    render_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.table import (
    MirrorEntry,
    MirrorTable,
)
from tests.unit.helpers.mirror_rules import TABLE

OLD = "io.containerd.grpc.v1.cri"
NEW = "io.containerd.cri.v1.images"


def table(*entries: str) -> MirrorTable:
    return MirrorTable(tuple(MirrorEntry(*text.split("::")) for text in entries))


@pytest.mark.parametrize("notation", NOTATIONS)
def test_page_survives_every_notation(notation: str) -> None:
    parsed = parse_mirrors(render_mirrors(TABLE, notation))

    assert (parsed.table, parsed.notation, parsed.findings) == (TABLE, notation, ())


def test_unknown_path_style() -> None:
    with pytest.raises(ValueError, match="'v2' is no path style"):
        render_mirrors(TABLE, "palette", path_style="v2")


def test_unknown_notation() -> None:
    with pytest.raises(ValueError, match="'toml' is no notation: choose one of palette"):
        render_mirrors(TABLE, "toml")


TEST_LOST: list[tuple[str, str, str]] = [
    ("palette", "noswap_wildcards::a.io,b.io", "a comma ends an entry"),
    ("palette", "quay.io::", "target is empty"),
    ("palette", "quay.io::https://h.io", "begins with a scheme"),
    ("imageswap_map", "quay.io::h.io/#a", "begins a comment"),
    ("image_change", "quay.io::h.io/#a", "begins a comment"),
    ("containerd_hosts", "docker.io/library::h.io", "no library entries"),
    ("containerd_hosts", "noswap_wildcards::h.io", "no wildcards entries"),
    ("containerd_hosts", "quay.io::", "exempts"),
    ("containerd_hosts", "quay.io::httpbin.io/v2/p", "misreads"),
    ("containerd_mirrors", "[EXACT]a::h.io/b", "no exact entries"),
    ("containerd_mirrors", "quay.io/jetstack::h.io/b", "never a path"),
    ("containerd_mirrors", "quay.io::h.io/b-", "end in '-'"),
    ("k3s_registries", "[REPLACE]a::h.io/b", "no replace entries"),
    ("k3s_registries", "quay.io::", "exempts"),
]


@pytest.mark.parametrize(("notation", "entry", "reason"), TEST_LOST)
def test_what_a_notation_cannot_express_is_an_error(notation: str, entry: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{notation} cannot express") as raised:
        render_mirrors(table("docker.io::h.io/a", entry), notation)

    assert entry in str(raised.value)
    assert reason in str(raised.value)


def test_error_names_every_entry() -> None:
    with pytest.raises(ValueError, match="cannot express") as raised:
        render_mirrors(table("[EXACT]a::h.io/b", "[REPLACE]c::h.io"), "k3s_registries")

    assert "[EXACT]a" in str(raised.value)
    assert "[REPLACE]c" in str(raised.value)


def test_empty_table_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot express this table: There is no mirror entry"):
        render_mirrors(MirrorTable(), "palette")


_LABEL = st.sampled_from(["docker", "h", "v2", "a-b", "http", "0", "x", "localhost", "io"])
_HOST = st.builds(
    lambda labels, port: ".".join(labels) + port,
    st.lists(_LABEL, min_size=1, max_size=3),
    st.sampled_from(["", ":5000"]),
)
_PLACE = st.builds(
    lambda host, path, end: "/".join([host, *path]) + end,
    _HOST,
    st.lists(_LABEL, max_size=3),
    st.sampled_from(["", "", "", "-", "/", ":1"]),
)
_SOURCE = st.one_of(
    _HOST,
    _PLACE,
    st.sampled_from(
        ["default", "noswap_wildcards", "docker.io/library", "[EXACT]A:1", "[REPLACE]*"]
    ),
)
_ENTRY = st.builds(
    MirrorEntry, _SOURCE, st.one_of(_PLACE, st.just(""), st.just("a,b"), st.text(max_size=4))
)


def _unique(entries: list[MirrorEntry]) -> MirrorTable:
    return MirrorTable(tuple({entry.source: entry for entry in entries}.values()))


@given(
    entries=st.lists(_ENTRY, min_size=1, max_size=4),
    notation=st.sampled_from(list(NOTATIONS)),
    options=st.fixed_dictionaries(
        {
            "path_style": st.sampled_from(["verbatim", "v2_prefix"]),
            "config_version": st.sampled_from([2, 3]),
        }
    ),
)
def test_what_is_written_reads_back(
    entries: list[MirrorEntry], notation: str, options: dict[str, t.Any]
) -> None:
    written = _unique(entries)
    try:
        rendered = render_mirrors(written, notation, **options)
    except ValueError as error:
        assert "cannot express" in str(error)
        return
    parsed = parse_mirrors(rendered, notation)
    assert parsed.ok
    assert parsed.table == written


@given(hosts=st.lists(_HOST, min_size=1, max_size=4, unique=True), target=_HOST)
def test_plain_tables_have_every_notation(hosts: list[str], target: str) -> None:
    """A table of plain registries can be written in every notation, and is detected."""
    written = _unique(
        [MirrorEntry(host, f"{target}/p/{index}") for index, host in enumerate(hosts)]
    )
    for notation in NOTATIONS:
        parsed = parse_mirrors(render_mirrors(written, notation))
        if notation != "imageswap_map" or len(hosts) > 1:  # one line is both
            assert parsed.notation == notation
        assert parsed.table == written
