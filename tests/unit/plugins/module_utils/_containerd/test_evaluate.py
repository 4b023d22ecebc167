# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state that a node's files lead to: from its configuration, its dump, or what is not at hand."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.analysis import (
    analyse,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from tests.pages.node_example_files import DROP, MAIN, NEW, OLD
from tests.unit.helpers.containerd_nodes import (
    ALL,
    DOWN,
    HARBOR,
    HUB,
    STOPPED,
    V17,
    V21,
    config_path,
    first_host,
    mirror,
)

CERTS_D = "certs.example.org"


def test_no_file_at_the_default_place_means_defaults() -> None:
    """X01, X02, C11: the daemon starts, and conf.d is not read."""
    for version in ALL:
        assert first_host({DROP: "version = 2\n" + mirror(OLD)}, version) == HUB


def test_no_file_at_another_place_stops_the_daemon() -> None:
    """C10b."""
    for version in ALL:
        node = load(NodeFiles({}, version, config_path="/etc/other.toml"))
        assert node.cri == STOPPED
        assert "/etc/other.toml" in node.reason


def test_the_dump_stands_for_the_file_and_its_imports() -> None:
    dump = "version = 3\nimports = ['/etc/containerd/missing.toml']\n" + mirror(NEW)
    node = load(NodeFiles({MAIN: "broken ["}, V21, dump=dump))
    assert (node.cri, node.endpoints("docker.io")) == ("up", (f"https://{HARBOR}",))
    assert node.requests("nginx")[0].startswith(f"https://{HARBOR}/v2/library/nginx/")


def test_a_broken_dump_falls_back_to_the_files() -> None:
    files = {MAIN: "version = 2\n" + mirror(OLD)}
    node = load(NodeFiles(files, V21, dump="version = 3\n[plugi"))
    assert (node.cri, node.endpoints("docker.io")) == ("up", (f"https://{HARBOR}",))
    assert "dump_broken" in {finding.code for finding in analyse(node)}
    assert load(NodeFiles({}, V21, dump="version = 3\n[plugi")).cri == "unknown"


@pytest.mark.parametrize("path", [MAIN, DROP, "/etc/containerd/named.toml"])
def test_a_file_that_could_not_be_read_leaves_the_state_unknown(path: str) -> None:
    files = {
        MAIN: 'version = 2\nimports = ["/etc/containerd/conf.d/*.toml", "named.toml"]\n',
        DROP: "",
        "/etc/containerd/named.toml": "",
    }
    node = load(NodeFiles(files, V17, unreadable={path: "truncated"}))
    assert (node.cri, node.requests("nginx")) == ("unknown", ())
    assert "truncated" in node.reason and analyse(node)[0].subject == path


def test_an_unreadable_file_does_not_matter_beside_a_dump() -> None:
    node = load(NodeFiles({}, V17, dump="version = 2\n", unreadable={MAIN: "permission denied"}))
    assert node.cri == "up"


def test_what_cannot_be_together_keeps_cri_down_and_what_is_disabled_is_told_first() -> None:
    both = "version = 2\n" + mirror(OLD) + config_path(OLD)
    for text, code in (
        (both, "mirrors_and_config_path"),
        ('disabled_plugins = ["io.containerd.grpc.v1.cri"]\n' + both, "cri_disabled"),
    ):
        node = load(NodeFiles({MAIN: text}, V17))
        assert (node.cri, [cause.code for cause in node.causes]) == (DOWN, [code])
