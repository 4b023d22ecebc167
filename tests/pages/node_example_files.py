# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a node as examples of findings have them: config.toml, and certs.d."""

from __future__ import annotations

Files = dict[str, str]

# code, version, the files that have the finding, files that do not, the line or path it names
OneNode = tuple[str, str, Files, Files, str]

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
