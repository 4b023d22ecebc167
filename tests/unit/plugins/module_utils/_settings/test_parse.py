# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Severity
from ansible_collections.palette.image_registry.plugins.module_utils._settings.parse import (
    parse_settings,
    read_boolean,
)

GOOD: dict[str, t.Any] = {
    "endpoint": "harbor.example.org",
    "name": "Internal Registry",
    "base_content_path": "airgap-images",
    "username": "",
    "password": "",
    "insecure_skip_verify": False,
    "ca_cert": "",
    "mirrors": "docker.io::harbor.example.org/airgap-images/docker.io",
}

TEST_BAD: list[tuple[str, t.Any, str, str]] = [
    # field, value, code, what the message or the fix must say
    ("endpoint", "", "settings_required", "set endpoint"),
    ("endpoint", "https://harbor.example.org", "endpoint_not_bare", "'harbor.example.org'"),
    ("endpoint", "harbor.example.org/", "endpoint_not_bare", "'harbor.example.org'"),
    ("endpoint", "harbor.example.org/v2", "endpoint_not_bare", "no /v2"),
    ("endpoint", " harbor.example.org", "endpoint_not_bare", "no blanks"),
    ("endpoint", "harbor:99999", "endpoint_invalid", "1 to 65535"),
    ("endpoint", "har bor", "endpoint_invalid", "host[:port]"),
    ("endpoint", 5, "settings_not_a_string", "quotes"),
    ("name", None, "settings_required", "set name"),
    ("base_content_path", "", "settings_required", "set base_content_path"),
    ("base_content_path", "/airgap-images/", "base_content_path_slash", "'airgap-images'"),
    ("base_content_path", "v2/airgap-images", "base_content_path_v2", "v2_prefix"),
    ("base_content_path", "Airgap", "base_content_path_invalid", "lowercase"),
    ("username", "robot", "credentials_incomplete", "set both"),
    ("password", "x", "credentials_incomplete", "set both"),
    ("password", 12e4, "settings_not_a_string", "YAML read it as a number"),
    ("password", True, "settings_not_a_string", "YAML read it as a boolean"),
    ("password", datetime.date(2026, 1, 2), "settings_not_a_string", "YAML read it as a date"),
    ("username", ["a"], "settings_not_a_string", "YAML read it as a list"),
    ("username", "a:b", "username_colon", "colon"),
    ("insecure_skip_verify", "maybe", "settings_not_a_boolean", "true or"),
    ("ca_cert", "not a certificate", "ca_cert_invalid", "PEM"),
    ("ca_cert", "/nowhere/ca.pem", "ca_cert_unreadable", "/nowhere/ca.pem"),
    ("mirrors", "", "settings_required", "docker.io::"),
    ("mirrors", None, "settings_required", "docker.io::"),
    ("token_hosts", ["https://auth.example.org/t"], "token_hosts_invalid", "auth.example.org"),
]


# password, other settings, the fields that are named
TEST_PASSWORD_PLACES: list[tuple[str, dict[str, t.Any], str]] = [
    ("harbor", {}, "endpoint, mirrors,"),
    ("robot", {"username": "robot"}, "username,"),
    ("Docks", {"name": "The Docks"}, "name,"),
    ("airgap", {"mirrors": {"quay.io": "h.io/p"}}, "base_content_path,"),
    ("quay", {"mirrors": [{"source": "quay.io", "target": "h.io/p"}]}, "mirrors,"),
]


@pytest.mark.parametrize(("password", "others", "places"), TEST_PASSWORD_PLACES)
def test_a_password_that_is_part_of_another_setting_is_told_and_not_shown(
    password: str, others: dict[str, t.Any], places: str
) -> None:
    parsed = parse_settings({**GOOD, "username": "bob", **others, "password": password})
    (found,) = (item for item in parsed.findings if item.code == "password_in_settings")
    assert parsed.settings is not None
    assert found.severity is Severity.WARNING
    assert f"part of {places}" in found.message
    assert password not in f"{found.message} {found.fix}"


