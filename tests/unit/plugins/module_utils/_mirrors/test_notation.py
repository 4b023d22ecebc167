# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading mirror tables, and the rules of their input."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    NOTATIONS,
    node_endpoints,
    node_table,
    parse_mirrors,
    render_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.table import (
    MirrorEntry,
    MirrorTable,
    ParsedMirrors,
)
from tests.unit.helpers.mirror_rules import OVERRIDE_PAGE, assert_error

HUB = MirrorEntry("docker.io", "h.example.org/p")
DEFAULT = MirrorEntry("default", "")
QUAY = MirrorEntry("quay.io", "h.example.org/q")

TEST_READ: list[tuple[object, str, tuple[MirrorEntry, ...]]] = [
    ("docker.io::h.example.org/p", "palette", (HUB,)),
    ("docker.io::h.example.org/p,quay.io::h.example.org/q", "palette", (HUB, QUAY)),
    (b"docker.io::h.example.org/p", "palette", (HUB,)),
    (["docker.io::h.example.org/p", QUAY.to_dict()], "list", (HUB, QUAY)),
    ((HUB, QUAY), "list", (HUB, QUAY)),
    (MirrorTable((HUB, QUAY)), "list", (HUB, QUAY)),
    ({"source": "docker.io", "target": "h.example.org/p"}, "mapping", (HUB,)),
    ({"docker.io": "h.example.org/p", "quay.io": "h.example.org/q"}, "mapping", (HUB, QUAY)),
    ("docker.io::h.example.org/p\nquay.io::h.example.org/q\n", "imageswap_map", (HUB, QUAY)),
    ("# note\n\n docker.io :: h.example.org/p # why\n  # more\n", "imageswap_map", (HUB,)),
    (
        "default::\nquay.io::",
        "imageswap_map",
        (MirrorEntry("default", ""), MirrorEntry("quay.io", "")),
    ),
    ("imageSwap:\n  imageChange: |-\n    docker.io::h.example.org/p\n", "image_change", (HUB,)),
    ({"imageSwap": {"imageChange": "docker.io::h.example.org/p"}}, "image_change", (HUB,)),
    (
        "default::,docker.io::",
        "palette",
        (MirrorEntry("default", ""), MirrorEntry("docker.io", "")),
    ),
    (
        "docker.io::,docker.io/library::h.example.org/p",
        "palette",
        (MirrorEntry("docker.io", ""), MirrorEntry("docker.io/library", "h.example.org/p")),
    ),
    (
        "[EXACT]quay.io/a:1::h.example.org/a:2\n[REPLACE]*/B*::h.example.org\n"
        "noswap_wildcards::a, b",
        "imageswap_map",
        (
            MirrorEntry("[EXACT]quay.io/a:1", "h.example.org/a:2"),
            MirrorEntry("[REPLACE]*/B*", "h.example.org"),
            MirrorEntry("noswap_wildcards", "a,b"),
        ),
    ),
]


@pytest.mark.parametrize(("raw", "notation", "entries"), TEST_READ)
def test_read(raw: object, notation: str, entries: tuple[MirrorEntry, ...]) -> None:
    assert parse_mirrors(raw) == ParsedMirrors(MirrorTable(entries), (), notation)


# raw, code, what the subject must name, what the fix must say
TEST_ERRORS: list[tuple[object, str, str, str]] = [
    (None, "wrong_type", "mirrors", "source::target"),
    (7, "wrong_type", "mirrors", "source::target"),
    (b"\xff", "not_utf8", "byte 1", "UTF-8"),
]


@pytest.mark.parametrize(("raw", "code", "subject", "fix"), TEST_ERRORS)
def test_input_error(raw: object, code: str, subject: str, fix: str) -> None:
    assert_error(raw, code, subject, fix)


def test_unknown_notation() -> None:
    (finding,) = parse_mirrors(OVERRIDE_PAGE, "toml").findings

    assert finding.code == "unknown_notation"
    assert "palette" in finding.fix


TEST_ENDPOINTS: list[tuple[str, str]] = [
    ("h.example.org/p/docker.io", "h.example.org/v2/p/docker.io"),
    ("h.example.org", "h.example.org"),
    ("h.example.org/v2/p", "h.example.org/v2/p"),
    ("h.example.org/v2", "h.example.org/v2"),
    ("h.example.org/v2x/p", "h.example.org/v2/v2x/p"),
    ("localhost:5000/p", "localhost:5000/v2/p"),
]


@pytest.mark.parametrize(("target", "endpoint"), TEST_ENDPOINTS)
def test_node_endpoints(target: str, endpoint: str) -> None:
    table = MirrorTable((MirrorEntry("docker.io", target),))

    assert node_endpoints(table) == table.entries
    assert node_endpoints(table, "v2_prefix") == (MirrorEntry("docker.io", endpoint),)


def test_the_node_table_leaves_what_nodes_do_not_look_up() -> None:
    entries = (MirrorEntry("docker.io", "h.io/p"), MirrorEntry("[EXACT]a", "h.io/p/a"))
    table = MirrorTable(entries)

    assert node_table(table) is table
    assert node_table(table, "v2_prefix").entries == (
        MirrorEntry("docker.io", "h.io/v2/p"),
        entries[1],
    )


def test_only_registries_have_node_endpoints() -> None:
    sources = ("default", "docker.io/library", "noswap_wildcards", "[EXACT]a", "[REPLACE]b")
    entries = tuple(MirrorEntry(source, "h.io") for source in sources)

    assert node_endpoints(MirrorTable((*entries, MirrorEntry("quay.io", "")))) == ()


def test_unknown_path_style() -> None:
    with pytest.raises(ValueError, match="'x' is no path style: verbatim or v2_prefix"):
        node_endpoints(MirrorTable(), "x")


_LIKELY = st.text(alphabet="abdo.io:/,=>-#[]\t\n @\\\"'{}", max_size=60)
_SCALAR = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _LIKELY, st.binary())
_ANYTHING = st.recursive(
    st.one_of(_SCALAR, st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(
                st.sampled_from(["source", "target", "imageSwap", "mirrors", "a/hosts.toml"]),
                st.text(max_size=5),
                st.integers(),
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)


@given(raw=_ANYTHING, notation=st.sampled_from(["auto", *NOTATIONS]))
def test_anything_gives_entries_or_findings(raw: t.Any, notation: str) -> None:
    parsed = parse_mirrors(raw, notation)

    assert parsed.table.entries or parsed.findings
    assert all(finding.message and finding.fix for finding in parsed.findings)


NEXUS = {"source": "docker.io", "target": "h.io/r/hub/p", "api_path": "r/hub"}


def test_where_the_api_lies_is_told_in_an_entry_and_rendered_for_nodes() -> None:
    parsed = parse_mirrors([NEXUS])
    assert parsed.ok
    assert render_mirrors(parsed.table, "list") == [NEXUS]
    # Names have none of it: the webhook puts them into pods.
    assert render_mirrors(parsed.table, "palette") == "docker.io::h.io/r/hub/p"
    assert [entry.target for entry in node_endpoints(parsed.table)] == ["h.io/r/hub/p"]
    assert node_endpoints(parsed.table, "v2_prefix") == (
        MirrorEntry("docker.io", "h.io/r/hub/v2/p"),
    )
    url = "https://h.io/r/hub/v2/p"
    assert url in str(render_mirrors(parsed.table, "k3s_registries"))
    assert url in str(render_mirrors(parsed.table, "containerd_hosts"))
    assert url in str(render_mirrors(parsed.table, "containerd_mirrors", path_style="v2_prefix"))
