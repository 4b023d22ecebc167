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
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from tests.pages.conformance import cases
from tests.pages.node_example_files import MAIN

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
