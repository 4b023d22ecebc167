# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading mirror tables, and the rules of their input."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Severity
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

PAGE = (
    "docker.io::harbor.example.org/airgap-images/docker.io,"
    "gcr.io::harbor.example.org/airgap-images/gcr.io,"
    "ghcr.io::harbor.example.org/airgap-images/ghcr.io,"
    "k8s.gcr.io::harbor.example.org/airgap-images/gcr.io,"
    "registry.k8s.io::harbor.example.org/airgap-images/k8s.io,"
    "quay.io::harbor.example.org/airgap-images/quay.io,"
    "us-docker.pkg.dev::harbor.example.org/airgap-images"
)
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
    ("docker.io", "missing_separator", "entry 1 'docker.io'", "docker.io::"),
    ("quay.io::h.io,a.io::b::c", "too_many_separators", "entry 2 'a.io::b::c'", "source::target"),
    ("docker.io=>h.io/x", "arrow_separator", "entry 1", "'docker.io::h.io/x'"),
    ("docker.io -> h.io/x", "arrow_separator", "entry 1", "'docker.io::h.io/x'"),
    ("gcr.io:443", "port_without_target", "entry 1 'gcr.io:443'", "gcr.io:443::"),
    ("gcr.io:443/x", "port_without_target", "entry 1", "::"),
    ("docker.io:h.io/x", "deprecated_separator", "entry 1", "'docker.io::h.io/x'"),
    ("docker.io::[fd00::1]:5000", "ipv6_address", "entry 1", "DNS name"),
    ("docker.io::fd00::1", "ipv6_address", "entry 1", "DNS name"),
    ("::h.io/x", "empty_source", "entry 1 '::h.io/x'", "registry"),
    ("docker.io::", "empty_target", "entry 1 'docker.io::'", "docker.io::"),
    ("docker.io::https://h.io/x", "scheme_in_target", "entry 1", "'docker.io::h.io/x'"),
    ("https://docker.io::h.io/x", "scheme_in_source", "entry 1", "'docker.io::h.io/x'"),
    ("docker.io:: h.io/x", "blank", "entry 1", "'docker.io::h.io/x'"),
    ("docker.io::h.io/x, quay.io::h.io/y", "blank", "entry 2", "'quay.io::h.io/y'"),
    ("docker.io\t::h.io/x", "blank", "entry 1", "'docker.io::h.io/x'"),
    ("docker.io::h.io/x,\nquay.io::h.io/y", "blank", "entry 2", "'quay.io::h.io/y'"),
    ("\tdocker.io::h.io/x\nquay.io::h.io/y\n", "blank", "line 1", "'docker.io::h.io/x'"),
    ("docker.io::h.io/x,docker.io::h.io/y", "duplicate_source", "entry 2", "entry 1 or entry 2"),
    ("docker.io::h.io/x,", "empty_entry", "entry 2", "trailing"),
    (",docker.io::h.io/x", "empty_entry", "entry 1", "leading"),
    ("docker.io::h.io/x,,quay.io::h.io/y", "empty_entry", "entry 2", "double"),
    ("Docker.IO::h.io/x", "uppercase", "entry 1", "'docker.io::h.io/x'"),
    ("docker.io::h.io/X", "uppercase", "entry 1", "'docker.io::h.io/x'"),
    ("docker.io::h.io/x:1", "tag_in_target", "entry 1", "'docker.io::h.io/x'"),
    ("docker.io::h.io/x@sha256:0123", "tag_in_target", "entry 1", "'docker.io::h.io/x'"),
    ("docker.io::h.io/x/", "trailing_slash", "entry 1", "'docker.io::h.io/x'"),
    ("docker.io/::h.io/x", "trailing_slash_in_source", "entry 1", "'docker.io::h.io/x'"),
    ("docker.io::h.io/a//b", "invalid_target", "entry 1", "registry.example.org"),
    ("docker_io::h.io/a", "invalid_source", "entry 1", "docker.io"),
    ("dock\u0435r.io::h.io/a", "not_printable", "entry 1", "anew"),
    ("docker.io::bob:word@h.io/x", "credentials", "entry 1 'docker.io::***@h.io/x'", "password"),
    ("noswap_wildcards::a.io, b.io", "wildcard_comma", "entry 2 ' b.io'", "one pattern"),
    ("a::b # x # y\n# c", "two_comments", "line 1", "one comment"),
    ("REPLACE_WITH_CUSTOM_REGISTRY_MIRROR_REGISTRIES", "placeholder", "entry 1", "your entries"),
    ("ZG9ja2VyLmlvOjpoLmlvL3A=", "base64_text", "entry 1", "Decode"),
    ("docker.io::h.io:65536/p", "invalid_port", "entry 1", "65535"),
    ("h.io:70000::h.io/p", "invalid_port", "entry 1", "65535"),
    ("", "no_entries", "mirrors", "docker.io::"),
    ([], "no_entries", "mirrors", "docker.io::"),
    ("# nothing\n", "no_entries", "mirrors", "docker.io::"),
    (None, "wrong_type", "mirrors", "source::target"),
    (7, "wrong_type", "mirrors", "source::target"),
    ([7], "not_text", "entry 1", "quotes"),
    ([None], "not_text", "entry 1", "quotes"),
    ({"docker.io": 5}, "not_text", "entry 1", "quotes"),
    ({"docker.io": None}, "empty_target", "entry 1", "docker.io::"),
    ([{"source": True, "target": "h.io"}], "not_text", "entry 1", "quotes"),
    ([{"source": "a.io"}], "wrong_keys", "entry 1 'source'", "source: docker.io"),
    ([{"docker.io": "h.io"}], "wrong_keys", "entry 1 'docker.io'", "source: docker.io"),
    ([{"source": "a.io", "target": "h.io", "tag": "1"}], "wrong_keys", "tag", "source: "),
    (b"\xff", "not_utf8", "byte 1", "UTF-8"),
    ("imageSwap: [", "broken_yaml", "line 1", "Mend"),
    ("imageSwap: {}", "no_image_change", "imageSwap.imageChange", "|-"),
]


