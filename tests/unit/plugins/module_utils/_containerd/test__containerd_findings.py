# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings: each code where it belongs, and its absence from a node that differs in that alone."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd import (
    Containerd,
    NodeFiles,
    compare,
    load,
)

MAIN = "/etc/containerd/config.toml"
DROP = "/etc/containerd/conf.d/10.toml"
CERTS = "/etc/containerd/certs.d"
OLD = 'plugins."io.containerd.grpc.v1.cri"'
NEW = 'plugins."io.containerd.cri.v1.images"'
IMPORTS = 'imports = ["/etc/containerd/conf.d/*.toml"]\n'
GOOD = "https://harbor.example.org/v2/p"


def mirror(endpoint: str = GOOD, table: str = OLD, host: str = "docker.io") -> str:
    return f'[{table}.registry.mirrors."{host}"]\nendpoint = ["{endpoint}"]\n'


def v2(*parts: str) -> dict[str, str]:
    return {MAIN: "version = 2\n" + "".join(parts)}


def certs(text: str, folder: str = "docker.io", **more: str) -> dict[str, str]:
    path = f'[{OLD}.registry]\nconfig_path = "{CERTS}"\n'
    return {**v2(path), f"{CERTS}/{folder}/hosts.toml": text, **more}


HOST = f'[host."{GOOD}"]\noverride_path = true\n'
TLS = f'[{OLD}.registry.configs."h".tls]\n'
IGNORED_TABLE = {MAIN: "version = 3\n" + mirror()}
COLON = f'[{OLD}.registry]\nconfig_path = "{CERTS}:/etc/docker/certs.d"\n'

