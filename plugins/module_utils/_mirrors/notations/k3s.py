# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registries.yaml of k3s and RKE2.

Both take an endpoint's path as it is, unless it is empty or `/v2`, so `/v2/` belongs into it.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ..._rewrites import rewrite_prefix
from ..table import MirrorEntry, MirrorTable, Reading
from .endpoint import (
    ANY_HOST,
    Endpoint,
    endpoint_of,
    names_api,
    no_endpoint,
    note_more_endpoints,
    note_no_v2,
    note_unknown_options,
    read_endpoint,
    source_key,
    source_of,
)
from .endpoint import unsupported as containerd_unsupported
from .text import dump_yaml, load_yaml


def unsupported(entry: MirrorEntry) -> str:
    """Return why registries.yaml cannot hold an entry, empty if it can."""
    reason = containerd_unsupported(entry)
    if not reason and not entry.target:
        reason = "registries.yaml has no entry that exempts a registry"
    return reason


def render_registries(table: MirrorTable) -> str:
    """Write registries.yaml. Raises ValueError without PyYAML."""
    mirrors = {source_key(entry): {"endpoint": [endpoint_of(entry.target)]} for entry in table}
    return dump_yaml({"mirrors": mirrors})


def read_registries(raw: object) -> Reading:
    """Read registries.yaml, as text or as the loaded mapping."""
    reading = Reading()
    data = load_yaml(raw, reading) if isinstance(raw, str) else raw
    if reading.items:
        return reading
    mirrors = data.get("mirrors") if isinstance(data, t.Mapping) else None
    if not isinstance(mirrors, t.Mapping):
        reading.error(
            "no_mirrors",
            "mirrors",
            "There is no mapping under 'mirrors', so no entry is read.",
            "Write 'mirrors:', below it a registry and its list 'endpoint:'.",
        )
        return reading
    if isinstance(data, t.Mapping) and data.get("configs"):
        reading.warn(
            "configs_not_read",
            "configs",
            "Credentials and TLS settings of registries.yaml are no part of a mirror table.",
            "Give them as username, password and ca_cert of the registry.",
        )
    for key, mirror in mirrors.items():
        hides = ANY_HOST in mirrors and key != ANY_HOST
        _add_mirror(reading, str(key), mirror or {}, hides)
    return reading


def _add_mirror(reading: Reading, key: str, mirror: object, hides: bool) -> None:
    where = f"mirrors.{key}"
    options = mirror if isinstance(mirror, t.Mapping) else {}
    if note_unknown_options(reading, where, options, ("endpoint", "rewrite")):
        return
    endpoints = mirror.get("endpoint") if isinstance(mirror, t.Mapping) else 0
    if endpoints in (None, "", []):
        no_endpoint(reading, where, "endpoint: []", source_of(key), hides)
        return
    if isinstance(endpoints, str):
        endpoints = [endpoints]
    if not isinstance(endpoints, list) or not all(isinstance(text, str) for text in endpoints):
        reading.error(
            "wrong_endpoint_type",
            where,
            "There is no list of texts under 'endpoint', so k3s asks the registry itself.",
            "Write endpoint: and below it '- https://registry.example.org/v2/path'.",
        )
        return
    note_more_endpoints(reading, where, len(endpoints))
    text = endpoints[0]
    endpoint = read_endpoint(reading, where, text)
    if endpoint is None:
        return
    rewrite = mirror.get("rewrite") if isinstance(mirror, t.Mapping) else None
    if rewrite:
        endpoint = _rewritten(reading, where, endpoint, rewrite)
    elif endpoint.path and not names_api(endpoint.literal):
        asked = f"k3s takes the path as it is and asks https://{endpoint.literal}"
        note_no_v2(reading, where, endpoint, asked)
    reading.add(where, text, source_of(key), endpoint.target)


def _rewritten(reading: Reading, where: str, endpoint: Endpoint, rewrite: object) -> Endpoint:
    """Return the endpoint with the path prefix of a rewrite of every repository."""
    prefix = rewrite_prefix(rewrite)
    if prefix and endpoint.path in ("", "v2"):
        return endpoint._replace(scheme=endpoint.scheme or "https", path=f"v2/{prefix}")
    reading.warn(
        "rewrite_not_read",
        where,
        "The rewrite is more than one prefix for every repository, which no entry can carry.",
        "Give the registry a path that keeps the names of repositories.",
    )
    return endpoint


__all__ = ("read_registries", "render_registries", "unsupported")
