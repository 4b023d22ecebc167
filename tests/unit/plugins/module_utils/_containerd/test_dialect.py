# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What containerd's parsers take and leave that TOML 1.0 does not: all seen on real daemons."""

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

MAIN = "/etc/containerd/config.toml"
DROP = "/etc/containerd/conf.d/{}.toml"
CERTS = "/etc/containerd/certs.d"
HOSTS = f"{CERTS}/docker.io/hosts.toml"
OLD = 'plugins."io.containerd.grpc.v1.cri"'
NEW = 'plugins."io.containerd.cri.v1.images"'
IMPORTS = 'imports = ["/etc/containerd/conf.d/*.toml"]\n'
HARBOR, OTHER, HUB = "harbor.example.org", "mirror2.example.org", "registry-1.docker.io"

V16, V17, V21 = "1.6.20", "1.7.24", "2.1.9"
ONE_X, TWO_X, ALL, NONE = (V16, V17), (V21,), (V16, V17, V21), ()


def mirror(table: str = OLD, option: str = "endpoint", endpoint: str = HARBOR) -> str:
    return f'[{table}.registry.mirrors."docker.io"]\n{option} = ["https://{endpoint}"]\n'


def certs(text: str) -> dict[str, str]:
    main = f'version = 2\n[{OLD}.registry]\nconfig_path = "{CERTS}"\n'
    return {MAIN: main, HOSTS: text}


def first_host(files: dict[str, str], version: str) -> str:
    """Return the host asked first for an image of Docker Hub, or the state."""
    node = load(NodeFiles(files, version))
    requests = node.requests("nginx")
    return node.cri if node.cri != "up" else requests[0].split("/")[2] if requests else ""


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


def test_a_bracket_makes_1x_ignore_a_hosts_toml() -> None:
    files = certs(f'[host."https://{HARBOR}"]\n[host."https://[fd00::1]:5000"]\n')
    assert [first_host(files, version) for version in ALL] == [HUB, HUB, HARBOR]
    finding = next(
        one for one in analyse(load(NodeFiles(files, V17))) if one.code == "hosts_toml_ignored"
    )
    assert finding.subject == f"{HOSTS}:2" and "1.x cannot read" in finding.message


def test_a_dump_is_no_input_of_the_parser() -> None:
    dump = f'version = 2\n{mirror()}[{OLD}.registry.mirrors."[fd00::1]:5000"]\n'
    assert load(NodeFiles({}, V17, dump=dump)).requests("nginx")[0].startswith(f"https://{HARBOR}")


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
    drops = {DROP.format(number): text for number, text in enumerate(texts[1:])}
    node = load(NodeFiles({MAIN: texts[0] + IMPORTS, **drops}, V21))
    assert node.cri == state
    assert [one.code for one in node.causes] == (["config_version_panics"] if node.reason else [])


# A [host] with skip_verify, and the first URL's start by 1.6, 1.7 and 2.1.
TEST_HTTP_WITH_TLS: list[tuple[str, tuple[str, str, str]]] = [
    ("http://h.io", ("http://h.io/", "https://h.io/", "https://h.io/")),
    ("http://h.io:80", ("http://h.io:80/", "http://h.io:80/", "http://h.io:80/")),
    ("http://h.io:443", ("http://h.io:443/", "https://h.io:443/", "https://h.io:443/")),
]


@pytest.mark.parametrize(("url", "starts"), TEST_HTTP_WITH_TLS)
def test_http_with_tls_options(url: str, starts: tuple[str, ...]) -> None:
    files = certs(f'[host."{url}"]\nskip_verify = true\n')
    for version, start in zip(ALL, starts, strict=True):
        assert load(NodeFiles(files, version)).requests("nginx")[0].startswith(start)
    codes = {one.code for one in analyse(load(NodeFiles(files, V17)))}
    assert ("https_first" in codes) is (url != "http://h.io:80")
    assert ("plain_http" in codes) is (url == "http://h.io:80")


def test_brackets_in_a_path_stay() -> None:
    files = certs(f'[host."https://{HARBOR}/[x]"]\n')
    assert load(NodeFiles(files, V21)).requests("nginx")[0].startswith(f"https://{HARBOR}/[x]/v2/")
