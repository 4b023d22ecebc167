# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every entry must keep, whatever the notation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.entry_rules import (
    is_writable,
    sound,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.table import (
    MirrorEntry,
    MirrorTable,
)
from tests.unit.helpers.mirror_rules import assert_error

# raw, code, what the subject must name, what the fix must say
TEST_ERRORS: list[tuple[object, str, str, str]] = [
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
    ("docker.io::h.io:65536/p", "invalid_port", "entry 1", "65535"),
    ("h.io:70000::h.io/p", "invalid_port", "entry 1", "65535"),
    ("", "no_entries", "mirrors", "docker.io::"),
    ([], "no_entries", "mirrors", "docker.io::"),
    ("# nothing\n", "no_entries", "mirrors", "docker.io::"),
    ({"docker.io": None}, "empty_target", "entry 1", "docker.io::"),
]


@pytest.mark.parametrize(("raw", "code", "subject", "fix"), TEST_ERRORS)
def test_input_error(raw: object, code: str, subject: str, fix: str) -> None:
    assert_error(raw, code, subject, fix)


HUB = MirrorEntry("docker.io", "h.example.org/p")
QUAY = MirrorEntry("quay.io", "h.example.org/q")


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


def test_last_duplicate_wins() -> None:
    parsed = parse_mirrors("docker.io::a.io,quay.io::h.example.org/q,docker.io::h.example.org/p")

    assert parsed.table.entries == (HUB, QUAY)
    assert not parsed.ok


def test_credentials_stay_out_of_table_and_findings() -> None:
    parsed = parse_mirrors("docker.io::https://bob:word@h.io/x,quay.io::h.example.org/q")

    assert parsed.table.entries == (QUAY,)
    assert "word" not in str(parsed.findings).replace("password", "")


NEXUS = {"source": "docker.io", "target": "h.io/r/hub/p", "api_path": "r/hub"}


@pytest.mark.parametrize("api_path", ["r/hu", "hub", "r/hub/p/q"])
def test_an_api_path_that_is_not_the_targets(api_path: str) -> None:
    (finding,) = parse_mirrors([{**NEXUS, "api_path": api_path}]).findings
    assert finding.code == "api_path_elsewhere"


SIDE = st.lists(
    st.sampled_from(
        [
            *(
                "docker.io",
                "h",
                "/p",
                "/",
                ":5000",
                ":99999",
                ":1",
                "@",
                "-",
                "_",
                ".",
                "P",
                "%X%",
                "{{x}}",
            )
        ]
    ),
    max_size=4,
).map("".join)


@given(source=SIDE | st.sampled_from(["default", "[EXACT]a", "noswap_wildcards"]), target=SIDE)
def test_what_is_writable_is_read_without_an_objection(source: str, target: str) -> None:
    parsed = parse_mirrors([MirrorEntry(source, target)])
    objections = {one.code for one in parsed.findings} - {"empty_target"}
    assert is_writable(MirrorEntry(source, target)) is (not objections), objections


def test_a_table_is_mended_and_loses_what_stands_there_already() -> None:
    given = [("Quay.io", "h.io/x"), ("quay.io", "H.io/y/"), ("gcr.io", "h.io/a//b")]
    mended = sound(MirrorTable(tuple(MirrorEntry(*sides) for sides in given)))
    assert [str(entry) for entry in mended] == ["quay.io::h.io/y", "gcr.io::h.io/a//b"]
