# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real docker-registry with TLS and a password, on a free port of loopback.

In a network of its own it has the name and the port that the documentation's example gives it.
"""

from __future__ import annotations

import dataclasses
import http.client
import json
import pathlib
import socket
import ssl
import time
import typing as t

import bcrypt

from . import images, pki, pod_images
from .network import REGISTRY_ADDRESS, Network
from .paths import SandboxError, debian_environment, debian_program
from .processes import Process, ProcessTable

ADDRESS = "127.0.0.1"
HOST_NAME = "registry.sandbox.test"
"""A name for the registry, known on the nodes alone."""

PAGE_HOST_NAME = "harbor.example.org"
"""Its name in a network of its own: that of the documentation's example."""

BASE_PATH = "airgap-images"
USERNAME = "puller"
_NAME = "registry"
_START_TIMEOUT = 20.0
_PASSWORD_ROUNDS = 4  # the least that bcrypt takes: each request costs one


@dataclasses.dataclass(frozen=True)
class RegistryInfo:
    """How to reach the registry: `endpoint` is host:port, `ca` PEM.

    `address` is its host:port as seen from this machine.
    """

    endpoint: str
    username: str
    password: str
    ca: str
    address: str


class Registry:
    """The registry of one world."""

    def __init__(
        self,
        folder: pathlib.Path,
        processes: ProcessTable,
        network: Network | None = None,
        name: str = "",
        below: str = "",
    ) -> None:
        """Take the network to put it into, or else a name for it in place of its address.

        `below` is the path before `/v2/`, such as `/repository/docker-hub`.
        """
        self._folder = folder
        self._name = name
        self._processes = processes
        self._network = network
        self._below = below

    @property
    def log_file(self) -> pathlib.Path:
        """Return the log, which holds a line for each request."""
        return self._processes.log_file(_NAME)

    def start(self, password: str) -> RegistryInfo:
        """Start the registry, fill it and return how to reach it. Raises SandboxError."""
        authority = pki.Authority("sandbox registry CA")
        certificate = authority.issue((HOST_NAME, PAGE_HOST_NAME, "localhost", ADDRESS))
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "ca.crt").write_text(authority.pem, encoding="utf-8")
        (self._folder / "server.crt").write_text(certificate.certificate, encoding="utf-8")
        pki.write_private(self._folder / "server.key", certificate.key)
        salt = bcrypt.gensalt(rounds=_PASSWORD_ROUNDS)
        hashed = bcrypt.hashpw(password.encode(), salt).decode()
        pki.write_private(self._folder / "htpasswd", f"{USERNAME}:{hashed}\n")
        listening = f"{REGISTRY_ADDRESS}:443" if self._network else _free_address()
        config = self._folder / "config.yml"
        config.write_text(json.dumps(self._config(listening), indent=1) + "\n", encoding="utf-8")
        command = [str(debian_program("usr/bin/docker-registry")), "serve", str(config)]
        if self._network:
            command = [*self._network.enter(), *command]
        process = self._processes.start(_NAME, command, env=debian_environment())
        endpoint = address = listening
        if self._name:
            endpoint = listening.replace(ADDRESS, self._name)
        if self._network:
            endpoint = PAGE_HOST_NAME
            address = f"{ADDRESS}:{self._network.forward(_NAME, (REGISTRY_ADDRESS, 443))}"
        info = RegistryInfo(endpoint, USERNAME, password, authority.pem, address)
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
                **({"prefix": f"{self._below}/"} if self._below else {}),
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
            connection = http.client.HTTPSConnection(info.address, context=context, timeout=5)
            try:
                connection.request("GET", f"{self._below}/v2/")
                if connection.getresponse().status == http.client.UNAUTHORIZED:
                    return
            except OSError:
                time.sleep(0.02)
            finally:
                connection.close()
        log = self.log_file.read_text(encoding="utf-8").strip()
        raise SandboxError(f"The registry does not answer on {info.address}: {log}")

    def _fill(self, info: RegistryInfo) -> None:
        pusher = images.Pusher(info.address, info.ca, info.username, info.password, self._below)
        try:
            for image in pod_images.pod_images() if self._network else _plain_images():
                repository = f"{BASE_PATH}/{image.repository}"
                pusher.push(repository, image.tag, image.layer, image.command)
        finally:
            pusher.close()


def _plain_images() -> t.Iterator[pod_images.Image]:
    layer = images.make_layer(debian_program("usr/bin/busybox"))
    for repository, tag in images.IMAGES:
        yield pod_images.Image(repository, tag, layer, ())


def _free_address() -> str:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return f"{ADDRESS}:{probe.getsockname()[1]}"
