# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Setups that nobody wrote down: files put together at random from what nodes really hold."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

from tests.sandbox.containerd.model import EVERY_HOST, Setup

OLD = 'plugins."io.containerd.grpc.v1.cri"'
NEW = 'plugins."io.containerd.cri.v1.images"'
SHORT = "plugins.cri"
MAIN = "/etc/containerd/config.toml"
DROP_INS = "/etc/containerd/conf.d"
CERTS_D = "/etc/containerd/certs.d"
NESTED = "/etc/containerd/nested.toml"

IMAGES = (
    "docker.io/library/nginx:1.25",
    "quay.io/a/b:1",
    "registry.k8s.io/pause:3.9",
    "harbor.example.org/p/app:2",
    "localhost:5000/a/b:1",
    "ghcr.io/a/b@sha256:d8b30b3e392e64ef4097a1498f78e4e4cb82bb7f502334bbd8f615fc76670106",
)
_REGISTRIES = ("docker.io", "quay.io", "registry.k8s.io", "harbor.example.org", "localhost:5000")
_MIRROR_NAMES = (*_REGISTRIES, "*", "index.docker.io", "ghcr.io")
_FOLDERS = (*_REGISTRIES, "_default", "localhost_5000_", "ghcr.io", "*")
_ENDPOINTS = (
    "https://harbor.example.org",
    "https://harbor.example.org/",
    "https://harbor.example.org/v2/airgap/docker.io",
    "harbor.example.org/airgap/docker.io",
    "harbor.example.org/airgap/docker.io/",
    "https://mirror2.example.org/v2",
    "mirror2.example.org:8443",
    "http://harbor.example.org:8080/v2/p",
    "http://127.0.0.1:5055",
    "localhost:5000/v2/p",
    "https://selfsigned.example.org",
    "https://quay.io",
    "https://registry-1.docker.io",
    "https://harbor.example.org//v2//p/../q",
    "https://robot:pw@harbor.example.org/v2/u",
    "https://harbor.example.org/v2/q?x=1#f",
    "HTTPS://harbor.example.org/v2/c",
    "https://Harbor.example.org/v2/C",
    "https://harbor.example.org:443/v2/port",
    "https://harbor.example.org/v2/",
    "https://harbor.example.org/V2",
    "http://harbor.example.org",
    "http://localhost:5443/v2/p",
    "127.0.0.1:5000/x",
    "https://nobody.example.org:9",
)
_BROKEN_ENDPOINTS = (
    "",
    "https://harbor.example.org:x/",
    "https://two words.example.org",
    "https:///v2/p",
    "ftp://harbor.example.org/v2",
    "https://harbor.example.org/v2/two words",
    "https://harbor.example.org/%zz",
    "//harbor.example.org/v2",
    "https://[fd00::1]:5000/v2",
)
_VERSIONS = ("", "version = 1\n", "version = 2\n", "version = 3\n", "version = 4\n")
# Version 2 is what most nodes have.
_VERSION_WEIGHTS = (4, 2, 24, 10, 1)
_HOST = '"https://harbor.example.org"'
_IMPORTS = (
    f'["{DROP_INS}/*.toml"]',
    '["conf.d/*.toml"]',
    f'["{DROP_INS}/1*.toml", "{NESTED[:-6]}*.toml", "{DROP_INS}/0*.toml"]',
    f'["{NESTED}"]',
    "[]",
)
_IMPORT_WEIGHTS = (8, 1, 2, 1, 1)


def composed(seed: int, count: int) -> Iterator[tuple[str, Setup]]:
    """Yield named setups whose servers all answer 404. A seed and a number are always the same."""
    for number in range(count):
        chooser = random.Random(f"{seed}/{number}")
        files = _Files(chooser).compose()
        yield f"seed {seed} number {number}", Setup(files, IMAGES, {EVERY_HOST: "404"})


