# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of imports: order, patterns, merge and versions.

The names in the tables are those of the measured specification; the vectors are in another test.
"""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.imports import (
    _matcher,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from tests.pages.node_example_files import DROP, IMPORTS, MAIN, NEW, OLD, Files
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
    V21,
    V23,
    assert_found,
    by_release,
    config_path,
    examples_of,
    first_host,
    mirror,
)
from tests.unit.helpers.rows import every

TEST_IMPORTS: list[tuple[str, dict[str, str], dict[str, tuple[str, ...]]]] = [
    (
        "I03, globs are sorted and the last wins",
        {
            MAIN: "version = 2\n" + IMPORTS,
            "/etc/containerd/conf.d/20.toml": "version = 2\n" + mirror(OLD),
            DROP: "version = 2\n" + mirror(OLD, endpoint=OTHER),
        },
        {HARBOR: ALL},
    ),
    (
        "I04, a drop-in of another plugin",
        {
            MAIN: "version = 2\n" + IMPORTS + mirror(OLD),
            DROP: 'version = 2\n[plugins."io.containerd.gc.v1.scheduler"]\ndeletion_threshold = 0',
        },
        {HARBOR: ALL},
    ),
    (
        "I06d, main v3, drop-in v2",
        {
            MAIN: "version = 3\n" + IMPORTS + mirror(NEW),
            DROP: "version = 2\n",
        },
        {HUB: ONE_X, HARBOR: TWO_X},
    ),
    (
        "I09, nested imports come after all siblings",
        {
            MAIN: 'version = 2\nimports = ["a.toml", "b.toml"]\n',
            "/etc/containerd/a.toml": 'version = 2\nimports = ["c.toml"]\n',
            "/etc/containerd/b.toml": "version = 2\n" + mirror(OLD, endpoint=OTHER),
            "/etc/containerd/c.toml": "version = 2\n" + mirror(OLD),
        },
        {HARBOR: ALL},
    ),
    (
        "imports in a circle",
        {
            MAIN: 'version = 2\nimports = ["a.toml"]\n',
            "/etc/containerd/a.toml": f'version = 2\nimports = ["{MAIN}"]\n' + mirror(OLD),
        },
        {HARBOR: ALL},
    ),
    ("I12, broken drop-in", {MAIN: "version = 2\n" + IMPORTS, DROP: "version = "}, {STOPPED: ALL}),
    (
        "I13, imports after a header",
        {MAIN: "version = 2\n[grpc]\n" + IMPORTS, DROP: "version = 2\n" + mirror(OLD)},
        {HUB: ALL},
    ),
    (
        "I15, main v3 with NEW, drop-in v2 with OLD",
        {
            MAIN: "version = 3\n" + IMPORTS + mirror(NEW),
            DROP: "version = 2\n" + mirror(OLD, "quay.io", OTHER),
        },
        {HUB: (*ONE_X, *UP_TO_22), HARBOR: (V23,)},
    ),
    (
        "I16, main with config_path, drop-in with mirrors",
        {
            MAIN: "version = 2\n" + IMPORTS + config_path(OLD),
            DROP: "version = 2\n" + mirror(OLD),
        },
        {HARBOR: ONE_X, DOWN: TWO_X},
    ),
    (
        "I17, main v3, drop-in without version and with OLD",
        {MAIN: "version = 3\n" + IMPORTS, DROP: mirror(OLD)},
        {HARBOR: (V16, V23), STOPPED: (V17,), HUB: UP_TO_22},
    ),
    (
        "E06, main v2, drop-in v1",
        {
            MAIN: "version = 2\n" + IMPORTS + mirror(OLD),
            DROP: "version = 1\n" + mirror("plugins.cri", endpoint=OTHER),
        },
        {OTHER: ALL},
    ),
    (
        "E06, old table alone",
        {MAIN: "version = 2\n" + IMPORTS + mirror(OLD), DROP: "version = 1\n"},
        {HUB: ONE_X, HARBOR: TWO_X},
    ),
    (
        "disabled_plugins of all files are joined",
        {
            MAIN: 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n' + IMPORTS,
            DROP: "version = 2\ndisabled_plugins = []\n",
        },
        {DOWN: ALL},
    ),
    (
        "a glob matches dot files, and a folder stops the daemon",
        {MAIN: 'version = 2\nimports = ["conf.d/*"]\n', "/etc/containerd/conf.d/d/x": ""},
        {STOPPED: (V17, *TWO_X)},
    ),
    (
        "a dot file",
        {
            MAIN: "version = 2\n" + IMPORTS,
            "/etc/containerd/conf.d/.x.toml": "version = 2\n" + mirror(OLD),
        },
        {HARBOR: ALL},
    ),
    (
        "a star does not cross folders",
        {
            MAIN: 'version = 2\nimports = ["/etc/containerd/*.toml.d"]\n',
            "/etc/containerd/x/y.toml.d": "version = 2\n" + mirror(OLD),
        },
        {HUB: ALL},
    ),
    (
        "classes in a glob",
        {
            MAIN: 'version = 2\nimports = ["/etc/*/conf.d/[^a-m]?.toml"]\n',
            "/etc/containerd/conf.d/ax.toml": "version = 2\n" + mirror(OLD),
            "/etc/containerd/conf.d/zx.toml": "version = 2\n" + mirror(OLD, endpoint=OTHER),
        },
        {OTHER: ALL},
    ),
    ("a broken glob", {MAIN: 'version = 2\nimports = ["/etc/[*.toml"]\n'}, {STOPPED: ALL}),
    (
        "a later config_path of nothing",
        {
            MAIN: "version = 2\n" + IMPORTS + config_path(OLD),
            DROP: "version = 2\n" + config_path(OLD, "") + mirror(OLD),
        },
        {HARBOR: ALL},
    ),
]


@every(by_release(TEST_IMPORTS))
def test_imports(files: dict[str, str], version: str, expected: str) -> None:
    assert first_host(files, version) == expected


TEST_RELATIVE_GLOB = [
    ("1.6.29", HUB),
    ("1.6.30", HARBOR),
    ("1.7.15", HUB),
    ("1.7.16", HARBOR),
    ("1.5.9", HUB),
]


@pytest.mark.parametrize(("version", "expected"), TEST_RELATIVE_GLOB)
def test_relative_globs_start_at_the_importing_file_since(version: str, expected: str) -> None:
    files = {
        MAIN: 'version = 2\nimports = ["conf.d/*.toml"]\n',
        DROP: "version = 2\n" + mirror(OLD),
    }
    assert first_host(files, version) == expected


TEST_PRE_RELEASES = [("2.0.0-beta.1", HUB), ("2.0.0~rc.5", HUB), ("2.0.0-rc.6", HARBOR)]


@pytest.mark.parametrize(("version", "expected"), TEST_PRE_RELEASES)
def test_tables_are_replaced_up_to_the_fifth_candidate(version: str, expected: str) -> None:
    files = {
        MAIN: "version = 2\n" + IMPORTS + mirror(OLD),
        DROP: "version = 2\n" + mirror(OLD, "quay.io"),
    }
    assert first_host(files, version) == expected


# The versions of the files in the order of reading (0: none), and what 2.1.9 does.
TEST_VERSIONS: list[tuple[tuple[int, ...], str]] = [
    ((4, 0), "not started"),
    ((4, 1), "not started"),
    ((4, 4, 0), "not started"),
    ((4, 0, 3), "not started"),
    ((0, 4, 0), "not started"),
    ((3, 4, 0, 3), "not started"),
    ((4, 3), "up"),
    ((4, 3, 0), "up"),
    ((4, 2, 0), "up"),
    ((0, 4, 3, 0), "up"),
    ((1, 0), "up"),
]


@pytest.mark.parametrize(("versions", "state"), TEST_VERSIONS)
def test_a_version_that_cannot_be_reached_panics(versions: tuple[int, ...], state: str) -> None:
    texts = [f"version = {number}\n" if number else "" for number in versions]
    drops = {f"/etc/containerd/conf.d/{number}.toml": text for number, text in enumerate(texts[1:])}
    node = load(NodeFiles({MAIN: texts[0] + IMPORTS, **drops}, V21))
    assert node.cri == state
    assert [one.code for one in node.causes] == (["config_version_panics"] if node.reason else [])


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


@examples_of("imports")
def test_findings(code: str, version: str, bad: Files, good: Files, subject: str) -> None:
    assert_found(code, version, bad, good, subject)