# code, version, the files that have the finding, files that do not, the line or path it names
TEST_FINDINGS: list[tuple[str, str, dict[str, str], dict[str, str], str]] = [
    ("version_unknown", "?", v2(), {}, "containerd --version"),
    ("version_not_measured", "2.4.0", v2(), {}, "containerd 2.4.0"),
    ("config_missing", "1.7.24", {}, v2(), MAIN),
    ("file_broken", "1.7.24", {MAIN: "version = 2\n[a b]\n"}, v2(), f"{MAIN}:2"),
    ("import_missing", "1.7.24", {MAIN: 'imports = ["x.toml"]'}, v2(), MAIN),
    ("import_pattern_broken", "1.7.24", {MAIN: 'imports = ["[*"]'}, v2(), MAIN),
    ("config_version_unsupported", "1.7.24", {MAIN: "version = 3"}, v2(), f"{MAIN}:1"),
    (
        "config_version_above_main",
        "2.3.4",
        {MAIN: "version = 2\n" + IMPORTS, DROP: "version = 3"},
        {MAIN: "version = 3\n" + IMPORTS, DROP: "version = 3"},
        f"{DROP}:1",
    ),
    ("short_plugin_name", "1.7.24", v2("[plugins.cri]\n"), {MAIN: "[plugins.cri]"}, f"{MAIN}:2"),
    ("wrong_type", "1.7.24", v2(f"[{OLD}.registry]\nconfig_path = 1"), v2(), f"{MAIN}:3"),
    (
        "cri_disabled",
        "1.7.24",
        {MAIN: 'disabled_plugins = ["cri"]'},
        {MAIN: "disabled_plugins = []"},
        f"{MAIN}:1",
    ),
    (
        "mirrors_and_config_path",
        "1.7.24",
        v2(f"[{OLD}.registry]\nconfig_path = '/x'\n", mirror()),
        v2(f"[{OLD}.registry]\nconfig_path = ''\n", mirror()),
        f"{MAIN}:3",
    ),
    (
        "tls_and_config_path",
        "1.7.24",
        v2(f"[{OLD}.registry]\nconfig_path = '/x'\n", TLS),
        v2(TLS),
        f"{MAIN}:3",
    ),
    ("mirrors_break_2_2_0", "2.2.0", v2(mirror()), v2(), f"{MAIN}:2"),
    (
        "auths_invalid",
        "1.7.24",
        v2(f'[{OLD}.registry.auths."http://a b"]\n'),
        v2(f'[{OLD}.registry.auths."http://a"]\n'),
        f"{MAIN}:2",
    ),
    ("table_ignored", "2.1.9", IGNORED_TABLE, v2(mirror()), f"{MAIN}:2"),
    ("table_ignored", "1.7.24", v2(mirror(table=NEW)), v2(mirror()), f"{MAIN}:2"),
    ("table_ignored", "1.7.24", {MAIN: mirror()}, v2(mirror()), f"{MAIN}:1"),
    (
        "new_table_overwritten",
        "2.1.9",
        v2(f"[{OLD}.registry]\n", mirror(table=NEW)),
        v2(f"[{OLD}]\n", mirror(table=NEW)),
        f"{MAIN}:3",
    ),
    (
        "new_table_overwritten",
        "2.3.4",
        v2(mirror(table=NEW), mirror()),
        {**v2(IMPORTS, mirror(table=NEW)), DROP: "version = 2\n" + mirror(host="quay.io")},
        f"{MAIN}:2",
    ),
    (
        "dropin_replaces_table",
        "1.7.24",
        {**v2(IMPORTS, mirror()), DROP: f"version = 2\n[{OLD}]\n"},
        {**v2(IMPORTS, mirror()), DROP: "version = 2\n"},
        f"{DROP}:2",
    ),
    (
        "dropin_replaces_endpoint",
        "2.1.9",
        {**v2(IMPORTS, mirror()), DROP: "version = 2\n" + mirror("https://o.io")},
        {**v2(IMPORTS, mirror()), DROP: "version = 2\n" + mirror(host="quay.io")},
        f"{DROP}:2",
    ),
    ("imports_misplaced", "1.7.24", v2("[grpc]\n", IMPORTS), v2(IMPORTS), f"{MAIN}:3"),
    ("dropin_not_imported", "1.7.24", {**v2(), DROP: ""}, {**v2(IMPORTS), DROP: ""}, DROP),
    ("config_path_not_split", "2.1.9", v2(COLON), certs(HOST), f"{MAIN}:3"),
    (
        "certs_d_not_read",
        "1.7.24",
        {**v2(), f"{CERTS}/docker.io/hosts.toml": HOST},
        certs(HOST),
        f"{CERTS}/docker.io/hosts.toml",
    ),
    (
        "tls_config_ignored",
        "2.1.9",
        v2(TLS, "ca_file = '/x'\n"),
        v2(f'[{OLD}.registry.configs."h".auth]\nusername = "u"'),
        f"{MAIN}:2",
    ),
    (
        "tls_skipped",
        "1.7.24",
        v2(TLS, "insecure_skip_verify = true\n"),
        v2(TLS, "insecure_skip_verify = false\n"),
        f"{MAIN}:2",
    ),
    ("mirrors_deprecated", "2.1.9", v2(mirror()), certs(HOST), f"{MAIN}:2"),
    (
        "mirror_key_never_matches",
        "1.7.24",
        v2(mirror(host="registry-1.docker.io")),
        v2(mirror()),
        f"{MAIN}:2",
    ),
    ("mirror_key_never_matches", "1.7.24", v2(mirror(host="Q.io")), v2(mirror()), f"{MAIN}:2"),
    (
        "mirror_without_endpoint",
        "1.7.24",
        v2(f'[{OLD}.registry.mirrors."q.io"]\n'),
        v2(mirror()),
        f"{MAIN}:2",
    ),
    (
        "mirror_option_ignored",
        "1.7.24",
        v2(mirror(), "rewrite = {}\n"),
        v2(mirror()),
        f"{MAIN}:2",
    ),
    ("endpoint_invalid", "1.7.24", v2(mirror("https://a b")), v2(mirror()), f"{MAIN}:3"),
    ("endpoint_unusable", "1.7.24", v2(mirror("ftp://h")), v2(mirror()), f"{MAIN}:3"),
    ("endpoint_unusable", "1.7.24", v2(mirror("")), v2(mirror()), f"{MAIN}:2"),
    ("endpoint_without_v2", "1.7.24", v2(mirror("h.io/p")), v2(mirror("h.io")), f"{MAIN}:3"),
    ("endpoint_without_v2", "1.7.24", v2(mirror("h.io/")), v2(mirror("h.io/v2/")), f"{MAIN}:3"),
    ("endpoint_without_v2", "1.7.24", v2(mirror("h.io/v2x")), v2(mirror("h.io/v2/x")), MAIN + ":3"),
    ("endpoint_v2_misplaced", "1.7.24", v2(mirror("h.io/p/v2")), v2(mirror()), f"{MAIN}:3"),
    ("endpoint_v2_doubled", "1.7.24", v2(mirror("h.io/v2/v2/p")), v2(mirror()), f"{MAIN}:3"),
    (
        "endpoint_parts_dropped",
        "1.7.24",
        v2(mirror("https://u:pw@h.io")),
        v2(mirror()),
        MAIN + ":3",
    ),
    ("plain_http", "1.7.24", v2(mirror("http://h.io")), v2(mirror()), f"{MAIN}:3"),
    ("upstream_fallback", "1.7.24", v2(mirror()), v2(), MAIN),
    (
        "upstream_fallback",
        "1.7.24",
        certs(HOST),
        certs(f'server = "{GOOD}"\noverride_path = true\n{HOST}'),
        MAIN,
    ),
    (
        "upstream_fallback",
        "1.7.24",
        certs(HOST, "_default"),
        certs(f'server = "{GOOD}"\noverride_path = true\n{HOST}', "_default"),
        MAIN,
    ),
    ("upstream_fallback", "1.7.24", v2(mirror(host="*")), v2(), MAIN),
    (
        "hosts_toml_missing",
        "1.7.24",
        {**certs(HOST), f"{CERTS}/q.io/ca.crt": ""},
        certs(HOST),
        f"{CERTS}/q.io/hosts.toml",
    ),
    (
        "hosts_toml_ignored",
        "1.7.24",
        certs("server = 1\n"),
        certs(HOST),
        f"{CERTS}/docker.io/hosts.toml",
    ),
    (
        "hosts_toml_ignored",
        "1.7.24",
        certs("\n[host"),
        certs(HOST),
        f"{CERTS}/docker.io/hosts.toml",
    ),
    ("folder_never_used", "1.7.24", certs(HOST, "*"), certs(HOST, "_default"), f"{CERTS}/*"),
    (
        "folder_shadowed",
        "1.7.24",
        certs(HOST, "q.io:1", **{f"{CERTS}/q.io_1_/hosts.toml": HOST}),
        certs(HOST, "q.io:1", **{f"{CERTS}/q.io_2_/hosts.toml": HOST}),
        f"{CERTS}/q.io:1",
    ),
    (
        "host_without_header",
        "2.1.9",
        certs('host."https://h.io".skip_verify = false'),
        certs(HOST),
        f"{CERTS}/docker.io/hosts.toml:1",
    ),
    (
        "certificate_missing",
        "1.7.24",
        certs(HOST + "ca = 'x.crt'"),
        certs(HOST + "ca = 'x.crt'", **{f"{CERTS}/docker.io/x.crt": ""}),
        f"{CERTS}/docker.io/hosts.toml:1",
    ),
    (
        "host_url_broken",
        "1.7.24",
        certs('[host."httpbin.io"]'),
        certs('[host."bin.io"]'),
        f"{CERTS}/docker.io/hosts.toml:1",
    ),
    (
        "override_path_missing",
        "1.7.24",
        certs(f'[host."{GOOD}"]'),
        certs(HOST),
        f"{CERTS}/docker.io/hosts.toml:1",
    ),
    (
        "override_path_missing",
        "1.7.24",
        certs('[host."h.io/p"]'),
        certs('[host."h.io/v2"]'),
        f"{CERTS}/docker.io/hosts.toml:1",
    ),
    (
        "override_path_without_v2",
        "1.7.24",
        certs('[host."h.io/p"]\noverride_path = true'),
        certs(HOST),
        f"{CERTS}/docker.io/hosts.toml:1",
    ),
    (
        "host_skipped_for_tags",
        "1.7.24",
        certs(HOST + 'capabilities = ["pull"]'),
        certs(HOST + 'capabilities = ["pull", "resolve"]'),
        f"{CERTS}/docker.io/hosts.toml:1",
    ),
    (
        "tls_skipped",
        "1.7.24",
        certs(HOST + "skip_verify = true"),
        certs(HOST + "skip_verify = false"),
        f"{CERTS}/docker.io/hosts.toml:1",
    ),
    (
        "https_first",
        "1.7.24",
        certs('[host."http://h.io:5000"]\nskip_verify = true'),
        certs('[host."http://h.io:5000"]'),
        f"{CERTS}/docker.io/hosts.toml:1",
    ),
    (
        "plain_http",
        "1.7.24",
        certs('[host."http://h.io:5000"]'),
        certs(HOST),
        f"{CERTS}/docker.io/hosts.toml:1",
    ),
    (
        "host_option_ignored",
        "1.7.24",
        certs(HOST + "override-path = true"),
        certs(HOST),
        f"{CERTS}/docker.io/hosts.toml:1",
    ),
    (
        "rewrite_not_evaluated",
        "v1.7.11-k3s2",
        certs(f'{HOST}[host."{GOOD}".rewrite]\n"^a" = "b"\n'),
        certs(HOST),
        f"{CERTS}/docker.io/hosts.toml:1",
    ),
    (
        "rewrite_not_evaluated",
        "v1.7.11-k3s2",
        v2(mirror(), "rewrite = {}\n"),
        v2(mirror()),
        f"{MAIN}:2",
    ),
    (
        "server_taken_literally",
        "1.7.24",
        certs(f'server = "https://docker.io"\n{HOST}'),
        certs(f'server = "https://registry-1.docker.io"\n{HOST}'),
        f"{CERTS}/docker.io/hosts.toml:1",
    ),
]


