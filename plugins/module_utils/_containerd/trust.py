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
    """A manifest URL, the CA file that containerd uses there, and whether it checks at all.

    `client` are the files of the certificate that it shows and of its key, the second one empty
    where one file holds both.
    """

    url: str
    ca_file: str = ""
    insecure: bool = False
    client: tuple[str, str] = ("", "")


def target_of(
    url: str, files: t.Mapping[str, str], tls: t.Mapping[str, t.Any] | None = None
) -> Target:
    """Return the target of a URL with what the node's files say about trust in its host.

    That is the hosts.toml for it, or of `tls` the table of the host, as config.toml of 1.x has it.
    """
    host = urllib.parse.urlsplit(url).netloc
    own = (tls or {}).get(host)
    if isinstance(own, dict) and own:
        client = (_path(own.get("cert_file")), _path(own.get("key_file")))
        insecure = own.get("insecure_skip_verify") is True
        return Target(url, _path(own.get("ca_file")), insecure, client if all(client) else ("", ""))
    for path, text in files.items():
        if not path.endswith("/hosts.toml"):
            continue
        try:
            entries = tomllib.loads(text).get("host", {})
        except tomllib.TOMLDecodeError:
            continue
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            if isinstance(entry, dict) and urllib.parse.urlsplit(_url(name)).netloc == host:
                folder, insecure = path.rpartition("/")[0], entry.get("skip_verify") is True
                return Target(url, _ca_file(entry, folder), insecure, _client(entry, folder))
    return Target(url)


def _url(name: str) -> str:
    return name if "://" in name else f"https://{name}"


def _ca_file(entry: t.Mapping[str, t.Any], folder: str) -> str:
    return _path(_first(entry.get("ca")), folder)


def _client(entry: t.Mapping[str, t.Any], folder: str) -> tuple[str, str]:
    """Return the first pair; containerd takes one file with both, a list of such, and of pairs."""
    first = _first(entry.get("client"))
    pair = first if isinstance(first, list) and len(first) == 2 else (first, "")
    certificate, key = (_path(one, folder) for one in pair)
    return (certificate, key) if certificate else ("", "")


def _first(value: t.Any) -> t.Any:
    return value[0] if isinstance(value, list) and value else value


def _path(value: t.Any, folder: str = "") -> str:
    """Return a path that the probe can be given, empty if it is none."""
    if not isinstance(value, str) or not value or len(value.split()) != 1:
        return ""
    if value.startswith("/"):
        return value
    return f"{folder}/{value}" if folder else ""


__all__ = ("Target", "target_of")
