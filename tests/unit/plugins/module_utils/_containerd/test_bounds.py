# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.analysis import (
    analyse,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.bounds import (
    beyond,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.imports import (
    _matcher,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.urls import masked
from tests.pages.conformance import cases

MAIN = "/etc/containerd/config.toml"
HOSTS = "/etc/containerd/certs.d/docker.io/hosts.toml"
CERTS = (
    'version = 2\n[plugins."io.containerd.grpc.v1.cri".registry]\n'
    'config_path = "/etc/containerd/certs.d"\n'
)

TEST_BEYOND: list[tuple[str, str, str]] = [
    ("a long line", "a = 1\nb = '" + "x" * 20_000 + "'\n", "line 2 has 20006 characters"),
    ("a long key", "a." * 20 + "a = 1\n", "a key of 21 parts"),
    ("a long header", "[" + "a." * 20 + "a]\n", "a key of 21 parts"),
    ("digits", "version = " + "9" * 5_000, "a number of more than 100 digits"),
    ("digits with marks", "version = 1" + "_1" * 200, "a number of more than 100 digits"),
    ("hexadecimal digits", "version = 0x" + "f" * 5_000, "a number of more than 100 digits"),
    ("lists", "a = " + "[" * 40, "nested more than 16 deep"),
    ("tables", "a = " + "{a=" * 40, "nested more than 16 deep"),
    ("dots in a string", f'a = "{"." * 500}"\n', ""),
    ("dots in a remark", f"# {'.' * 500}\n", ""),
    ("digits in a string", f'a = "{"9" * 500}"\n', ""),
    ("many pairs", "client = [" + '["a", "b"], ' * 40 + "]\n", ""),
]


@pytest.mark.parametrize(
    ("text", "told"), [row[1:] for row in TEST_BEYOND], ids=[row[0] for row in TEST_BEYOND]
)
def test_bounds(text: str, told: str) -> None:
    assert told in beyond(text) if told else beyond(text) == ""


def test_what_was_measured_is_within_bounds() -> None:
    texts = {text for case in cases() for text in case.files.values()}
    assert len(texts) > 200
    assert [beyond(text) for text in texts if beyond(text)] == []


@pytest.mark.parametrize(
    "text", [row[1] for row in TEST_BEYOND if row[2]], ids=[row[0] for row in TEST_BEYOND if row[2]]
)
def test_beyond_bounds_is_not_known(text: str) -> None:
    """A file that decides is told as one that was not read, with the bound and its line."""
    main = load(NodeFiles({MAIN: text}, "1.7.24"))
    assert (main.cri, beyond(text) in main.reason) == ("unknown", True)
    hosts = load(NodeFiles({MAIN: CERTS, HOSTS: text}, "1.7.24"))
    assert hosts.endpoints("docker.io") == ()
    assert any(beyond(text) in finding.message for finding in analyse(hosts))


def test_a_dump_beyond_bounds_is_not_believed() -> None:
    node = load(NodeFiles({MAIN: CERTS}, "1.7.24", dump="a." * 20 + "a = 1\n"))
    assert [finding.code for finding in node.causes] == ["dump_broken"]
    assert node.cri == "up"


TEST_MATCHES: list[tuple[str, str, bool]] = [
    ("/a/*b*c.toml", "/a/xbxc.toml", True),
    ("/a/*b*c.toml", "/a/xbxc.tomlx", False),
    ("/*/b/?.toml", "/a/b/c.toml", True),
    ("/*/b.toml", "/a/c/b.toml", False),
    ("/a/[a-c]*", "/a/b", True),
    ("/a/[^a-c]*", "/a/b", False),
    ("/a/**", "/a/", True),
    ("/a/*a*b", "/a/ab", True),
    ("/a/*a*b", "/a/aab/b", False),
    ("/a/\\*x*", "/a/*xy", True),
    ("/a/\\*x*", "/a/bxy", False),
    ("/a/*" + "a*" * 30 + "b", "/a/" + "a" * 250, False),
]


@pytest.mark.parametrize(("pattern", "path", "matches"), TEST_MATCHES)
def test_globs(pattern: str, path: str, matches: bool) -> None:
    """The last one went back for ever, as long as a part could be tried at another place."""
    assert _matcher(pattern)(path) is matches


TEST_MASKED: list[tuple[str, str]] = [
    ("https://u:p@h/x and //u@h", "https://***@h/x and //***@h"),
    ("a:b@c//d@e", "***@c//***@e"),
    ("mail me@home or me:pw@home/x", "mail me@home or ***@home/x"),
    ("x/a:b@c", "x/***@c"),
    ("https://h/a@b:c@d", "https://***@d"),
    (":x@h", ":x@h"),
    ("::x@h", "***@h"),
    (":" * 100_000 + " a:b@c", ":" * 100_000 + " ***@c"),
]


@pytest.mark.parametrize(("text", "shown"), TEST_MASKED, ids=range(len(TEST_MASKED)))
def test_masked(text: str, shown: str) -> None:
    assert masked(text) == shown
