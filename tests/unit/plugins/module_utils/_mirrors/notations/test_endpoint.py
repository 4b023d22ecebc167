# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What config.toml, hosts.toml and registries.yaml share: endpoints as targets, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notations.endpoint import (
    Endpoint,
    api_path,
    api_url,
    endpoint_of,
    has_v2,
    load_toml,
    meant,
    names_api,
    no_endpoint,
    note_more_endpoints,
    note_unknown_options,
    read_endpoint,
    source_key,
    source_of,
    split_endpoint,
    unsupported,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.table import (
    MirrorEntry,
    Piece,
    Reading,
)

# target, what stands before /v2/, the path to the API
TEST_API_PATHS: list[tuple[str, str, str]] = [
    ("h.io", "", "h.io"),
    ("h.io/", "", "h.io"),
    ("h.io/p/q", "", "h.io/v2/p/q"),
    ("h.io/v2/p", "", "h.io/v2/p"),
    ("h.io/r/hub/v2/p", "", "h.io/r/hub/v2/p"),
    ("h.io/r/hub/p", "r/hub", "h.io/r/hub/v2/p"),
    ("h.io/r/hub", "r/hub", "h.io/r/hub/v2"),
    ("h.io/r/hub/v2/p", "r/hub", "h.io/r/hub/v2/p"),
]


@pytest.mark.parametrize(("target", "below", "path"), TEST_API_PATHS)
def test_api_paths(target: str, below: str, path: str) -> None:
    assert api_path(target, below) == path
    if not below:
        assert api_url(target) == f"https://{path}"


@pytest.mark.parametrize(
    ("target", "begins", "within"),
    [
        ("h.io/v2/p", True, True),
        ("h.io/v2", True, True),
        ("h.io/r/v2", False, True),
        ("h.io/v2x/p", False, False),
        ("v2/p", False, False),
        ("h.io", False, False),
    ],
)
def test_where_v2_stands(target: str, begins: bool, within: bool) -> None:
    assert (has_v2(target), names_api(target)) == (begins, within)


# text, its parts, and the target that it reads as
TEST_ENDPOINTS: list[tuple[str, Endpoint, str]] = [
    ("h.io/p", Endpoint("", "h.io", "p"), "h.io/p"),
    ("h.io/v2/p/", Endpoint("", "h.io", "v2/p"), "h.io/v2/p"),
    ("HTTPS://h.io/v2/p?a=b", Endpoint("https", "h.io", "v2/p"), "h.io/p"),
    ("https://h.io/v2#x", Endpoint("https", "h.io", "v2"), "h.io"),
    ("http://h.io:5000", Endpoint("http", "h.io:5000", ""), "h.io:5000"),
]


@pytest.mark.parametrize(("text", "endpoint", "target"), TEST_ENDPOINTS)
def test_endpoints_in_their_parts(text: str, endpoint: Endpoint, target: str) -> None:
    assert (split_endpoint(text), endpoint.target) == (endpoint, target)


@given(st.sampled_from(["h.io", "localhost:5000"]), st.lists(st.sampled_from(["a", "v2", "b"])))
def test_an_endpoint_reads_back_as_its_target(host: str, path: list[str]) -> None:
    target = "/".join([host, *path])
    assert split_endpoint(endpoint_of(target)).target == target


@pytest.mark.parametrize(("source", "key"), [("default", "*"), ("quay.io", "quay.io")])
def test_the_key_of_a_source(source: str, key: str) -> None:
    assert source_key(MirrorEntry(source, "h.io")) == key
    assert source_of(key) == source


TEST_UNSUPPORTED: list[tuple[str, str]] = [
    ("quay.io::h.io/p", ""),
    ("quay.io::", ""),
    ("default::h.io", ""),
    ("default::", "nodes redirect nothing by default"),
    ("[EXACT]a::h.io", "knows no exact entries"),
    ("docker.io/library::h.io", "knows no library entries"),
    ("quay.io/jetstack::h.io", "never a path within one"),
    ("quay.io::h.io/m-", "end in '-'"),
]


@pytest.mark.parametrize(("entry", "reason"), TEST_UNSUPPORTED)
def test_what_containerd_cannot_hold(entry: str, reason: str) -> None:
    said = unsupported(MirrorEntry(*entry.split("::")))
    assert reason in said if reason else said == ""


def codes(reading: Reading) -> list[str]:
    return [item.code for item in reading.items if isinstance(item, Finding)]


def test_what_no_target_can_carry_is_noted() -> None:
    reading = Reading()
    for text in ("http://h.io", "https://h.io", "http://localhost:5000", "h.io", "h.io?x"):
        assert read_endpoint(reading, "here", text) == split_endpoint(text)
    for text in ("ftp://h.io", "https://", "/p"):
        assert read_endpoint(reading, "here", text) is None
    assert read_endpoint(reading, "here", "https://h.io/v2/v2") is not None
    for count in (0, 1, 2):
        note_more_endpoints(reading, "here", count)
    assert codes(reading) == [
        *("plain_http", "endpoint_parts_dropped", *["endpoint_unusable"] * 3),
        *("endpoint_v2_doubled", "more_endpoints"),
    ]


def test_no_endpoint_is_an_exemption_where_another_is_hidden() -> None:
    reading = Reading()
    no_endpoint(reading, "here", "endpoint = []", "quay.io", hides=True)
    no_endpoint(reading, "here", "endpoint = []", "gcr.io", hides=False)
    (exempt, told) = reading.items
    assert isinstance(exempt, Piece) and exempt.entry == MirrorEntry("quay.io", "")
    assert isinstance(told, Finding) and told.severity is Severity.INFO


@pytest.mark.parametrize("text", ["a = [", "x = " + "[" * 5000])
def test_what_is_no_toml_is_told_once(text: str) -> None:
    reading = Reading()
    assert load_toml("a = 1", reading, "here") == {"a": 1}
    assert load_toml(text, reading, "here") is None
    assert codes(reading) == ["broken_toml"]


def test_options_that_no_mirror_has_are_told() -> None:
    reading = Reading()
    mirror = {"Endpoint": [], "rewrites": {}, "zzz": 1}
    assert not note_unknown_options(reading, "here", mirror, ("endpoint", "rewrite"))
    assert note_unknown_options(reading, "here", {"end_point": []}, ("endpoint",))
    told = [item for item in reading.items if isinstance(item, Finding)]
    assert [(one.severity.value, one.fix) for one in told] == [
        ("warning", "Did you mean rewrite? Write that name."),
        ("warning", "Remove 'zzz'."),
        ("error", "Did you mean endpoint? Write that name."),
    ]


def test_what_was_meant() -> None:
    assert meant("SERVERS", ("host", "server")) == "Did you mean server? Write that name."
    assert meant("zzz", ("host", "server")) == ""
