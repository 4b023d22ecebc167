# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The `mirrors` tables of the CRI plugin (SPEC 3)."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses

from .requests import Host, upstream
from .schema import Table
from .urls import Url, is_localhost, parse_url
from .version import Version

WILDCARD = "*"


@dataclasses.dataclass(frozen=True)
class Chain:
    """Where pulls of one image host go; `problem` is set where every pull fails."""

    hosts: tuple[Host, ...]
    problem: str = ""


def mirror_key(mirrors: Table, image_host: str) -> str | None:
    """Return the key whose endpoints apply to an image host, None if there is none."""
    if image_host in mirrors:
        return image_host
    return WILDCARD if WILDCARD in mirrors else None


def mirror_endpoints(mirrors: Table, key: str | None) -> tuple[str, ...]:
    """Return the endpoints under a key, as written."""
    return tuple(mirrors[key].get("endpoint", ())) if key in mirrors else ()


def parse_endpoint(endpoint: str) -> Url:
    """Return an endpoint with its default scheme. Raises ValueError where pulls fail on it."""
    if "://" not in endpoint:
        scheme = "http" if is_localhost(parse_url(f"dummy://{endpoint}").host) else "https"
        endpoint = f"{scheme}://{endpoint}"
    return parse_url(endpoint)


def mirror_chain(mirrors: Table, image_host: str, version: Version) -> Chain:
    """Return the endpoints of an image host in order, then the upstream registry."""
    hosts: list[Host] = []
    is_own_mirror = False
    for endpoint in mirror_endpoints(mirrors, mirror_key(mirrors, image_host)):
        try:
            url = parse_endpoint(endpoint)
        except ValueError as error:
            return Chain((), f"endpoint {endpoint!r} is no valid URL ({error})")
        is_own_mirror = is_own_mirror or url.host == image_host
        if url.usable:
            hosts.append(Host(url.scheme, url.host, url.path or "/v2"))
    if not is_own_mirror:
        hosts.append(upstream(image_host, version, hosts_mode=False))
    return Chain(tuple(hosts))


__all__ = (
    "WILDCARD",
    "Chain",
    "mirror_chain",
    "mirror_endpoints",
    "mirror_key",
    "parse_endpoint",
)
