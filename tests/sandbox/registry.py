# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real docker-registry with TLS and a password, on a free port of loopback."""

from __future__ import annotations

import dataclasses
import http.client
import json
import pathlib
import socket
import ssl
import time

import bcrypt

from . import images, pki
from .paths import SandboxError, debian_environment, debian_program
from .processes import Process, ProcessTable

ADDRESS = "127.0.0.1"
HOST_NAME = "registry.sandbox.test"
"""A name for the registry, known on the nodes alone."""

BASE_PATH = "airgap-images"
USERNAME = "puller"
_NAME = "registry"
_START_TIMEOUT = 20.0
_PASSWORD_ROUNDS = 4  # the least that bcrypt takes: each request costs one


@dataclasses.dataclass(frozen=True)
class RegistryInfo:
    """How to reach the registry: `endpoint` is host:port, `ca` PEM."""

    endpoint: str
    username: str
    password: str
    ca: str


class Registry:
    """The registry of one world."""

    def __init__(self, folder: pathlib.Path, processes: ProcessTable) -> None:
        self._folder = folder
        self._processes = processes

    @property
    def log_file(self) -> pathlib.Path:
        """Return the log, which holds a line for each request."""
        return self._processes.log_file(_NAME)

    def start(self, password: str) -> RegistryInfo:
        """Start the registry, fill it and return how to reach it. Raises SandboxError."""
        authority = pki.Authority("sandbox registry CA")
        certificate = authority.issue((HOST_NAME, "localhost", ADDRESS))
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "ca.crt").write_text(authority.pem, encoding="utf-8")
        (self._folder / "server.crt").write_text(certificate.certificate, encoding="utf-8")
        pki.write_private(self._folder / "server.key", certificate.key)
        salt = bcrypt.gensalt(rounds=_PASSWORD_ROUNDS)
        hashed = bcrypt.hashpw(password.encode(), salt).decode()
        pki.write_private(self._folder / "htpasswd", f"{USERNAME}:{hashed}\n")
        with socket.socket() as probe:
            probe.bind((ADDRESS, 0))
            endpoint = f"{ADDRESS}:{probe.getsockname()[1]}"
        config = self._folder / "config.yml"
        config.write_text(json.dumps(self._config(endpoint), indent=1) + "\n", encoding="utf-8")
        program = debian_program("usr/bin/docker-registry")
        process = self._processes.start(
            _NAME, [program, "serve", str(config)], env=debian_environment()
        )
        info = RegistryInfo(endpoint, USERNAME, password, authority.pem)
        self._wait(info, process)
        self._fill(info)
        return info

    def _config(self, endpoint: str) -> dict[str, object]:
        """Return the registry's configuration; it is YAML, of which JSON is a part."""
        return {
            "version": 0.1,
            "log": {"level": "warn", "accesslog": {"disabled": False}},
            "storage": {
                "filesystem": {"rootdirectory": str(self._folder / "data")},
                "delete": {"enabled": True},
            },
            "http": {
                "addr": endpoint,
                "secret": "sandbox",
                "tls": {
                    "certificate": str(self._folder / "server.crt"),
                    "key": str(self._folder / "server.key"),
                },
            },
            "auth": {
                "htpasswd": {"realm": "sandbox", "path": str(self._folder / "htpasswd")},
            },
        }

    def _wait(self, info: RegistryInfo, process: Process) -> None:
        context = ssl.create_default_context(cadata=info.ca)
        deadline = time.monotonic() + _START_TIMEOUT
        while process.alive and time.monotonic() < deadline:
            connection = http.client.HTTPSConnection(info.endpoint, context=context, timeout=5)
            try:
                connection.request("GET", "/v2/")
                if connection.getresponse().status == http.client.UNAUTHORIZED:
                    return
            except OSError:
                time.sleep(0.02)
            finally:
                connection.close()
        log = self.log_file.read_text(encoding="utf-8").strip()
        raise SandboxError(f"The registry does not answer on {info.endpoint}: {log}")

    def _fill(self, info: RegistryInfo) -> None:
        layer = images.make_layer(debian_program("usr/bin/busybox"))
        pusher = images.Pusher(info.endpoint, info.ca, info.username, info.password)
        try:
            for repository, tag in images.IMAGES:
                pusher.push(f"{BASE_PATH}/{repository}", tag, layer)
        finally:
            pusher.close()
