# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Palette's string, and lists and mappings of the same entries."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Severity
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
    render_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notations.palette import (
    SEPARATORS,
    unsupported,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.table import (
    MirrorEntry,
)
from tests.unit.helpers.mirror_rules import SHORT_PAGE, TABLE, assert_error

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
    ("docker.io::h.io/x,", "empty_entry", "entry 2", "trailing"),
    (",docker.io::h.io/x", "empty_entry", "entry 1", "leading"),
    ("docker.io::h.io/x,,quay.io::h.io/y", "empty_entry", "entry 2", "double"),
    ("noswap_wildcards::a.io, b.io", "wildcard_comma", "entry 2 ' b.io'", "one pattern"),
    ("REPLACE_WITH_CUSTOM_REGISTRY_MIRROR_REGISTRIES", "placeholder", "entry 1", "your entries"),
    ("ZG9ja2VyLmlvOjpoLmlvL3A=", "base64_text", "entry 1", "Decode"),
    ([7], "not_text", "entry 1", "quotes"),
    ([None], "not_text", "entry 1", "quotes"),
    ({"docker.io": 5}, "not_text", "entry 1", "quotes"),
    ([{"source": True, "target": "h.io"}], "not_text", "entry 1", "quotes"),
    ([{"source": "a.io"}], "wrong_keys", "entry 1 'source'", "source: docker.io"),
    ([{"docker.io": "h.io"}], "wrong_keys", "entry 1 'docker.io'", "source: docker.io"),
    ([{"source": "a.io", "target": "h.io", "tag": "1"}], "wrong_keys", "tag", "source: "),
]


@pytest.mark.parametrize(("raw", "code", "subject", "fix"), TEST_ERRORS)
def test_input_error(raw: object, code: str, subject: str, fix: str) -> None:
    assert_error(raw, code, subject, fix)


def test_palette_string_is_the_page() -> None:
    assert render_mirrors(TABLE, "palette") == SHORT_PAGE


def test_deprecated_default_is_read_with_a_warning() -> None:
    parsed = parse_mirrors("default:h.example.org/p")

    assert parsed.table.entries == (MirrorEntry("default", "h.example.org/p"),)
    assert [finding.severity for finding in parsed.findings] == [Severity.WARNING]


# a text, and the rule of separators that it breaks first
TEST_SEPARATORS: list[tuple[str, str]] = [
    ("a.io::b", ""),
    ("a::[fd00::1]", "ipv6_address"),
    ("a::b::c", "too_many_separators"),
    ("a=>b:c", "arrow_separator"),
    ("a.io:443/x", "port_without_target"),
    ("a.io:b.io", "deprecated_separator"),
    ("a.io", "missing_separator"),
]


@pytest.mark.parametrize(("text", "code"), TEST_SEPARATORS)
def test_separators(text: str, code: str) -> None:
    assert next((rule.code for rule in SEPARATORS if rule.matches(text)), "") == code


@pytest.mark.parametrize("key", ["source", "target", "api_path"])
def test_a_side_that_is_no_text_is_named(key: str) -> None:
    entry = {"source": "a.io", "target": "h.io/p", "api_path": "p", key: 5}
    (finding,) = parse_mirrors([entry]).findings[:1]
    assert (finding.code, finding.message.split(" is a ")[0]) == ("not_text", f"The {key}")


def test_wildcards_of_a_list_may_have_commas_and_a_string_none() -> None:
    patterns = MirrorEntry("noswap_wildcards", "a.io,b.io")
    assert parse_mirrors([patterns.to_dict()]).table.entries == (patterns,)
    assert unsupported(patterns) == "a comma ends an entry"