def codes(node: Containerd) -> set[str]:
    return {finding.code for finding in node.findings}


@pytest.mark.parametrize(
    ("code", "version", "bad", "good", "subject"),
    [pytest.param(*row, id=f"{row[0]}-{number}") for number, row in enumerate(TEST_FINDINGS)],
)
def test_findings(
    code: str, version: str, bad: dict[str, str], good: dict[str, str], subject: str
) -> None:
    found = [one for one in load(NodeFiles(bad, version)).findings if one.code == code]
    assert found and found[0].subject == subject
    assert found[0].message.endswith(".") and found[0].fix.endswith(".")
    good_version = "2.3.4" if code.startswith("version_") else version
    assert code not in codes(load(NodeFiles(good, good_version)))


def test_unread_hosts_file_is_a_finding() -> None:
    node = NodeFiles(v2(f'[{OLD}.registry]\nconfig_path = "{CERTS}"\n'), "1.7.24")
    unread = NodeFiles(
        node.files, node.version, unreadable={f"{CERTS}/q.io/hosts.toml": "truncated"}
    )
    assert codes(load(unread)) - codes(load(node)) == {"file_unreadable"}


def test_rewrite_counts_on_k3s() -> None:
    files = v2(mirror(), "rewrite = {}\n")
    found = {"mirror_option_ignored", "rewrite_not_evaluated"}
    assert codes(load(NodeFiles(files, "v1.7.11-k3s2"))) & found == {"rewrite_not_evaluated"}
    assert codes(load(NodeFiles(files, "v1.7.11"))) & found == {"mirror_option_ignored"}


