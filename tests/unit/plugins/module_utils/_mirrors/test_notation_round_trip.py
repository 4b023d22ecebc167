# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writing every notation, and reading it back."""

from __future__ import annotations

import tomllib
import typing as t

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    NOTATIONS,
    parse_mirrors,
    render_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notations.containerd import (
    toml_string,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.table import (
    MirrorEntry,
    MirrorTable,
)

PAGE = (
    "docker.io::harbor.example.org/airgap-images/docker.io,"
    "gcr.io::harbor.example.org/airgap-images/gcr.io,"
    "us-docker.pkg.dev::harbor.example.org/airgap-images"
)
TABLE = parse_mirrors(PAGE).table
OLD = "io.containerd.grpc.v1.cri"
NEW = "io.containerd.cri.v1.images"


def table(*entries: str) -> MirrorTable:
    return MirrorTable(tuple(MirrorEntry(*text.split("::")) for text in entries))


@pytest.mark.parametrize("notation", NOTATIONS)
def test_page_survives_every_notation(notation: str) -> None:
    parsed = parse_mirrors(render_mirrors(TABLE, notation))

    assert (parsed.table, parsed.notation, parsed.findings) == (TABLE, notation, ())


def test_palette_string_is_the_page() -> None:
    assert render_mirrors(TABLE, "palette") == PAGE


def test_image_change_block() -> None:
    text = render_mirrors(TABLE, "image_change")

    assert isinstance(text, str)
    assert yaml.safe_load(text) == {"imageSwap": {"imageChange": PAGE.replace(",", "\n")}}


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


def test_unknown_path_style() -> None:
    with pytest.raises(ValueError, match="'v2' is no path style"):
        render_mirrors(TABLE, "palette", path_style="v2")


def test_unknown_notation() -> None:
    with pytest.raises(ValueError, match="'toml' is no notation: choose one of palette"):
        render_mirrors(TABLE, "toml")


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
    tree = render_mirrors(table(entry), "containerd_hosts", certs_dir="/certs/")

    assert isinstance(tree, dict)
    ((path, content),) = tree.items()
    assert path == f"/certs/{folder}/hosts.toml"
    hosts = tomllib.loads(content)["host"]
    assert list(hosts) == [host]
    assert hosts[host].get("override_path", False) is override
    assert parse_mirrors(tree).table == table(entry)


TEST_LOST: list[tuple[str, str, str]] = [
    ("palette", "noswap_wildcards::a.io,b.io", "a comma ends an entry"),
    ("palette", "quay.io::", "target is empty"),
    ("palette", "quay.io::https://h.io", "begins with a scheme"),
    ("imageswap_map", "quay.io::h.io/#a", "begins a comment"),
    ("image_change", "quay.io::h.io/#a", "begins a comment"),
    ("containerd_hosts", "docker.io/library::h.io", "no library entries"),
    ("containerd_hosts", "noswap_wildcards::h.io", "no wildcards entries"),
    ("containerd_hosts", "quay.io::", "exempts"),
    ("containerd_hosts", "quay.io::httpbin.io/v2/p", "misreads"),
    ("containerd_mirrors", "[EXACT]a::h.io/b", "no exact entries"),
    ("containerd_mirrors", "quay.io/jetstack::h.io/b", "never a path"),
    ("containerd_mirrors", "quay.io::h.io/b-", "end in '-'"),
    ("k3s_registries", "[REPLACE]a::h.io/b", "no replace entries"),
    ("k3s_registries", "quay.io::", "exempts"),
]


@pytest.mark.parametrize(("notation", "entry", "reason"), TEST_LOST)
def test_what_a_notation_cannot_express_is_an_error(notation: str, entry: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{notation} cannot express") as raised:
        render_mirrors(table("docker.io::h.io/a", entry), notation)

    assert entry in str(raised.value)
    assert reason in str(raised.value)


def test_error_names_every_entry() -> None:
    with pytest.raises(ValueError, match="cannot express") as raised:
        render_mirrors(table("[EXACT]a::h.io/b", "[REPLACE]c::h.io"), "k3s_registries")

    assert "[EXACT]a" in str(raised.value)
    assert "[REPLACE]c" in str(raised.value)


def test_empty_table_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot express this table: There is no mirror entry"):
        render_mirrors(MirrorTable(), "palette")


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
    ("mirrors:\n  quay.io:\n    endpoint:\n      - https://h.io/v2\n", "quay.io::h.io", []),
    ("mirrors:\n  '*':\n    endpoint: [h.io/v2/p]\n", "default::h.io/v2/p", []),
    (
        {"mirrors": {"q.io": {"endpoint": ["https://h.io"], "rewrite": {"^(.*)$": "p/q/$1"}}}},
        "q.io::h.io/p/q",
        [],
    ),
    (
        {"mirrors": {"q.io": {"endpoint": ["https://h.io"], "rewrite": {"a/(.*)": "p/$1"}}}},
        "q.io::h.io",
        ["rewrite_not_read"],
    ),
    (
        "mirrors:\n  q.io:\n    endpoint: ['https://h.io/p']\nconfigs:\n  h.io: {auth: {}}\n",
        "q.io::h.io/p",
        ["configs_not_read", "endpoint_without_v2"],
    ),
]


@pytest.mark.parametrize(("raw", "entry", "codes"), TEST_LIVE)
def test_read_of_live_configuration(raw: object, entry: str, codes: list[str]) -> None:
    parsed = parse_mirrors(raw)

    assert parsed.table == table(entry)
    assert parsed.ok
    assert [finding.code for finding in parsed.findings] == codes


TEST_UNREADABLE: list[tuple[object, str, str]] = [
    ("[plugins", "containerd_mirrors", "broken_toml"),
    ('[plugins.cri.registry]\nconfig_path = "/c"', "containerd_mirrors", "mirrors_elsewhere"),
    (
        '[plugins.cri.registry.mirrors."a"]\nendpoint = "h"',
        "containerd_mirrors",
        "wrong_endpoint_type",
    ),
    ("version = 2", "containerd_mirrors", "no_entries"),
    ({"/c/a.io/hosts.toml": "["}, "containerd_hosts", "broken_toml"),
    ({"/c/a.io/hosts.toml": ""}, "containerd_hosts", "no_host"),
    ({"/c/a.io/hosts.toml": 5}, "containerd_hosts", "file_not_read"),
    ("mirrors: 5", "k3s_registries", "no_mirrors"),
    ("mirrors: {a.io: {endpoint: {}}}", "k3s_registries", "wrong_endpoint_type"),
    ("mirrors: {{", "k3s_registries", "broken_yaml"),
]


@pytest.mark.parametrize(("raw", "notation", "code"), TEST_UNREADABLE)
def test_unreadable(raw: object, notation: str, code: str) -> None:
    parsed = parse_mirrors(raw, notation)

    assert len(parsed.table) == 0
    assert code in [finding.code for finding in parsed.findings]


def test_secrets_of_a_broken_file_stay_out_of_findings() -> None:
    parsed = parse_mirrors("mirrors: {}\nconfigs:\n  password: 'hunter2", "k3s_registries")

    assert [finding.code for finding in parsed.findings] == ["broken_yaml"]
    assert "hunter2" not in str(parsed.findings)


@settings(max_examples=100, deadline=None)
@given(text=st.text())
def test_toml_string_reads_back(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()

    assert tomllib.loads(f"a = {toml_string(text)}")["a"] == text


_LABEL = st.sampled_from(["docker", "h", "v2", "a-b", "http", "0", "x", "localhost", "io"])
_HOST = st.builds(
    lambda labels, port: ".".join(labels) + port,
    st.lists(_LABEL, min_size=1, max_size=3),
    st.sampled_from(["", ":5000"]),
)
_PLACE = st.builds(
    lambda host, path, end: "/".join([host, *path]) + end,
    _HOST,
    st.lists(_LABEL, max_size=3),
    st.sampled_from(["", "", "", "-", "/", ":1"]),
)
_SOURCE = st.one_of(
    _HOST,
    _PLACE,
    st.sampled_from(
        ["default", "noswap_wildcards", "docker.io/library", "[EXACT]A:1", "[REPLACE]*"]
    ),
)
_ENTRY = st.builds(
    MirrorEntry, _SOURCE, st.one_of(_PLACE, st.just(""), st.just("a,b"), st.text(max_size=4))
)


def _unique(entries: list[MirrorEntry]) -> MirrorTable:
    return MirrorTable(tuple({entry.source: entry for entry in entries}.values()))


@settings(max_examples=100, deadline=None)
@given(
    entries=st.lists(_ENTRY, min_size=1, max_size=4),
    notation=st.sampled_from(list(NOTATIONS)),
    options=st.fixed_dictionaries(
        {
            "path_style": st.sampled_from(["verbatim", "v2_prefix"]),
            "config_version": st.sampled_from([2, 3]),
        }
    ),
)
def test_what_is_written_reads_back(
    entries: list[MirrorEntry], notation: str, options: dict[str, t.Any]
) -> None:
    written = _unique(entries)
    try:
        rendered = render_mirrors(written, notation, **options)
    except ValueError as error:
        assert "cannot express" in str(error)
        return
    parsed = parse_mirrors(rendered, notation)
    assert parsed.ok
    assert parsed.table == written


@settings(max_examples=100, deadline=None)
@given(hosts=st.lists(_HOST, min_size=1, max_size=4, unique=True), target=_HOST)
def test_plain_tables_have_every_notation(hosts: list[str], target: str) -> None:
    """A table of plain registries can be written in every notation, and is detected."""
    written = _unique(
        [MirrorEntry(host, f"{target}/p/{index}") for index, host in enumerate(hosts)]
    )
    for notation in NOTATIONS:
        parsed = parse_mirrors(render_mirrors(written, notation))
        if notation != "imageswap_map" or len(hosts) > 1:  # one line is both
            assert parsed.notation == notation
        assert parsed.table == written
