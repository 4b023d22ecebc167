# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of containerd: config.toml, and a tree of hosts.toml files."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
    render_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notations.containerd import (
    hosts_unsupported,
    toml_string,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.table import (
    MirrorEntry,
)
from tests.unit.helpers.mirror_rules import TABLE, assert_read

OLD = "io.containerd.grpc.v1.cri"
NEW = "io.containerd.cri.v1.images"


TEST_CONFIG: list[tuple[int, str, str, str]] = [
    (2, OLD, "verbatim", "harbor.example.org/airgap-images/docker.io"),
    (3, NEW, "verbatim", "harbor.example.org/airgap-images/docker.io"),
    (2, OLD, "v2_prefix", "https://harbor.example.org/v2/airgap-images/docker.io"),
]


@pytest.mark.parametrize(("version", "plugin", "style", "endpoint"), TEST_CONFIG)
def test_config_toml(version: int, plugin: str, style: str, endpoint: str) -> None:
    text = render_mirrors(TABLE, "containerd_mirrors", config_version=version, path_style=style)

    assert isinstance(text, str)
    data = tomllib.loads(text)
    assert data["version"] == version
    assert data["plugins"][plugin]["registry"]["mirrors"]["docker.io"]["endpoint"] == [endpoint]
    assert parse_mirrors(text).table == TABLE


def test_unknown_config_version() -> None:
    with pytest.raises(ValueError, match="config_version is 4: choose 2 or 3"):
        render_mirrors(TABLE, "containerd_mirrors", config_version=4)


# entry, path under the folder, host, whether the path is overridden
TEST_HOSTS: list[tuple[str, str, str, bool]] = [
    ("docker.io::h.io/p", "docker.io", "https://h.io/v2/p", True),
    ("docker.io::h.io", "docker.io", "https://h.io", False),
    ("docker.io::h.io/v2/p", "docker.io", "h.io/v2/p", True),
    ("localhost:5000::h.io:8443/p", "localhost_5000_", "https://h.io:8443/v2/p", True),
    ("default::h.io/p", "_default", "https://h.io/v2/p", True),
    ("docker.io::localhost:5000/p", "docker.io", "http://localhost:5000/v2/p", True),
]


@pytest.mark.parametrize(("entry", "folder", "host", "override"), TEST_HOSTS)
def test_hosts_toml(entry: str, folder: str, host: str, override: bool) -> None:
    tree = render_mirrors(parse_mirrors(entry).table, "containerd_hosts", certs_dir="/certs/")

    assert isinstance(tree, dict)
    ((path, content),) = tree.items()
    assert path == f"/certs/{folder}/hosts.toml"
    hosts = tomllib.loads(content)["host"]
    assert list(hosts) == [host]
    assert hosts[host].get("override_path", False) is override
    assert parse_mirrors(tree).table == parse_mirrors(entry).table


_CONFIG = """\
## template: jinja
version = 2
imports = ["/etc/containerd/conf.d/*.toml"]
[plugins]
  [plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]
    endpoint = ["harbor.example.org/airgap-images/docker.io"]
"""


# text or tree as found on nodes, the entry it means, codes of findings
TEST_LIVE: list[tuple[object, str, list[str]]] = [
    (_CONFIG, "docker.io::harbor.example.org/airgap-images/docker.io", []),
    (
        '[plugins.cri.registry.mirrors."*"]\nendpoint = ["https://h.io/v2/p/", "https://docker.io"]',
        "default::h.io/p",
        ["more_endpoints"],
    ),
    (
        f'version = 3\n[plugins."{OLD}".registry.mirrors."quay.io"]\nendpoint = ["https://h.io"]',
        "quay.io::h.io",
        ["table_of_another_version"],
    ),
    (
        f'version = 2\n[plugins."{OLD}".registry.mirrors."quay.io"]\nendpoint = ["http://h.io/p"]',
        "quay.io::h.io/p",
        ["plain_http", "endpoint_without_v2"],
    ),
    (
        {
            "/c/docker.io/hosts.toml": 'server = "https://registry-1.docker.io"\n[host."https://h.io"]\n'
        },
        "docker.io::h.io",
        [],
    ),
    ({"docker.io/hosts.toml": 'server = "https://h.io/v2"'}, "docker.io::h.io", []),
    ({"/c/reg.io:5000/hosts.toml": '[host."h.io"]'}, "reg.io:5000::h.io", []),
    ({"/c/q.io/hosts.toml": '[host."https://h.io/p"]'}, "q.io::h.io/p", ["endpoint_without_v2"]),
    ({"/c/q.io/hosts.toml": '[host."https://h.io/v2/p"]'}, "q.io::h.io/p", ["endpoint_without_v2"]),
    (
        {"/c/q.io/hosts.toml": '[host."https://h.io/p"]\noverride_path = true'},
        "q.io::h.io/p",
        ["endpoint_without_v2"],
    ),
    (
        {"/c/q.io/hosts.toml": '[host."https://h.io"]\n[host."https://i.io"]', "/c/a.toml": ""},
        "q.io::h.io",
        ["more_endpoints", "file_not_read"],
    ),
    (
        {"/c/*/hosts.toml": '[host."https://h.io"]', "/c/q.io/hosts.toml": '[host."https://h.io"]'},
        "q.io::h.io",
        ["file_not_read"],
    ),
]


@pytest.mark.parametrize(("raw", "entry", "codes"), TEST_LIVE)
def test_read_of_live_configuration(raw: object, entry: str, codes: list[str]) -> None:
    assert_read(raw, entry, codes)


TEST_UNREADABLE: list[tuple[object, str, str]] = [
    ("[plugins", "containerd_mirrors", "broken_toml"),
    ('[plugins.cri.registry]\nconfig_path = "/c"', "containerd_mirrors", "mirrors_elsewhere"),
    (
        '[plugins.cri.registry.mirrors."a"]\nendpoint = "h"',
        "containerd_mirrors",
        "wrong_endpoint_type",
    ),
    ("version = 2", "containerd_mirrors", "no_entries"),
    (f"{'.'.join('a' * 5000)} = 1", "containerd_mirrors", "no_entries"),
    (
        '[plugins.cri.registry.mirrors."a"]\nendpoints = ["h"]',
        "containerd_mirrors",
        "option_not_known",
    ),
    *(
        (f'[{path}."a"]\nendpoint = ["h"]', "containerd_mirrors", "mirrors_misplaced")
        for path in (
            'plugin."io.containerd.grpc.v1.cri".registry.mirrors',
            'plugins."io.containerd.grpc.v1.cri".registy.mirrors',
            'plugins."io.containerd.grpc.v1.cri".registry.mirror',
            'plugins."io.containerd.grpc.v1.cri".mirrors',
            "mirrors",
        )
    ),
    ({"/c/a.io/hosts.toml": '[hosts."https://h.io"]'}, "containerd_hosts", "no_host"),
    ({"/c/a.io/hosts.toml": "["}, "containerd_hosts", "broken_toml"),
    ({"/c/a.io/hosts.toml": ""}, "containerd_hosts", "no_host"),
    ({"/c/a.io/hosts.toml": 5}, "containerd_hosts", "file_not_read"),
]


@pytest.mark.parametrize(("raw", "notation", "code"), TEST_UNREADABLE)
def test_unreadable(raw: object, notation: str, code: str) -> None:
    parsed = parse_mirrors(raw, notation)

    assert len(parsed.table) == 0
    assert code in [finding.code for finding in parsed.findings]


def test_misplaced_mirrors_are_told_where_they_belong() -> None:
    text = 'version = 3\n[plugins."io.containerd.cri.v1.images".registry.mirror."a.io"]\n'
    (finding,) = parse_mirrors(f'{text}endpoint = ["h.io"]\n').findings
    assert finding.subject == 'config.toml plugins."io.containerd.cri.v1.images".registry.mirror'
    right = 'plugins."io.containerd.cri.v1.images".registry.mirrors'
    assert finding.fix == f"Did you mean {right}? Write that name."


@given(text=st.text())
def test_toml_string_reads_back(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()

    assert tomllib.loads(f"a = {toml_string(text)}")["a"] == text


def test_a_registry_without_endpoints_is_exempt_only_where_it_hides_another() -> None:
    any_host = '[plugins.cri.registry.mirrors."*"]\nendpoint = ["https://h.io"]\n'
    empty = '[plugins.cri.registry.mirrors."q.io"]\nendpoint = []\n'
    hidden = parse_mirrors(any_host + empty)
    assert [str(entry) for entry in hidden.table] == ["default::h.io", "q.io::"]
    alone = parse_mirrors(any_host.replace("*", "a.io") + empty)
    assert [str(entry) for entry in alone.table] == ["a.io::h.io"]
    lost = parse_mirrors('[plugins.cri.registry.mirrors."*"]\nendpoint = []\n' + empty)
    assert "mirror_without_endpoint" in [finding.code for finding in lost.findings]


TEST_UNSUPPORTED: list[tuple[str, str]] = [
    ("quay.io::h.io/p", ""),
    ("quay.io::", "no entry that exempts a registry"),
    ("[EXACT]a::", "knows no exact entries"),
    ("quay.io::httpbin.io/v2/p", "misreads a host whose name begins with 'http'"),
    ("quay.io::httpbin.io/p", ""),
    ("quay.io::h.io/v2/p", ""),
]


@pytest.mark.parametrize(("entry", "reason"), TEST_UNSUPPORTED)
def test_what_a_hosts_toml_cannot_hold(entry: str, reason: str) -> None:
    said = hosts_unsupported(MirrorEntry(*entry.split("::")))
    assert reason in said if reason else said == ""
