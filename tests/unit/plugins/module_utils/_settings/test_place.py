# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts and paths as people write them: what to write instead is right, and written once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Severity
from ansible_collections.palette.image_registry.plugins.module_utils._fix import edits_of
from ansible_collections.palette.image_registry.plugins.module_utils._settings.parse import (
    parse_settings,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.place import (
    bare_place,
    read_base_path,
    read_endpoint,
)

HOST = "harbor.example.org"

# as written, the code, what to write
TEST_ENDPOINTS: list[tuple[str, str, str]] = [
    (f"https://{HOST.upper()}/v2/", "endpoint_not_bare", HOST),
    (f"{HOST}/v2/v2", "endpoint_not_bare", HOST),
    (f"{HOST}:5000/", "endpoint_not_bare", f"{HOST}:5000"),
    (HOST.title(), "endpoint_uppercase", HOST),
    (f"https://me:secret@{HOST}", "endpoint_invalid", HOST),
    (f"ftp://{HOST}", "endpoint_invalid", ""),
    ("a.b://c", "endpoint_invalid", ""),
    ("[fd00::1]:5000", "endpoint_invalid", ""),
    (f"{HOST}:70000", "endpoint_invalid", ""),
    ("{{ x }}", "endpoint_invalid", ""),
]
TEST_PATHS: list[tuple[str, str, str]] = [
    ("/p/", "base_content_path_slash", "p"),
    ("v2/p", "base_content_path_v2", "p"),
    ("v2/v2/p", "base_content_path_v2", "p"),
    ("v2", "base_content_path_v2", ""),
    ("Team/P", "base_content_path_invalid", "team/p"),
    ("a b", "base_content_path_invalid", ""),
]


@pytest.mark.parametrize(("value", "code", "right"), TEST_ENDPOINTS)
def test_endpoints(value: str, code: str, right: str) -> None:
    _bare, objection = read_endpoint(value)
    assert objection is not None and (objection.code, objection.value) == (code, right)
    assert right in objection.fix and "secret" not in repr(objection)


@pytest.mark.parametrize(("value", "code", "right"), TEST_PATHS)
def test_paths(value: str, code: str, right: str) -> None:
    _bare, objection = read_base_path(value)
    assert objection is not None and (objection.code, objection.value) == (code, right)
    assert right in objection.fix


@pytest.mark.parametrize("value", [HOST, f"{HOST}:5000", f"{HOST}/alias"])
def test_what_is_right_stays(value: str) -> None:
    assert read_endpoint(value) == (value, None)
    assert bare_place(value) == value
    assert read_base_path("a/b-c") == ("a/b-c", None)


PARTS = st.sampled_from(
    ["https://", "ftp://", "u:p@", HOST, "H.io", ":5000", ":x", "/", "/v2", "v2/", " "]
)
WORDS = st.lists(PARTS, max_size=5).map("".join)


@given(endpoint=WORDS, path=WORDS)
def test_what_to_write_has_nothing_wrong(endpoint: str, path: str) -> None:
    given = {
        "endpoint": endpoint,
        "base_content_path": path,
        "name": "n",
        "mirrors": "docker.io::h.io/p",
    }
    for finding in parse_settings(given).findings:
        edits = edits_of(finding.fix)
        assert all(repr(edit.new) in finding.fix for edit in edits)
        if edits:
            mended = {**given, **{edit.place: edit.new for edit in edits}}
            again = [
                one for one in parse_settings(mended).findings if one.subject == finding.subject
            ]
            assert again == [] or all(one.severity is not Severity.ERROR for one in again), again
            assert finding.code not in {one.code for one in again}
