# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that containerd asks, and the URLs that it makes of them and an image."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t
from urllib.parse import quote_plus

from .._image_name import DOCKER_HUB, ImageReference
from .._rewrites import outcomes
from .urls import is_localhost, port_of, request_path
from .version import Version

HUB_HOST = "registry-1.docker.io"


class Host(t.NamedTuple):
    """One place to ask: `path` is the root of its API, the two flags its capabilities.

    `rewrites` are rules of k3s and RKE2 for repositories: (pattern, replacement).
    """

    scheme: str
    host: str
    path: str
    pull: bool = True
    resolve: bool = True
    https_first: bool = False
    rewrites: tuple[tuple[str, str], ...] = ()

    def repository(self, name: str) -> str:
        """Return what it is asked for instead of a repository."""
        return outcomes(self.rewrites, name)[0] if self.rewrites else name


def upstream(image_host: str, version: Version, hosts_mode: bool) -> Host:
    """Return the registry itself, which containerd asks last (SPEC 3 and 4)."""
    if image_host == DOCKER_HUB:
        return Host("https", HUB_HOST, "/v2")
    if not is_localhost(image_host):
        return Host("https", image_host, "/v2")
    if not hosts_mode or not version.https_first:
        return Host("http", image_host, "/v2")
    port = port_of(image_host)
    if port in ("", "443"):
        return Host("https", image_host, "/v2")
    return Host("http", image_host, "/v2", https_first=port != "80")


def is_mirror(host: str, image_host: str) -> bool:
    """Return whether containerd takes a host for a mirror, and so tells it the `?ns=`."""
    return host != image_host and (image_host, host) != (DOCKER_HUB, HUB_HOST)


def urls(hosts: t.Sequence[Host], image: ImageReference) -> tuple[str, ...]:
    """Return the manifest URLs in order; for a digest, then its blob URLs."""
    reference = image.digest or image.tag
    kinds = ("manifests", "blobs") if image.digest else ("manifests",)
    able = [host for host in hosts if host.pull and (host.resolve or image.digest)]
    return tuple(
        f"{scheme}://{host.host.removesuffix(':')}"
        + request_path(f"{host.path}/{host.repository(image.repository)}/{kind}/{reference}")
        + (f"?ns={quote_plus(image.registry)}" if is_mirror(host.host, image.registry) else "")
        for kind in kinds
        for host in able
        for scheme in (("https", "http") if host.https_first else (host.scheme,))
    )


__all__ = ("HUB_HOST", "Host", "is_mirror", "upstream", "urls")
