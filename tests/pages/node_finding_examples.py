# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""For each finding about a node: files that have it, and files that differ in that alone."""

from __future__ import annotations

Files = dict[str, str]

MAIN = "/etc/containerd/config.toml"
DROP = "/etc/containerd/conf.d/10.toml"
CERTS = "/etc/containerd/certs.d"
OLD = 'plugins."io.containerd.grpc.v1.cri"'
NEW = 'plugins."io.containerd.cri.v1.images"'
IMPORTS = 'imports = ["/etc/containerd/conf.d/*.toml"]\n'
GOOD = "https://harbor.example.org/v2/p"


def mirror(endpoint: str = GOOD, table: str = OLD, host: str = "docker.io") -> str:
    return f'[{table}.registry.mirrors."{host}"]\nendpoint = ["{endpoint}"]\n'


def v2(*parts: str) -> Files:
    return {MAIN: "version = 2\n" + "".join(parts)}


def certs(text: str, folder: str = "docker.io", **more: str) -> Files:
    path = f'[{OLD}.registry]\nconfig_path = "{CERTS}"\n'
    return {**v2(path), f"{CERTS}/{folder}/hosts.toml": text, **more}


HOST = f'[host."{GOOD}"]\noverride_path = true\n'
TLS = f'[{OLD}.registry.configs."h".tls]\n'
IGNORED_TABLE = {MAIN: "version = 3\n" + mirror()}
COLON = f'[{OLD}.registry]\nconfig_path = "{CERTS}:/etc/docker/certs.d"\n'

# code, version, the files that have the finding, files that do not, the line or path it names
ONE_NODE: list[tuple[str, str, Files, Files, str]] = [
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
    (
        "config_version_panics",
        "2.1.9",
        {MAIN: "version = 4\n" + IMPORTS, DROP: "version = 1\n"},
        {MAIN: "version = 4\n" + IMPORTS, DROP: "version = 2\n"},
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
    (
        "option_letter_case",
        "1.7.24",
        v2(mirror().replace("mirrors", "Mirrors")),
        v2(mirror()),
        f"{MAIN}:2",
    ),
    (
        "table_misspelt",
        "1.7.24",
        v2(mirror().replace("plugins", "plugin")),
        v2(mirror()),
        f"{MAIN}:2",
    ),
    (
        "table_misspelt",
        "1.7.24",
        v2(mirror().replace("registry.mirrors", "mirrors")),
        v2(mirror()),
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
        {**certs(HOST), f"{CERTS}/q.io/notes.txt": ""},
        certs(HOST),
        f"{CERTS}/q.io/hosts.toml",
    ),
    (
        "hosts_toml_misnamed",
        "1.7.24",
        {**certs(HOST), f"{CERTS}/q.io/host.toml": HOST},
        certs(HOST),
        f"{CERTS}/q.io/host.toml",
    ),
    (
        "hosts_toml_misplaced",
        "1.7.24",
        {**certs(HOST), f"{CERTS}/hosts.toml": HOST},
        certs(HOST),
        f"{CERTS}/hosts.toml",
    ),
    (
        "certificates_alone",
        "1.7.24",
        {**certs(HOST), f"{CERTS}/q.io/ca.crt": ""},
        certs(HOST),
        f"{CERTS}/q.io",
    ),
    (
        "folder_never_used",
        "1.7.24",
        {**certs(HOST), f"{CERTS}/_backup/docker.io/hosts.toml": HOST},
        certs(HOST),
        f"{CERTS}/_backup",
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
        "option_letter_case",
        "1.7.24",
        certs(HOST + "Skip_Verify = true"),
        certs(HOST),
        f"{CERTS}/docker.io/hosts.toml:3",
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
        "host_url_broken",
        "1.7.24",
        certs(f'server = "*"\n{HOST}'),
        certs(HOST),
        f"{CERTS}/docker.io/hosts.toml:1",
    ),
    (
        "override_path_missing",
        "2.1.9",
        certs(f'server = "{GOOD}"\n{HOST}'),
        certs(f'server = "{GOOD}"\noverride_path = true\n{HOST}'),
        f"{CERTS}/docker.io/hosts.toml:1",
    ),
    (
        "endpoint_taken_literally",
        "1.7.24",
        v2(mirror("https://docker.io")),
        v2(mirror("https://registry-1.docker.io")),
        f"{MAIN}:3",
    ),
    (
        "server_taken_literally",
        "1.7.24",
        certs(f'server = "https://docker.io"\n{HOST}'),
        certs(f'server = "https://registry-1.docker.io"\n{HOST}'),
        f"{CERTS}/docker.io/hosts.toml:1",
    ),
]

# code, version, files, what is expected of docker.io
COMPARED: list[tuple[str, str, Files, str]] = [
    ("cri_not_up", "1.7.24", {MAIN: 'disabled_plugins = ["cri"]\n'}, GOOD),
    ("source_missing", "1.7.24", v2(mirror(host="quay.io")), GOOD),
    ("endpoint_differs", "1.7.24", v2(mirror("https://other.example.org")), GOOD),
    (
        "endpoint_not_first",
        "1.7.24",
        v2(mirror(f'https://other.example.org", "{GOOD}')),
        GOOD,
    ),
    ("served_by_wildcard", "1.7.24", v2(mirror(host="*")), GOOD),
    ("endpoint_not_working", "1.7.24", v2(mirror("harbor.example.org/p")), "harbor.example.org/p"),
]

__all__ = (
    "CERTS",
    "COMPARED",
    "GOOD",
    "HOST",
    "MAIN",
    "OLD",
    "ONE_NODE",
    "certs",
    "mirror",
    "v2",
)
