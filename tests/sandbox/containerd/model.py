# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of a containerd, and what it did: plain data between processes."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t
from collections.abc import Mapping, Sequence

TLS_PORTS = (443, 5443, 8443)
PLAIN_PORTS = (80, 5000, 5001, 5055, 8080)
UNTRUSTED_HOST = "selfsigned.example.org"
UNTRUSTED_PEM = "(PEM of the certificate of selfsigned.example.org)"
"""Stands in a file's content for a certificate that is made anew for each lab."""

HOSTS = (
    "auth.docker.io",
    "docker.io",
    "gcr.io",
    "ghcr.io",
    "harbor.example.org",
    "index.docker.io",
    "k8s.gcr.io",
    "mirror2.example.org",
    "quay.io",
    "registry-1.docker.io",
    "registry.k8s.io",
    UNTRUSTED_HOST,
    "us-docker.pkg.dev",
)
"""The names that resolve in a lab; all of them are its recorder, as is localhost."""

EVERY_HOST = "*"


@dataclasses.dataclass(frozen=True)
class Setup:
    """Files on the node by absolute path, how each server answers, the images to pull in order.

    A server answers ``404``, ``500``, ``403``, ``429`` or ``304`` to everything; ``basic`` wants
    credentials; ``harbor`` gives HTML and ``v2only`` 404 outside of /v2/. A host that is not named
    (nor by ``*``) has every image.
    """

    files: Mapping[str, str]
    images: tuple[str, ...]
    servers: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @classmethod
    def from_data(cls, data: Mapping[str, t.Any]) -> Setup:
        """Return what :func:`dataclasses.asdict` made into plain data."""
        return cls(data["files"], tuple(data["images"]), data["servers"])


def folded(urls: Sequence[str]) -> tuple[str, ...]:
    """Return the URLs without repetitions in a row: retries look like these."""
    return tuple(url for url, _same in itertools.groupby(urls))


@dataclasses.dataclass(frozen=True)
class Pull:
    """One pull: the requests for the manifest in order, up to the first answer 200.

    A request is ``METHOD url -> status [credential or header seen]``, or
    ``TLS handshake failed on port N``.
    """

    image: str
    requests: tuple[str, ...]
    ok: bool

    @property
    def urls(self) -> tuple[str, ...]:
        """Return the requested URLs, TLS failures left out, repetitions in a row folded."""
        words = [request.split(" ") for request in self.requests]
        return folded([word[1] for word in words if word[2:3] == ["->"]])

    @property
    def statuses(self) -> tuple[str, ...]:
        """Return the answers' statuses."""
        return tuple(
            request.split(" -> ")[1].split(" ")[0] for request in self.requests if " -> " in request
        )


@dataclasses.dataclass(frozen=True)
class Observation:
    """What a daemon did: ``cri`` is ``up``, ``down`` or ``not started``; its log tells why."""

    cri: str
    pulls: tuple[Pull, ...] = ()
    log: str = dataclasses.field(default="", repr=False)

    @classmethod
    def from_data(cls, data: Mapping[str, t.Any]) -> Observation:
        """Return what :func:`dataclasses.asdict` or a vector's ``observed`` holds."""
        pulls = tuple(Pull(p["image"], tuple(p["requests"]), p["ok"]) for p in data["pulls"])
        return cls(data["cri"], pulls, data.get("log", ""))
