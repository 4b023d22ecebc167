# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Expected endpoints against configured ones: the literal and the working answer."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.compare import (
    SourceResult,
    compare,
    wanted_url,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from tests.pages.node_example_files import CERTS, GOOD, MAIN, OLD, mirror, v2
from tests.pages.node_finding_examples import COMPARED


def with_mirrors(**endpoints: list[str]) -> dict[str, str]:
    lines = [f'"{host}".endpoint = {urls}' for host, urls in endpoints.items()]
    return {MAIN: f"version = 2\n[{OLD}.registry.mirrors]\n" + "\n".join(lines)}


def with_hosts(text: str, folder: str = "docker.io") -> dict[str, str]:
    path = f'version = 2\n[{OLD}.registry]\nconfig_path = "{CERTS}"\n'
    return {MAIN: path, f"{CERTS}/{folder}/hosts.toml": text}


def answer(
    files: dict[str, str], expected: str, source: str = "docker.io", required: bool = False
) -> SourceResult:
    node = load(NodeFiles(files, "1.7.24"))
    return compare(node, [(source, expected)], "node-1", require_working=required)[0]


def hub(*endpoints: str) -> dict[str, str]:
    return with_mirrors(**{"docker.io": list(endpoints)})


OVERRIDE = "\noverride_path = true"
H = '[host."https://h.io/'

# name, files, expected endpoint, literal, working, codes
TEST_COMPARE: list[tuple[str, dict[str, str], str, bool, bool, list[str]]] = [
    ("the page's form", hub("h.io/a/b"), "h.io/a/b", True, False, ["endpoint_not_working"]),
    ("v2 prefix", hub("https://h.io/v2/a"), "https://h.io/v2/a", True, True, []),
    ("no scheme is https", hub("https://h.io/v2/a/"), "h.io/v2/a", True, True, []),
    ("no path", hub("h.io"), "h.io", True, True, []),
    (
        "works, but is written otherwise",
        hub("https://h.io/v2/a"),
        "h.io/a",
        False,
        True,
        ["endpoint_differs"],
    ),
    (
        "another endpoint",
        hub("o.io"),
        "h.io/a",
        False,
        False,
        ["endpoint_differs", "endpoint_not_working"],
    ),
    (
        "not the first",
        hub("o.io", "h.io"),
        "h.io",
        True,
        False,
        ["endpoint_not_first", "endpoint_not_working"],
    ),
    ("no mirror", with_mirrors(**{"q.io": ["h.io"]}), "h.io", False, False, ["source_missing"]),
    ("the wildcard", with_mirrors(**{"*": ["h.io"]}), "h.io", True, True, ["served_by_wildcard"]),
    ("an empty entry", hub(), "h.io", False, False, ["source_missing"]),
    (
        "an invalid endpoint beside it",
        hub("https://h.io/v2/a", "h x"),
        "https://h.io/v2/a",
        True,
        False,
        ["endpoint_not_working"],
    ),
    ("an expectation that is no URL", hub("h x"), "h x", True, False, ["endpoint_not_working"]),
    ("hosts.toml, right form", with_hosts(H + 'v2/a"]' + OVERRIDE), "h.io/a", True, True, []),
    (
        "hosts.toml, same URL without override_path",
        with_hosts(H + 'a"]'),
        "h.io/a",
        True,
        False,
        ["endpoint_not_working"],
    ),
    (
        "hosts.toml, same URL with /v2 and without override_path",
        with_hosts(H + 'v2/a/"]'),
        "https://h.io/v2/a",
        True,
        False,
        ["endpoint_not_working"],
    ),
    ("hosts.toml, root of the API", with_hosts(H + 'v2"]'), "https://h.io", True, True, []),
    (
        "hosts.toml, another path",
        with_hosts(H + 'v2/b"]' + OVERRIDE),
        "h.io/a",
        False,
        False,
        ["endpoint_differs", "endpoint_not_working"],
    ),
    (
        "hosts.toml over http",
        with_hosts('[host."http://h.io/v2/a"]' + OVERRIDE),
        "h.io/a",
        False,
        True,
        ["endpoint_differs"],
    ),
    (
        "_default",
        with_hosts('[host."h.io"]', "_default"),
        "h.io",
        True,
        True,
        ["served_by_wildcard"],
    ),
    ("hosts.toml ignored", with_hosts("[host"), "h.io", False, False, ["source_missing"]),
    (
        "skipped for tags",
        with_hosts('[host."h.io"]\ncapabilities = ["pull"]'),
        "h.io",
        True,
        False,
        ["endpoint_not_working"],
    ),
    (
        "CRI is down",
        {MAIN: hub("h.io")[MAIN] + f"\n[{OLD}.registry]\nconfig_path = '/x'"},
        "h.io",
        False,
        False,
        ["cri_not_up"],
    ),
]


