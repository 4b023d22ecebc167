# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""All findings of a node: their order, and what is told of the whole."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.analysis import (
    analyse,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.compare import (
    compare,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from tests.pages.node_example_files import GOOD, HOST, Files, certs, mirror, v2
from tests.unit.helpers.containerd_nodes import assert_found, codes, examples_of


@examples_of("analysis")
def test_findings(code: str, version: str, bad: Files, good: Files, subject: str) -> None:
    assert_found(code, version, bad, good, subject)


def test_the_reason_of_the_state_comes_first() -> None:
    disabled = 'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
    files = v2(disabled, "[grpc]\nimports = []\n")
    found = [finding.code for finding in analyse(load(NodeFiles(files, "1.5.9")))]
    assert found == ["cri_disabled", "version_not_measured", "imports_misplaced"]


def test_mirrors_of_a_node_without_cri_are_not_judged() -> None:
    files = v2('disabled_plugins = ["io.containerd.grpc.v1.cri"]\n', mirror("h x"))
    assert codes(files) == {"cri_disabled"}


TEST_UPSTREAM: list[tuple[Files, str]] = [
    (v2(mirror(), mirror(host="quay.io")), "docker.io, quay.io"),
    (v2(mirror(host="*")), "every other registry"),
    (certs(HOST, "_default"), "every other registry"),
    (certs(HOST, "my.io_5000_"), "my.io:5000"),
]


@pytest.mark.parametrize(("files", "sources"), TEST_UPSTREAM)
def test_sources_that_end_upstream_are_named(files: Files, sources: str) -> None:
    found = {one.code: one for one in analyse(load(NodeFiles(files, "1.7.24")))}
    assert f"the upstream registry of {sources}." in found["upstream_fallback"].message


def test_a_good_node_has_nothing_to_correct() -> None:
    good = certs(f'server = "{GOOD}"\noverride_path = true\n{HOST}')
    for version in ("1.7.24", "2.1.9", "2.4.2"):
        assert analyse(load(NodeFiles(good, version))) == ()


def test_findings_show_no_credentials() -> None:
    endpoints = ("https://user:secret@h.io/p", "user:secret@h x", "https://user:se/cret@h")
    for endpoint in endpoints:
        node = load(NodeFiles(v2(mirror(endpoint)), "1.7.24"))
        results = compare(node, [("docker.io", "h.io/q")], "node")
        shown = repr((analyse(node), node.reason, results))
        assert "user" not in shown.replace("user, password", "")
        assert "secret" not in shown and "/cret" not in shown
    node = load(NodeFiles(certs('[host."https://user:secret@h.io/p"]'), "1.7.24"))
    assert "secret" not in repr((analyse(node), compare(node, [("docker.io", "h.io")], "node")))


@pytest.mark.parametrize("text", ["[host", "# nothing", f'server = "{GOOD}"\noverride_path = true'])
def test_a_source_without_mirrors_before_its_upstream_is_not_named(text: str) -> None:
    assert "upstream_fallback" not in codes(certs(text))