@pytest.mark.parametrize(("raw", "code", "subject", "fix"), TEST_ERRORS)
def test_input_error(raw: object, code: str, subject: str, fix: str) -> None:
    findings = parse_mirrors(raw).findings

    assert code in [finding.code for finding in findings]
    found = next(finding for finding in findings if finding.code == code)
    assert found.severity is Severity.ERROR
    assert subject in found.subject
    assert fix in found.fix
    assert found.message.endswith((".", "'."))


TEST_NO_ERROR: list[tuple[object, str]] = [
    ("docker.io::h.example.org:8443/p", "port in the target is no tag"),
    ("docker.io::h.example.org:8443", "port without path is no tag"),
    ("docker.io::h.example.org/m-", "a dash at the end glues"),
    ("localhost:5000::h.example.org/p", "source with port"),
    ("docker.io::h.example.org/v2/p", "v2 is judged by the lint"),
    ("[EXACT]docker.io/Nginx:V1::h.example.org/nginx:V2", "exact images keep their tags"),
]


@pytest.mark.parametrize(("raw", "why"), TEST_NO_ERROR)
def test_no_input_error(raw: object, why: str) -> None:
    assert parse_mirrors(raw).findings == (), why


def test_all_errors_at_once_in_order() -> None:
    parsed = parse_mirrors("gcr.io:443,docker.io::https://h.io/x/,,quay.io::h.io/y:1")

    assert [(finding.code, finding.subject[:7]) for finding in parsed.findings] == [
        ("port_without_target", "entry 1"),
        ("scheme_in_target", "entry 2"),
        ("trailing_slash", "entry 2"),
        ("empty_entry", "entry 3"),
        ("tag_in_target", "entry 4"),
    ]


def test_fix_mends_everything_at_once() -> None:
    (finding, *_others) = parse_mirrors("Docker.IO::HTTPS://H.io/x:1/").findings

    assert finding.fix == "Write 'docker.io::h.io/x'."


def test_deprecated_default_is_read_with_a_warning() -> None:
    parsed = parse_mirrors("default:h.example.org/p")

    assert parsed.table.entries == (MirrorEntry("default", "h.example.org/p"),)
    assert [finding.severity for finding in parsed.findings] == [Severity.WARNING]


def test_map_file_accepts_the_deprecated_separator() -> None:
    parsed = parse_mirrors("docker.io:h.example.org/p", "imageswap_map")

    assert parsed.table.entries == (HUB,)
    assert [finding.code for finding in parsed.findings] == ["deprecated_separator"]


def test_last_duplicate_wins() -> None:
    parsed = parse_mirrors("docker.io::a.io,quay.io::h.example.org/q,docker.io::h.example.org/p")

    assert parsed.table.entries == (HUB, QUAY)
    assert not parsed.ok


def test_credentials_stay_out_of_table_and_findings() -> None:
    parsed = parse_mirrors("docker.io::https://bob:word@h.io/x,quay.io::h.example.org/q")

    assert parsed.table.entries == (QUAY,)
    assert "word" not in str(parsed.findings).replace("password", "")


def test_unknown_notation() -> None:
    (finding,) = parse_mirrors(PAGE, "toml").findings

    assert finding.code == "unknown_notation"
    assert "palette" in finding.fix


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


@settings(max_examples=100, deadline=None)
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


@pytest.mark.parametrize("api_path", ["r/hu", "hub", "r/hub/p/q"])
def test_an_api_path_that_is_not_the_targets(api_path: str) -> None:
    (finding,) = parse_mirrors([{**NEXUS, "api_path": api_path}]).findings
    assert finding.code == "api_path_elsewhere"
