# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chart values: read as Helm reads them, written so that Helm reads them back."""

from __future__ import annotations

import math
import typing as t

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.plugin_utils._diff import readable
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.values import (
    changed_paths,
    parse_values,
    same,
    secrets_in,
    values_json,
    without_secrets,
)

# Each line was read by helm 3.17.3 and helm 4.1.4, which agree: `helm template` of a chart whose
# only template prints `.Values | toJson`.
TEST_AS_HELM: list[tuple[str, t.Any]] = [
    ("y", True),
    ("Yes", True),
    ("on", True),
    ("n", False),
    ("OFF", False),
    ("oN", "oN"),
    ("~", None),
    ("null", None),
    ("", None),
    ("12e4", 120000),
    ('"12e4"', "12e4"),
    ("1e3", 1000),
    ("1e+3", 1000),
    (".5e3", 500),
    ("1e-7", 1e-7),
    ("1e", "1e"),
    ("e5", "e5"),
    ("0o17", 15),
    ("017", 15),
    ("-017", -15),
    ("0_7", 7),
    ("08", 8),
    ("0o8", "0o8"),
    ("09.5", 9.5),
    ("0x1F", 31),
    ("-0x1f", -31),
    ("0x", "0x"),
    ("0b11", 3),
    ("1_000", 1000),
    ("1__0", 10),
    ("_1", "_1"),
    ("1_000.5e2", 100050),
    ("1._5", 1.5),
    ("1.", 1),
    (".5", 0.5),
    (".", "."),
    ("+", "+"),
    ("+5", 5),
    ("+1.5", 1.5),
    ("-0.0", 0),
    ("00", 0),
    ("=", "="),
    ("1.2.3", "1.2.3"),
    ("1:30", "1:30"),
    ("2024-01-01", "2024-01-01"),
    ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
    ("!!str 1", "1"),
    ("!!binary aGk=", "hi"),
    ("[on, OFF, oN, Y]", [True, False, "oN", True]),
    ("{<<: {a: 1}, b: 2}", {"a": 1, "b": 2}),
    ("{n: 1}", {"false": 1}),
    ("{1: a, 1.5: b}", {"1": "a", "1.5": "b"}),
    ("123456789012345678901234", 1.2345678901234569e23),
    ("123456789012345678", 123456789012345680),
]


@pytest.mark.parametrize(("text", "expected"), TEST_AS_HELM)
def test_values_are_read_as_helm_reads_them(text: str, expected: t.Any) -> None:
    assert same(parse_values(f"key: {text}", "values.yaml")["key"], expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1}", "values.yaml, line 1, column 6: this is no YAML"),
        ("a: 1\n b: 2", "values.yaml, line 2, column 3: this is no YAML"),
        ("- a", "values.yaml: values must be a mapping at the top level"),
        ("text", "values.yaml: values must be a mapping at the top level"),
        ("a: !unknown 1", "values.yaml, line 1, column 4: this is no YAML"),
        ("? [a]\n: 1", "values.yaml"),
    ],
)
def test_what_is_no_values_file_is_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("[", r"\[")):
        parse_values(text, "values.yaml")


def test_an_empty_file_has_no_values() -> None:
    assert parse_values("# nothing\n", "values.yaml") == {}


@given(st.text())
def test_any_text_gives_values_or_a_sentence(text: str) -> None:
    try:
        assert isinstance(parse_values(text, "values.yaml"), dict)
    except ValueError as error:
        assert str(error).startswith("values.yaml")


def printed(char: str) -> bool:
    """Return whether Helm can print a character: not DEL, C1 controls, noncharacters."""
    return not ("\x7f" <= char <= "\x9f" or char in "\ufffe\uffff")


TEXT = st.text(
    st.characters(exclude_categories=["Cs"]).filter(lambda char: char in "\x85" or printed(char)),
    max_size=20,
)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT
VALUES = st.dictionaries(
    TEXT,
    LEAVES | st.lists(LEAVES, max_size=3) | st.dictionaries(TEXT, LEAVES, max_size=3),
    max_size=4,
)


