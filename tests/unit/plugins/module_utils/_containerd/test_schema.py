# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options in another letter case, types of options, and tables made one."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.schema import (
    Schema,
    Table,
    in_order_of_names,
    mismatch,
    table_at,
    union,
)
from tests.pages.node_example_files import CERTS, IMPORTS, MAIN, NEW, OLD
from tests.unit.helpers.containerd_nodes import HARBOR, HUB, certs, first_host

DROP = "/etc/containerd/conf.d/{}.toml"
HOSTS = f"{CERTS}/docker.io/hosts.toml"
OTHER = "other.example.org"
V16, V17, V21 = "1.6.20", "1.7.24", "2.1.9"
ONE_X, TWO_X, ALL, NONE = (V16, V17), (V21,), (V16, V17, V21), ()


def mirror(table: str = OLD, option: str = "endpoint", endpoint: str = HARBOR) -> str:
    return f'[{table}.registry.mirrors."docker.io"]\n{option} = ["https://{endpoint}"]\n'


PATHS = f'[{OLD}.registry]\n{{}} = "{CERTS}"\n'
HOST = f'[host."https://{HARBOR}"]\n'


# Files with an option in another letter case, and the first host asked by 1.6, 1.7 and 2.1.
TEST_LETTER_CASE: list[tuple[dict[str, str], tuple[str, str, str]]] = [
    ({MAIN: "version = 2\n" + mirror(option="ENDPOINT")}, (HARBOR, HARBOR, HARBOR)),
    ({MAIN: "version = 2\n" + mirror(option="Endpoint")}, (HUB, HUB, HARBOR)),
    (
        {MAIN: "version = 2\n" + mirror().replace("mirrors", "MIRRORS")},
        (HARBOR, HARBOR, HARBOR),
    ),
    ({MAIN: "version = 2\n" + mirror().replace("mirrors", "Mirrors")}, (HUB, HUB, HARBOR)),
    ({MAIN: "version = 2\n" + mirror().replace("registry", "REGISTRY")}, (HARBOR, HARBOR, HUB)),
    ({MAIN: "version = 2\n" + mirror().replace("registry", "Registry")}, (HUB, HUB, HUB)),
    (
        {MAIN: "version = 3\n" + mirror(NEW).replace("registry", "Registry")},
        (HUB, "not started", HARBOR),
    ),
    ({MAIN: "version = 2\n" + mirror().replace("plugins", "PLUGINS")}, (HARBOR, HARBOR, HARBOR)),
    ({MAIN: "version = 2\n" + mirror().replace("plugins", "Plugins")}, (HUB, HUB, HARBOR)),
    ({MAIN: "VERSION = 2\n" + mirror()}, (HARBOR, HARBOR, HARBOR)),
    ({MAIN: "Version = 2\n" + mirror()}, (HUB, HUB, HARBOR)),
    (
        {MAIN: "version = 2\nDISABLED_PLUGINS = ['io.containerd.grpc.v1.cri']\n"},
        ("down", "down", "down"),
    ),
    (
        {MAIN: "version = 2\nDisabled_Plugins = ['io.containerd.grpc.v1.cri']\n"},
        (HUB, HUB, "down"),
    ),
    (
        {MAIN: "version = 2\n" + PATHS.format("CONFIG_PATH"), HOSTS: HOST},
        (HARBOR, HARBOR, HARBOR),
    ),
    ({MAIN: "version = 2\n" + PATHS.format("Config_Path"), HOSTS: HOST}, (HUB, HUB, HARBOR)),
    (
        {MAIN: "version = 2\n" + PATHS.format("CONFIG_PATH") + mirror()},
        ("down", "down", "down"),
    ),
    (
        {MAIN: f'version = 2\n{mirror(option="ENDPOINT")}endpoint = ["https://{OTHER}"]\n'},
        (OTHER, OTHER, OTHER),
    ),
    (
        {MAIN: f'version = 2\n{mirror()}ENDPOINT = ["https://{OTHER}"]\n'},
        (HARBOR, HARBOR, HARBOR),
    ),
    (
        {MAIN: f'version = 2\n{mirror(option="Endpoint")}ENDPOINT = ["https://{OTHER}"]\n'},
        (OTHER, OTHER, HARBOR),
    ),
    ({MAIN: "version = 2\nVERSION = 3\n" + mirror()}, (HARBOR, HARBOR, HUB)),
    (
        {
            MAIN: "version = 2\n" + IMPORTS + mirror(),
            DROP.format(0): "version = 2\n" + mirror(option="ENDPOINT", endpoint=OTHER),
        },
        (OTHER, OTHER, HARBOR),
    ),
    (
        {MAIN: "version = 2\n" + mirror(option="ENDPOINT = 1 #")},
        ("not started", "not started", "not started"),
    ),
    (certs(f'SERVER = "https://{OTHER}"\n[host]\n'), (OTHER, OTHER, OTHER)),
    (certs(f'Server = "https://{OTHER}"\n[host]\n'), (HUB, HUB, OTHER)),
    (certs(HOST.replace("host", "HOST")), (HUB, HUB, HUB)),
    (certs(HOST.replace("host", "Host")), (HUB, HUB, HUB)),
    (certs(HOST + 'CAPABILITIES = ["pull"]\n'), (HUB, HUB, HUB)),
    (certs(HOST + 'Capabilities = ["pull"]\n'), (HARBOR, HARBOR, HUB)),
    (certs(HOST + 'Skip_Verify = "true"\n'), (HARBOR, HARBOR, HUB)),
]


