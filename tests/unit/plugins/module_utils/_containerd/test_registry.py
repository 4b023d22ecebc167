# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of configuration files: versions, tables, imports, switches, one by one.

The names in the tables are those of the measured specification; the vectors are in another test.
"""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.config import (
    NEW as NEW_NAME,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.config import (
    OLD as OLD_NAME,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.config import (
    SHORT,
    ConfigFile,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.imports import (
    Merged,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.registry import (
    counts,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.version import (
    parse_version,
)
from tests.pages.node_example_files import CERTS, MAIN, NEW, OLD, Files
from tests.unit.helpers.containerd_nodes import (
    ALL,
    DOWN,
    HARBOR,
    HUB,
    ONE_X,
    OTHER,
    STOPPED,
    TWO_X,
    UP_TO_22,
    V16,
    V17,
    V20,
    V21,
    V22,
    V23,
    V24,
    assert_found,
    by_release,
    config_path,
    examples_of,
    first_host,
    mirror,
)
from tests.unit.helpers.rows import every

HOSTS = {f"{CERTS}/docker.io/hosts.toml": '[host."https://certs.example.org"]\n'}
CERTS_D = "certs.example.org"


TEST_TABLES: list[tuple[str, str, dict[str, tuple[str, ...]]]] = [
    ("C01c", mirror(OLD), {HUB: (*ONE_X, *UP_TO_22), HARBOR: (V23,)}),
    ("C01d", "version = 2\n" + mirror("plugins.cri"), {STOPPED: ONE_X, HUB: TWO_X}),
    ("C03", "version = 3\n" + mirror(OLD), {HARBOR: (V16, V23), STOPPED: (V17,), HUB: UP_TO_22}),
    (
        "C04b, version 2",
        "version = 2\n" + mirror(OLD) + mirror(NEW, endpoint=OTHER),
        {HARBOR: ALL},
    ),
    (
        "C04c, version 3",
        "version = 3\n" + mirror(OLD) + mirror(NEW, endpoint=OTHER),
        {HARBOR: (V16, V23), STOPPED: (V17,), OTHER: UP_TO_22},
    ),
    ("OLD in version 4", "version = 4\n" + mirror(OLD), {HUB: (V23,), STOPPED: (V17, *UP_TO_22)}),
    ("version 5", "version = 5\n" + mirror(NEW), {STOPPED: (V17, *TWO_X), HUB: (V16,)}),
    ("C07b", "version = 2\n" + config_path(OLD) + f"[{OLD}.registry.mirrors]\n", {HUB: ALL}),
    ("C07e", "version = 2\n" + config_path(OLD, "") + mirror(OLD), {HARBOR: ALL}),
    ("C07, other host", "version = 2\n" + config_path(OLD) + mirror(OLD, "q.io"), {DOWN: ALL}),
    ("E01", mirror(NEW), {HUB: ONE_X, HARBOR: TWO_X}),
    (
        "E17, an empty old table wipes the new one",
        f"version = 2\n[{OLD}.registry]\n" + mirror(NEW),
        {HUB: ALL},
    ),
    ("E05", 'disabled_plugins = ["cri"]\n', {DOWN: ALL}),
    ("E05, version 1", 'version = 1\ndisabled_plugins = ["cri"]\n', {DOWN: ALL}),
    ("S05", 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n', {DOWN: ALL}),
    (
        "runtime disabled",
        'version = 2\ndisabled_plugins = ["io.containerd.cri.v1.runtime"]\n',
        {HUB: ONE_X, DOWN: TWO_X},
    ),
    (
        "another short name disabled",
        'version = 2\ndisabled_plugins = ["btrfs"]\n',
        {STOPPED: ALL},
    ),
    ("another short table", "version = 2\n[plugins.opt]\npath = '/opt'\n", {STOPPED: ONE_X}),
    (
        "required and disabled",
        "version = 2\n"
        + "".join(
            f'{key}_plugins = ["io.containerd.grpc.v1.cri"]\n' for key in ("disabled", "required")
        ),
        {STOPPED: ALL},
    ),
    (
        "auths key that is no URL",
        f'version = 2\n[{OLD}.registry.auths."http://a b"]\nusername = "u"\n',
        {DOWN: ALL},
    ),
    ("broken TOML", "version = 2\n[plugins", {STOPPED: ALL}),
    ("version of the wrong type", 'version = "2"\n', {STOPPED: ALL}),
    ("plugins of the wrong type", "version = 2\nplugins = 1\n", {STOPPED: ALL}),
    ("OLD of the wrong type", f"version = 2\n{OLD} = 1\n", {STOPPED: ALL}),
    (
        "wrong type in a table that does not count",
        f"version = 2\n[{NEW}.registry]\nconfig_path = 1\n",
        {HUB: ONE_X, STOPPED: TWO_X},
    ),
    (
        "tls of the wrong type",
        f'version = 2\n[{OLD}.registry.configs."h".tls]\ninsecure_skip_verify = "yes"\n',
        {STOPPED: ONE_X, HUB: TWO_X},
    ),
    (
        "wrong type in a disabled plugin",
        'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
        + f"[{OLD}.registry]\nconfig_path = 1\n",
        {DOWN: ONE_X, STOPPED: TWO_X},
    ),
]


@every(by_release(TEST_TABLES))
def test_tables(text: str, version: str, expected: str) -> None:
    assert first_host({MAIN: text}, version) == expected


LIST = f"{CERTS}:/etc/docker/certs.d"
TEST_SWITCHES: list[tuple[str, str, dict[str, tuple[str, ...]]]] = [
    ("C10, no config_path", "version = 2\n", {HUB: ALL}),
    ("one folder", "version = 2\n" + config_path(OLD), {CERTS_D: ALL}),
    ("slash at the end", "version = 2\n" + config_path(OLD, f"{CERTS}/"), {CERTS_D: ALL}),
    (
        "X03, list",
        "version = 2\n" + config_path(OLD, LIST),
        {CERTS_D: (V16, V17, V20), HUB: (V21, V22, V23)},
    ),
    (
        "X05, list and use_local_image_pull",
        f"version = 3\n[{NEW}]\nuse_local_image_pull = true\n" + config_path(NEW, LIST),
        {CERTS_D: TWO_X},
    ),
    (
        "list and image_pull_with_sync_fs",
        f"version = 2\n[{OLD}]\nimage_pull_with_sync_fs = true\n" + config_path(OLD, LIST),
        {CERTS_D: ALL},
    ),
    (
        "list and discard_unpacked_layers without runtimes",
        f"version = 2\n[{OLD}.containerd]\ndiscard_unpacked_layers = true\n"
        + config_path(OLD, LIST),
        {HUB: (V21, V22, V23)},
    ),
    (
        "list and discard_unpacked_layers with runtimes",
        f"version = 2\n[{OLD}.containerd]\ndiscard_unpacked_layers = true\n"
        f"[{OLD}.containerd.runtimes.runc]\n" + config_path(OLD, LIST),
        {CERTS_D: (V21, V22, V23)},
    ),
    (
        "list and disable_snapshot_annotations = false",
        f"version = 3\n[{NEW}]\ndisable_snapshot_annotations = false\n" + config_path(NEW, LIST),
        {CERTS_D: (V21, V22, V23)},
    ),
    (
        "the default of max_concurrent_downloads",
        f"version = 3\n[{NEW}]\nmax_concurrent_downloads = 3\n" + config_path(NEW, LIST),
        {HUB: (V21, V22, V23)},
    ),
    (
        "default folders and max_concurrent_downloads",
        f"version = 3\n[{NEW}]\nmax_concurrent_downloads = 5\n",
        {HUB: (V21,), CERTS_D: (V22, V23)},
    ),
    (
        "C10d, an entry for another host suppresses the default folders",
        f"version = 3\n[{NEW}]\nmax_concurrent_downloads = 5\n" + mirror(NEW, "quay.io"),
        {HUB: (V21, V22, V23)},
    ),
]


@every(by_release(TEST_SWITCHES))
def test_config_path(text: str, version: str, expected: str) -> None:
    assert first_host({MAIN: text, **HOSTS}, version) == expected


def test_mirrors_break_2_2_0_alone() -> None:
    files = {MAIN: "version = 2\n" + mirror(OLD)}
    assert first_host(files, "2.2.0") == DOWN
    assert first_host(files, "2.2.1") == HARBOR
    assert first_host({MAIN: "version = 2\n"}, "2.2.0") == HUB


def test_a_dump_with_the_hidden_default_folders() -> None:
    """2.2 and later print config_path = '' where the two default folders are in force."""
    dump = f"version = 3\n[{NEW}]\nuse_local_image_pull = true\n" + config_path(NEW, "")
    node = load(NodeFiles(HOSTS, V22, dump=dump))
    assert CERTS_D in node.requests("nginx")[0]


@examples_of("registry")
def test_findings(code: str, version: str, bad: Files, good: Files, subject: str) -> None:
    assert_found(code, version, bad, good, subject)


# the version of the file and of all, the plugin's name, and the releases that count its settings
TEST_COUNTS: list[tuple[int, int, str, tuple[str, ...]]] = [
    (2, 2, OLD_NAME, ALL),
    (2, 2, NEW_NAME, TWO_X),
    (2, 2, SHORT, ()),
    (0, 2, SHORT, TWO_X),
    (1, 1, SHORT, ALL),
    (3, 3, OLD_NAME, (V16, V17, V23, V24)),
    (4, 4, OLD_NAME, (V16, V17)),
    (4, 4, NEW_NAME, TWO_X),
]


@pytest.mark.parametrize(("own", "merged", "name", "releases"), TEST_COUNTS)
def test_which_settings_count(own: int, merged: int, name: str, releases: tuple[str, ...]) -> None:
    file = ConfigFile("f", "", {"version": own} if own else {})
    whole = Merged(merged, {}, (), (), (file,))
    found = []
    for release in ALL:
        version = parse_version(release)
        assert version is not None
        if counts(file, name, whole, version):
            found.append(release)
    assert tuple(found) == releases