@given(VALUES)
def test_written_values_are_read_back_to_the_letter(values: dict[str, t.Any]) -> None:
    text = values_json(values)
    assert yaml.safe_load(text) == values
    assert same(parse_values(text, "values.json"), values)


@pytest.mark.parametrize("value", [math.inf, math.nan, "\ud800", b"bytes", object()])
def test_what_helm_cannot_read_is_refused(value: t.Any) -> None:
    with pytest.raises(ValueError, match="cannot be written for Helm"):
        values_json({"key": value})


@pytest.mark.parametrize("char", ["\x7f", "\x80", "\x84", "\x86", "\x9f", "\ufffe", "\uffff"])
def test_what_helm_cannot_print_again_is_refused(char: str) -> None:
    with pytest.raises(ValueError, match=rf"control character U\+{ord(char):04X}"):
        values_json({"key": f"a{char}b"})


TEST_SAME: list[tuple[t.Any, t.Any, bool]] = [
    (1, 1.0, True),
    (True, 1, False),
    (False, 0, False),
    ("1", 1, False),
    (None, "", False),
    (None, False, False),
    ([1, 2], [1, 2.0], True),
    ([1], [1, 2], False),
    ({"a": 1}, {"a": 1, "b": None}, False),
    ({"a": {"b": True}}, {"a": {"b": True}}, True),
    ({}, None, False),
    (2**53 + 1, float(2**53), True),
]


@pytest.mark.parametrize(("left", "right", "expected"), TEST_SAME)
def test_same(left: t.Any, right: t.Any, expected: bool) -> None:
    assert same(left, right) is expected
    assert same(right, left) is expected


TEST_CHANGED: list[tuple[dict[str, t.Any], dict[str, t.Any], list[str]]] = [
    ({}, {}, []),
    ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, ["a.c"]),
    ({}, {"a": {"b": 1, "c": {"d": 2}}}, ["a.b", "a.c.d"]),
    ({}, {"a": {}}, ["a"]),
    ({"a": {"b": 1}}, {}, ["a"]),
    ({"a": {"b": 1}}, {"a": 1}, ["a"]),
    ({"a": None}, {}, ["a"]),
    ({"a": 1}, {"a": 1.0}, []),
    ({"z": 1, "a": 1}, {"z": 2, "a": 2}, ["a", "z"]),
]


@pytest.mark.parametrize(("before", "after", "expected"), TEST_CHANGED)
def test_changed_paths(
    before: dict[str, t.Any], after: dict[str, t.Any], expected: list[str]
) -> None:
    assert changed_paths(before, after) == expected


SECRETIVE = {
    "endpoint": "harbor.example.org",
    "password": "12e4",
    "config": {"imagePullSecret": {"create": True, "dockerConfigJson": "eyJh"}, "tokens": ["t1"]},
}


def test_secrets_are_found_by_their_keys() -> None:
    assert sorted(secrets_in(SECRETIVE)) == ["12e4", "eyJh", "t1"]


def test_secrets_are_shown_as_fingerprints() -> None:
    shown = without_secrets(SECRETIVE)
    assert shown["endpoint"] == "harbor.example.org"
    assert shown["password"].startswith("<redacted ")
    assert shown["config"]["imagePullSecret"]["create"] is True
    assert "eyJh" not in str(shown) and "t1" not in str(shown)
    assert without_secrets({"password": "a"}) != without_secrets({"password": "b"})


def test_text_of_several_lines_stays_readable() -> None:
    assert readable({"caCert": "one\ntwo\n"}) == "caCert: |\n  one\n  two\n"
    assert readable(None) == ""


def test_a_private_key_is_secret_under_any_key() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n"
    values = {"config": {"ociImageRegistry": {"caCert": key}}, "list": [key, "clear"]}
    assert list(secrets_in(values)) == [key, key]
    assert without_secrets(values)["list"][1] == "clear"
    assert "abc" not in str(without_secrets(values))