@pytest.mark.parametrize(
    ("files", "expected", "literal", "working", "codes"),
    [pytest.param(*row[1:], id=row[0]) for row in TEST_COMPARE],
)
def test_compare(
    files: dict[str, str], expected: str, literal: bool, working: bool, codes: list[str]
) -> None:
    result = answer(files, expected)
    assert (result.literal, result.working) == (literal, working)
    assert [finding.code for finding in result.findings] == codes
    assert (result.subject, result.source, result.expected) == ("node-1", "docker.io", expected)


def test_a_result_shows_what_was_compared() -> None:
    result = answer(hub("h.io/a"), "h.io/a")
    assert result.configured == ("h.io/a",)
    assert result.image == "docker.io/library/nginx:latest"
    assert result.requests[0] == "https://h.io/a/library/nginx/manifests/latest?ns=docker.io"
    (finding,) = result.findings
    assert finding.subject == f"{MAIN}:3"
    assert "https://h.io/v2/a/library/nginx/manifests/latest" in finding.fix


def test_working_endpoints_gate_where_required() -> None:
    for required, severity in ((False, "warning"), (True, "error")):
        (finding,) = answer(hub("h.io/a"), "h.io/a", required=required).findings
        assert finding.severity.value == severity


def test_an_unread_file_is_unknown_and_no_pass() -> None:
    node = load(NodeFiles({}, "1.7.24", unreadable={MAIN: "permission denied"}))
    (result,) = compare(node, [("docker.io", "h.io")], "node-1")
    assert (result.literal, result.working) == (False, False)
    assert "not known" in result.findings[0].message


def test_a_source_with_a_path_is_that_of_its_registry() -> None:
    result = answer(hub("https://h.io/v2/a"), "https://h.io/v2/a", "docker.io/library")
    assert (result.literal, result.working) == (True, True)


TEST_WANTED = [
    ("h.io", "nginx", "https://h.io/v2/library/nginx/manifests/latest"),
    ("h.io/a/", "q.io/b:1", "https://h.io/v2/a/b/manifests/1"),
    ("https://h.io/v2/a", "q.io/b:1", "https://h.io/v2/a/b/manifests/1"),
    ("http://h.io/v2", "q.io/b:1", "http://h.io/v2/b/manifests/1"),
    ("localhost:5000/a", "q.io/b:1", "http://localhost:5000/v2/a/b/manifests/1"),
    ("h x", "q.io/b:1", ""),
    ("h.io", "B A D", ""),
]


@pytest.mark.parametrize(("endpoint", "image", "expected"), TEST_WANTED)
def test_wanted_url(endpoint: str, image: str, expected: str) -> None:
    assert wanted_url(endpoint, image) == expected


@pytest.mark.parametrize(("code", "version", "files", "endpoint"), COMPARED)
def test_compared(code: str, version: str, files: dict[str, str], endpoint: str) -> None:
    node = load(NodeFiles(files, version))
    found = {one.code for one in compare(node, [("docker.io", endpoint)], "node")[0].findings}
    assert code in found
    right = load(NodeFiles(v2(mirror(GOOD)), version))
    assert compare(right, [("docker.io", GOOD)], "node")[0].findings == ()
