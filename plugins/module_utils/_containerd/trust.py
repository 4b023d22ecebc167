# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom containerd would ask for a source, and which CA it trusts there."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t
import urllib.parse

from .._python import tomllib


@dataclasses.dataclass(frozen=True)
class Target:
    """A manifest URL, the CA file that containerd uses there, and whether it checks at all."""

    url: str
    ca_file: str = ""
    insecure: bool = False


def target_of(url: str, files: t.Mapping[str, str]) -> Target:
    """Return the target of a URL with what the hosts.toml for its host says about trust."""
    host = urllib.parse.urlsplit(url).netloc
    for path, text in files.items():
        if not path.endswith("/hosts.toml"):
            continue
        try:
            entries = tomllib.loads(text).get("host", {})
        except tomllib.TOMLDecodeError:
            continue
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            if isinstance(entry, dict) and urllib.parse.urlsplit(_url(name)).netloc == host:
                return Target(url, _ca_file(entry, path), entry.get("skip_verify") is True)
    return Target(url)


def _url(name: str) -> str:
    return name if "://" in name else f"https://{name}"


def _ca_file(entry: t.Mapping[str, t.Any], path: str) -> str:
    ca = entry.get("ca", "")
    first = ca[0] if isinstance(ca, list) and ca else ca
    if not isinstance(first, str) or not first or " " in first:
        return ""
    return first if first.startswith("/") else f"{path.rpartition('/')[0]}/{first}"


__all__ = ("Target", "target_of")