@pytest.mark.parametrize("field", ["username", "password"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\t", "\x7f"])
def test_a_control_character_in_a_credential_is_told_and_kept(field: str, end: str) -> None:
    given = {**GOOD, "username": "bob", "password": "harb0r", field: f"s3cret{end}"}
    parsed = parse_settings(given)
    (found,) = parsed.findings
    assert (found.code, found.severity) == ("credentials_control_character", Severity.WARNING)
    assert found.subject == f"palette_registry.{field}"
    assert "s3cret" not in f"{found.message} {found.fix}"
    assert parsed.settings is not None
    assert getattr(parsed.settings, field) == f"s3cret{end}"


def test_a_password_of_its_own_is_not_told() -> None:
    parsed = parse_settings({**GOOD, "username": "bob", "password": "harb0r"})
    assert parsed.findings == ()


@pytest.mark.parametrize("scheme", ["", "https://"])
def test_credentials_in_the_endpoint_are_not_shown(scheme: str) -> None:
    parsed = parse_settings({**GOOD, "endpoint": f"{scheme}bob:pa/s@word@harbor.example.org"})
    (found,) = (item for item in parsed.findings if item.code == "endpoint_invalid")
    assert f"'{scheme}***@harbor.example.org'" in found.message
    assert "pa/s" not in found.message


def read_nothing(path: str) -> bytes:
    raise FileNotFoundError(2, "No such file or directory", path)


def test_the_pages_form_is_read() -> None:
    parsed = parse_settings(GOOD)
    assert parsed.settings is not None
    assert parsed.settings.prefix == "harbor.example.org/airgap-images"
    assert parsed.settings.mirror_string == GOOD["mirrors"]
    assert not parsed.settings.insecure_skip_verify


@pytest.mark.parametrize(("field", "value", "code", "says"), TEST_BAD)
def test_bad_values_are_named_with_the_fix(field: str, value: t.Any, code: str, says: str) -> None:
    parsed = parse_settings({**GOOD, field: value}, read_file=read_nothing)
    found = [finding for finding in parsed.findings if finding.code == code]
    assert parsed.settings is None
    assert found, parsed.findings
    assert says in f"{found[0].message} {found[0].fix}"
    assert found[0].severity is Severity.ERROR


def test_all_findings_come_at_once_and_unknown_keys_get_a_suggestion() -> None:
    parsed = parse_settings({"endpiont": "x", "insecureSkipVerify": True, "mirrors": "a=>b"})
    codes = [finding.code for finding in parsed.findings]
    assert codes.count("settings_required") == 3
    assert codes.count("settings_unknown_key") == 2
    fixes = " ".join(finding.fix for finding in parsed.findings)
    assert "did you mean endpoint?" in fixes
    assert "did you mean insecure_skip_verify?" in fixes
    assert any(
        finding.subject.startswith("entry") or "a=>b" in finding.subject + finding.message
        for finding in parsed.findings
    )


@pytest.mark.parametrize(
    ("raw", "kind"), [(None, "empty"), ("text", "text"), ([], "a list"), (3, "a number")]
)
def test_what_is_no_mapping_is_one_finding(raw: object, kind: str) -> None:
    parsed = parse_settings(raw)
    assert parsed.settings is None
    assert [finding.message for finding in parsed.findings] == [f"it is {kind}, not a mapping"]


def test_subclasses_count_as_what_they_extend() -> None:
    class TaggedInt(int):
        """As ansible-core's data tagging makes them."""

    parsed = parse_settings({**GOOD, "username": "robot", "password": TaggedInt(5)})
    assert [finding.code for finding in parsed.findings] == ["settings_not_a_string"]
    assert "a number" in parsed.findings[0].message


def test_the_name_is_the_charts_and_not_needed_without_it() -> None:
    without = {key: value for key, value in GOOD.items() if key != "name"}
    assert parse_settings(without, airgap=False).settings is not None
    assert parse_settings(without, airgap=True).settings is None


def test_a_password_never_stands_in_a_finding() -> None:
    parsed = parse_settings({**GOOD, "username": "", "password": "hunter22-secret"})
    assert "hunter22" not in repr(parsed.findings)


@pytest.mark.parametrize("given", ["text", "path"])
def test_a_private_key_as_ca_is_refused_and_not_shown(given: str) -> None:
    key = "-----BEGIN PRIVATE KEY-----\nhunter22\n-----END PRIVATE KEY-----\n"
    value = key if given == "text" else "files/ca.cert"
    parsed = parse_settings({**GOOD, "ca_cert": value}, read_file=lambda path: key.encode())
    (found,) = parsed.findings
    assert parsed.settings is None
    assert found.code == "ca_private_key"
    assert "Replace the key" in found.fix
    assert "hunter22" not in repr(found)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        ("true", True),
        ("True", True),
        ("yes", True),
        ("1", True),
        (1, True),
        (False, False),
        ("false", False),
        ("False", False),
        ("no", False),
        ("0", False),
        (0, False),
        ("", False),
        (None, False),
        ("maybe", None),
        (2, None),
        ([], None),
        (1.5, None),
    ],
)
def test_read_boolean(value: object, expected: bool | None) -> None:
    assert read_boolean(value) is expected


@given(
    st.dictionaries(
        st.sampled_from(list(GOOD)) | st.text(max_size=8),
        st.none() | st.booleans() | st.integers() | st.text(max_size=40) | st.lists(st.text()),
    )
)
def test_anything_gives_settings_or_findings(raw: dict[str, t.Any]) -> None:
    parsed = parse_settings(raw, read_file=read_nothing)
    assert parsed.settings is not None or parsed.findings


@pytest.mark.parametrize("told", ["p/hub", "/p/hub/", "p/hub/v2"])
def test_where_the_api_lies_is_told_for_all_mirrors_below_it(told: str) -> None:
    mirrors = "docker.io::h.io/p/hub/a,quay.io::h.io/q,gcr.io::other.io/p/hub/b"
    parsed = parse_settings({**GOOD, "endpoint": "h.io", "mirrors": mirrors, "api_path": told})
    assert parsed.settings is not None
    assert [entry.api_path for entry in parsed.settings.mirrors] == ["p/hub", "", ""]
    assert parsed.settings.api_places == ("h.io/p/hub",)


def test_an_api_path_that_is_none() -> None:
    (finding,) = parse_settings({**GOOD, "api_path": "https://h.io/v2"}).findings
    assert (finding.code, finding.subject) == ("api_path_invalid", "palette_registry.api_path")