def test_a_good_node_has_nothing_to_correct() -> None:
    good = certs(f'server = "{GOOD}"\noverride_path = true\n{HOST}')
    for version in ("1.7.24", "2.1.9", "2.3.4"):
        assert load(NodeFiles(good, version)).findings == ()


def test_findings_show_no_credentials() -> None:
    endpoints = ("https://user:secret@h.io/p", "user:secret@h x", "https://user:se/cret@h")
    for endpoint in endpoints:
        node = load(NodeFiles(v2(mirror(endpoint)), "1.7.24"))
        results = compare(node, [("docker.io", "h.io/q")], "node")
        shown = repr((node.findings, node.reason, results))
        assert "user" not in shown.replace("user, password", "")
        assert "secret" not in shown and "/cret" not in shown
    node = load(NodeFiles(certs('[host."https://user:secret@h.io/p"]'), "1.7.24"))
    assert "secret" not in repr((node.findings, compare(node, [("docker.io", "h.io")], "node")))


PAGE = mirror("harbor.example.org/airgap-images/docker.io")


def test_the_page_s_example_has_warnings_and_no_errors() -> None:
    for version in ("1.6.20", "1.7.24", "2.1.9", "2.3.4"):
        node = load(NodeFiles(v2(PAGE), version))
        assert "endpoint_without_v2" in codes(node)
        assert "error" not in {finding.severity.value for finding in node.findings}
