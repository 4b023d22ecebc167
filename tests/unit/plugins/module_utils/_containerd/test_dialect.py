# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What containerd's parsers take and leave that TOML 1.0 does not: all seen on real daemons."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from tests.pages.node_example_files import CERTS, MAIN, OLD
from tests.unit.helpers.containerd_nodes import HARBOR, HUB, certs, first_host

DROP = "/etc/containerd/conf.d/{}.toml"
HOSTS = f"{CERTS}/docker.io/hosts.toml"
OTHER = "mirror2.example.org"
V16, V17, V21 = "1.6.20", "1.7.24", "2.1.9"
ONE_X, TWO_X, ALL, NONE = (V16, V17), (V21,), (V16, V17, V21), ()


def mirror(table: str = OLD, option: str = "endpoint", endpoint: str = HARBOR) -> str:
    return f'[{table}.registry.mirrors."docker.io"]\n{option} = ["https://{endpoint}"]\n'


# What stands in front of a file that has a mirror, and the releases that read it.
TEST_TEXTS: list[tuple[str, tuple[str, ...]]] = [
    ("\ufeff", ONE_X),
    ("# a\x01b\n", ONE_X),
    ("# a\x7fb\n", ONE_X),
    ("# a\x00b\n", ONE_X),
    ("# a\tb\n", ALL),
    ('x = "a\x01b"\n', NONE),
    ('x = "a\x7fb"\n', ONE_X),
    ("x = 'a\x01b'\n", ONE_X),
    ("x = 1\ry = 2\n", ONE_X),
    ("x = {a = 1,\nb = 2}\n", ALL),
    ("x = {\na = 1}\n", ALL),
    ("x = {a = 1\n}\n", ALL),
    ("x = {a = 1, # c\nb = 2}\n", ALL),
    ('x = {a = [1,\n2], b = "{"}\n', ALL),
    ("x = {a = 1,}\n", TWO_X),
    ("x = {a = 1, # c\n}\n", TWO_X),
    ('x = "\\/"\n', ONE_X),
    ('x = "\\\\/"\n', ALL),
    ('x = "\\e"\n', TWO_X),
    ('x = "\\x41"\n', TWO_X),
    ('x = "\\q"\n', NONE),
    ("x = ['a' 'b']\n", NONE),
]


@pytest.mark.parametrize(("text", "readers"), TEST_TEXTS)
def test_texts(text: str, readers: tuple[str, ...]) -> None:
    for version in ALL:
        # The mark of the byte order counts at the very start alone.
        main = "\ufeff" if text == "\ufeff" else ""
        files = {MAIN: f"{main}version = 2\n{text.lstrip(main)}{mirror()}"}
        assert first_host(files, version) == (HARBOR if version in readers else "not started")
        hosts = certs(f'{text}[host."https://{HARBOR}"]\n')
        assert first_host(hosts, version) == (HARBOR if version in readers else HUB)


# What follows a mirror in config.toml, and the releases that read it.
TEST_BRACKETS: list[tuple[str, tuple[str, ...]]] = [
    (f'[{OLD}.registry.mirrors."[fd00::1]:5000"]\n', TWO_X),
    (f'[{OLD}.registry.mirrors."a[b"]\n', TWO_X),
    (f'[{OLD}.registry.mirrors."a]b"]\n', TWO_X),
    (f"[{OLD}.registry.mirrors.'a]b']\n", TWO_X),
    ('[[x."a]b"]]\ny = 1\n', TWO_X),
    (f'[{OLD}.registry.mirrors."a\\u005bb"]\n', ALL),
    (f'[{OLD}.registry.mirrors]\n"[fd00::1]:5000" = {{}}\n', ALL),
    ('[x] # ["a]b"]\n', ALL),
    ('[x]\ny = """\n[z."a]b"]\n"""\n', ALL),
    ('[x]\ny = [\n["a]b"],\n["c]"]\n]\n', ALL),
]


@pytest.mark.parametrize(("text", "readers"), TEST_BRACKETS)
def test_brackets_in_table_headers(text: str, readers: tuple[str, ...]) -> None:
    for version in ALL:
        found = first_host({MAIN: f"version = 2\n{mirror()}{text}"}, version)
        assert found == (HARBOR if version in readers else "not started")


def test_a_dump_is_no_input_of_the_parser() -> None:
    dump = f'version = 2\n{mirror()}[{OLD}.registry.mirrors."[fd00::1]:5000"]\n'
    assert load(NodeFiles({}, V17, dump=dump)).requests("nginx")[0].startswith(f"https://{HARBOR}")


def test_brackets_in_a_path_stay() -> None:
    files = certs(f'[host."https://{HARBOR}/[x]"]\n')
    assert load(NodeFiles(files, V21)).requests("nginx")[0].startswith(f"https://{HARBOR}/[x]/v2/")
