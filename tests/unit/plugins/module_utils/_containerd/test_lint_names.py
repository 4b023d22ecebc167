# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.config import (
    read_file,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.lint_names import (
    lint_names,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.version import (
    NEWEST_MEASURED,
)
from tests.pages.node_example_files import Files
from tests.unit.helpers.containerd_nodes import assert_found, examples_of


@examples_of("lint_names")
def test_findings(code: str, version: str, bad: Files, good: Files, subject: str) -> None:
    assert_found(code, version, bad, good, subject)


CRI = "io.containerd.grpc.v1.cri"

# a table that holds a mirror, and the name it should have; empty where it is right
TEST_NAMES: list[tuple[str, str]] = [
    (f'plugins."{CRI}".registry', ""),
    (f'plugin."{CRI}".registry', "plugins"),
    (f'plugins."{CRI}".registries', f'plugins."{CRI}".registry'),
    (f'plugins."{CRI}.registry"', f'plugins."{CRI}".registry'),
    ('plugins."io.containerd.grpc.v1.cir".registry', f'plugins."{CRI}"'),
    ('plugins."io.containerd.cri.v1.image".registry', 'plugins."io.containerd.cri.v1.images"'),
    ('plugins."io.containerd.internal.v1.opt".registry', ""),
    (f'plugins."{CRI}".containerd', ""),
]


@pytest.mark.parametrize(("table", "right"), TEST_NAMES)
def test_names_that_are_nearly_right(table: str, right: str) -> None:
    text = f'version = 2\n[{table}.mirrors."docker.io"]\nendpoint = ["h.io"]\n'
    found = [finding.fix for finding in lint_names(read_file("f", text, NEWEST_MEASURED))]
    assert found == ([f"Did you mean {right}? Write that name."] if right else [])


@pytest.mark.parametrize(("key", "right"), [("mirrors", "mirrors"), ("mirror", "mirrors")])
def test_what_is_a_table_too_high_or_misspelt_in_the_registry(key: str, right: str) -> None:
    level = "" if key == right else ".registry"
    file = read_file("f", f'[plugins."{CRI}"{level}.{key}]\n', NEWEST_MEASURED)
    (finding,) = lint_names(file)
    assert (finding.code, finding.subject) == ("table_misspelt", "f:1")
    assert f'plugins."{CRI}".registry.{right}?' in finding.fix


# what stands in the registry's table, and what it should be; empty where nothing is said
TEST_OPTIONS: list[tuple[str, str]] = [
    ('configs."h.io".auth.username = "u"', ""),
    ('configs."h.io".auth.user = "u"', 'configs."h.io".auth.username'),
    ('configs."h.io".username = "u"', 'configs."h.io".auth.username'),
    ('configs."h.io".tls.ca = "/ca.crt"', 'configs."h.io".tls.ca_file'),
    ('configs."h.io".tls.insecure = true', 'configs."h.io".tls.insecure_skip_verify'),
    ('configs."h.io".insecure_skip_verify = true', 'configs."h.io".tls.insecure_skip_verify'),
    ('configs."h.io".tsl.ca_file = "/ca.crt"', 'configs."h.io".tls'),
    ('configs."h.io".TLS.CA_FILE = "/ca.crt"', ""),
    ('configs."h.io".x = "y"', ""),
    ('auths."h.io".pasword = "p"', 'auths."h.io".password'),
    ('config_paths = "/etc/containerd/certs.d"', "config_path"),
    ("whatever = 1", ""),
    ('mirrors."docker.io".endpoints = ["h.io"]', ""),
]


@pytest.mark.parametrize(("line", "right"), TEST_OPTIONS)
def test_options_of_the_registry(line: str, right: str) -> None:
    text = f'version = 2\n[plugins."{CRI}".registry]\n{line}\n'
    found = [finding.fix for finding in lint_names(read_file("f", text, NEWEST_MEASURED))]
    wanted = f'Did you mean plugins."{CRI}".registry.{right}? Write that name.'
    assert found == ([wanted] if right else [])


@pytest.mark.parametrize(
    ("key", "right"),
    [("import", "imports"), ("disabled_plugin", "disabled_plugins"), ("IMPORTS", ""), ("mine", "")],
)
def test_what_decides_at_the_top(key: str, right: str) -> None:
    file = read_file("f", f'{key} = ["/etc/containerd/conf.d/*.toml"]\n', NEWEST_MEASURED)
    fixes = [finding.fix for finding in lint_names(file)]
    assert fixes == ([f"Did you mean {right}? Write that name."] if right else [])


def test_a_plugin_that_no_release_has_is_told_only_with_a_registry() -> None:
    for table, told in (("registry = 1", True), ("x = 1", False)):
        text = f'[plugins."io.containerd.grpc.v1.cir"]\n{table}\n'
        assert bool(list(lint_names(read_file("f", text, NEWEST_MEASURED)))) is told
