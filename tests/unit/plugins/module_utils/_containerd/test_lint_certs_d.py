# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.lint_certs_d import (
    image_host_of,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from tests.pages.node_example_files import CERTS, HOST, OLD, Files, v2
from tests.unit.helpers.containerd_nodes import V17, assert_found, codes, config_path, examples_of


@examples_of("lint_certs_d")
def test_findings(code: str, version: str, bad: Files, good: Files, subject: str) -> None:
    assert_found(code, version, bad, good, subject)


@pytest.mark.parametrize(
    ("folder", "host"),
    [
        ("/etc/containerd/certs.d/docker.io", "docker.io"),
        ("my.io_5000_", "my.io:5000"),
        ("my.io_5000", "my.io_5000"),
        ("my_io_x_", "my_io_x_"),
        ("_default", "_default"),
    ],
)
def test_the_image_host_of_a_folder(folder: str, host: str) -> None:
    assert image_host_of(folder) == host


# a folder's name, and whether containerd ever looks into one that is called so
TEST_NAMES: list[tuple[str, bool]] = [
    ("quay.io", True),
    ("my.io_5000_", True),
    ("localhost", True),
    ("[fd00::1]:5000", True),
    ("_default", True),
    ("registry", False),
    ("quay.io.bak", False),
    ("quay.io~", False),
    ("*", False),
    ("index.docker.io", False),
]


@pytest.mark.parametrize(("name", "used"), TEST_NAMES)
def test_folders_that_are_never_used(name: str, used: bool) -> None:
    files = {f"{CERTS}/{name}/hosts.toml": HOST}
    assert ("folder_never_used" in codes(v2(config_path(OLD)) | files)) is not used


@pytest.mark.parametrize("path", [CERTS, f"{CERTS}/docker.io", f"{CERTS}/docker.io/hosts.toml/x"])
def test_what_stands_in_the_place_of_a_folder_or_file_blocks_pulls(path: str) -> None:
    files = v2(config_path(OLD)) | {path: ""}
    assert "certs_d_blocked" in codes(files)
    assert by_files(files) == ()


def by_files(files: Files) -> tuple[str, ...]:
    return load(NodeFiles(files, V17)).requests("nginx")
