# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a node answers about a source: its endpoints, and the place that holds them."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from tests.pages.node_example_files import CERTS, GOOD, HOST, MAIN, OLD, Files, certs, mirror, v2

BOTH = f'[{OLD}.registry.mirrors]\n"quay.io".endpoint = ["q.io"]\n"*".endpoint = ["w.io"]\n'

# files, source, endpoints, place
TEST_SOURCES: list[tuple[Files, str, tuple[str, ...], str]] = [
    (v2(mirror()), "docker.io", (GOOD,), f"{MAIN}:2"),
    (v2(mirror()), "docker.io/library", (GOOD,), f"{MAIN}:2"),
    (v2(mirror()), "quay.io", (), MAIN),
    (v2(BOTH), "quay.io", ("q.io",), f"{MAIN}:3"),
    (v2(BOTH), "gcr.io", ("w.io",), f"{MAIN}:4"),
    (certs(HOST), "docker.io", (GOOD,), f"{CERTS}/docker.io/hosts.toml"),
    (certs(HOST), "quay.io", (), CERTS),
    (certs(HOST, "_default"), "quay.io", (GOOD,), f"{CERTS}/_default/hosts.toml"),
    (certs("[host"), "docker.io", (), f"{CERTS}/docker.io/hosts.toml"),
    (certs(HOST, **{f"{CERTS}/q.io/x": ""}), "q.io", (), f"{CERTS}/q.io"),
    ({MAIN: "broken ["}, "docker.io", (), MAIN),
]


@pytest.mark.parametrize(("files", "source", "endpoints", "place"), TEST_SOURCES)
def test_sources(files: Files, source: str, endpoints: tuple[str, ...], place: str) -> None:
    node = load(NodeFiles(files, "1.7.24"))
    assert (node.endpoints(source), node.where(source)) == (endpoints, place)


def test_only_the_hosts_toml_that_serves_a_source_is_given() -> None:
    node = load(NodeFiles(certs(HOST), "1.7.24"))
    file = node.hosts_file("docker.io/library")
    assert file is not None and file.path == f"{CERTS}/docker.io/hosts.toml"
    assert node.hosts_file("quay.io") is None
    assert load(NodeFiles(v2(mirror()), "1.7.24")).hosts_file("docker.io") is None


@pytest.mark.parametrize("image", ["UPPER case", "", "a@b"])
def test_what_is_no_image_is_not_requested(image: str) -> None:
    assert load(NodeFiles(v2(mirror()), "1.7.24")).requests(image) == ()


def test_a_node_that_is_stopped_has_a_reason_without_credentials() -> None:
    node = load(NodeFiles(v2(mirror()), "1.7.24"))
    node.stop("down", Finding("x", Severity.ERROR, MAIN, "At https://u:secret@h.io.", ""))
    assert (node.cri, node.reason) == ("down", "At https://***@h.io.")
    assert node.chain("docker.io").problem == node.reason
    assert (node.endpoints("docker.io"), node.requests("nginx")) == ((), ())
    assert [cause.code for cause in node.causes] == ["x"]