@pytest.mark.parametrize(("files", "hosts"), TEST_LETTER_CASE)
def test_letter_case(files: dict[str, str], hosts: tuple[str, str, str]) -> None:
    assert tuple(first_host(files, version) for version in ALL) == hosts


@pytest.mark.parametrize(
    ("option", "roots"),
    [
        ("OVERRIDE_PATH", ("v2/p", "v2/p", "v2/p")),
        ("Override_Path", ("v2/p/v2", "v2/p/v2", "v2/p")),
        ("override_path = false\nOVERRIDE_PATH", ("v2/p/v2", "v2/p/v2", "v2/p")),
    ],
)
def test_letter_case_of_override_path(option: str, roots: tuple[str, ...]) -> None:
    files = certs(f'[host."https://{HARBOR}/v2/p"]\n{option} = true\n')
    for version, root in zip(ALL, roots, strict=True):
        url = load(NodeFiles(files, version)).requests("nginx")[0]
        assert url.startswith(f"https://{HARBOR}/{root}/library/nginx/")


SCHEMA: Schema = {"n": int, "s": (str, [str]), "t": {"*": {"b": bool}}}

# a table, and the keys that lead to its first value of a wrong type
TEST_TYPES: list[tuple[Table, tuple[str, ...] | None]] = [
    ({"n": 1, "s": "x", "t": {"a": {"b": True}}}, None),
    ({"s": ["x", "y"], "unknown": 1.5}, None),
    ({"n": True}, ("n",)),
    ({"n": "1"}, ("n",)),
    ({"s": ["x", 1]}, ("s",)),
    ({"t": {"a": {"b": "yes"}}}, ("t", "a", "b")),
    ({"t": {"a": 1}}, ("t", "a")),
    ({"t": []}, ("t",)),
]


@pytest.mark.parametrize(("table", "wrong"), TEST_TYPES)
def test_types(table: Table, wrong: tuple[str, ...] | None) -> None:
    assert mismatch(table, SCHEMA) == wrong


def test_the_newer_of_two_tables_wins_key_by_key() -> None:
    older = {"a": 1, "t": {"x": 1, "y": 1}}
    assert union(older, {"t": {"y": 2}}) == {"a": 1, "t": {"x": 1, "y": 2}}
    assert union(older, {"t": {"y": 2}}, deep=False) == {"a": 1, "t": {"y": 2}}
    assert union(older, {"t": 3})["t"] == 3
    assert older == {"a": 1, "t": {"x": 1, "y": 1}}


def test_a_table_under_keys_that_are_none_is_empty() -> None:
    data = {"a": {"b": {"c": 1}}, "x": 1}
    assert table_at(data, "a", "b") == {"c": 1}
    assert [table_at(data, "x"), table_at(data, "x", "y"), table_at(data, "no")] == [{}, {}, {}]
    assert table_at(None, "a") == {}


def test_keys_are_put_in_order_at_every_depth() -> None:
    ordered = in_order_of_names({"b": {"d": 1, "c": 2}, "a": 3})
    assert (list(ordered), list(ordered["b"])) == (["a", "b"], ["c", "d"])