class _Files:
    """The files of one node."""

    def __init__(self, chooser: random.Random) -> None:
        self._random = chooser

    def compose(self) -> dict[str, str]:
        files = {MAIN: self._config(imports=True)}
        for number in range(self._random.choice((0, 0, 1, 2))):
            files[f"{DROP_INS}/{number}.toml"] = self._config(imports=False)
        if self._chance(0.2):
            files[NESTED] = self._config(imports=False)
        for folder in self._some(_FOLDERS, 3):
            files[f"{CERTS_D}/{folder}/hosts.toml"] = self._hosts()
        return files

    def _config(self, imports: bool) -> str:
        version = self._random.choices(_VERSIONS, _VERSION_WEIGHTS)[0]
        text = version
        if imports and self._chance(0.8):
            text += f"imports = {self._random.choices(_IMPORTS, _IMPORT_WEIGHTS)[0]}\n"
        if self._chance(0.05):
            text += f"disabled_plugins = {json.dumps(self._some(('cri', 'x'), 2))}\n"
        names = {"": SHORT, "version = 1\n": SHORT, "version = 2\n": OLD}
        usual = names.get(version, NEW)
        for _number in range(self._random.choice((0, 1, 1, 1, 2))):
            table = usual if self._chance(0.8) else self._random.choice((OLD, NEW, SHORT))
            # A table may be opened once in a file.
            if f"[{table}" not in text:
                text += self._plugin(table)
        return text

    def _plugin(self, table: str) -> str:
        text = ""
        if self._chance(0.2):
            text += f'[{table}]\nsandbox_image = "registry.k8s.io/pause:3.9"\n'
        elif self._chance(0.15):
            text += f"[{table}]\n{self._local_pull()}\n"
        if self._chance(0.9):
            text += f"[{table}.registry]\n"
            if self._chance(0.45):
                text += f"config_path = {json.dumps(self._config_path())}\n"
            if self._chance(0.5):
                for name in self._some(_MIRROR_NAMES, 3):
                    text += f'[{table}.registry.mirrors."{name}"]\n{self._endpoint()}'
            if self._chance(0.1):
                text += f'[{table}.registry.configs."harbor.example.org".auth]\nusername = "u"\n'
        return text

    def _endpoint(self) -> str:
        endpoints = self._some(_ENDPOINTS, 3)
        if self._chance(0.08):
            endpoints.append(self._random.choice(_BROKEN_ENDPOINTS))
        name = "endpoints" if self._chance(0.05) else "endpoint"
        if self._chance(0.02):
            return f"{name} = {json.dumps(''.join(endpoints))}\n"
        return f"{name} = {json.dumps(endpoints)}\n"

    def _config_path(self) -> str:
        return self._random.choice((CERTS_D, CERTS_D, "", f"{CERTS_D}:/etc/docker/certs.d", "/no"))

    def _local_pull(self) -> str:
        return self._random.choice(("use_local_image_pull = true", "max_concurrent_downloads = 5"))

    def _hosts(self) -> str:
        if self._chance(0.05):
            return self._random.choice(("", "host = ", f"host.{_HOST}.skip_verify = false\n"))
        text = ""
        if self._chance(0.5):
            text += f"server = {json.dumps(self._random.choice(_ENDPOINTS))}\n"
        if self._chance(0.3):
            text += self._options()
        for endpoint in self._some((*_ENDPOINTS, *_BROKEN_ENDPOINTS), 3):
            text += f'[host."{endpoint}"]\n{self._options()}'
            if self._chance(0.1):
                text += f'[host."{endpoint}".header]\nX-Test = ["abc"]\n'
        return text

    def _options(self) -> str:
        text = ""
        if self._chance(0.4):
            text += f"override_path = {self._random.choice(('true', 'false'))}\n"
        if self._chance(0.4):
            some = self._some(("pull", "resolve", "push", "Pull", "referrers"), 3)
            text += f"capabilities = {json.dumps(some)}\n"
        if self._chance(0.15):
            text += "skip_verify = true\n"
        if self._chance(0.04):
            text += 'ca = "missing.crt"\n'
        if self._chance(0.02):
            text += "unknown = 1\n"
        return text

    def _some(self, choices: tuple[str, ...], most: int) -> list[str]:
        return self._random.sample(choices, self._random.randint(0, most))

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability
