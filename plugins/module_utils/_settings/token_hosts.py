# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which token service may be given a registry's password: the registry itself names one.

Without a list of public suffixes, which ages, `auth.example.org` beside `registry.example.org`
cannot be told from `a.co.uk` beside `b.co.uk` or `a.github.io` beside `b.github.io`. So what
is trusted needs no such list: names of which one is below the other, for whoever owns the upper
one decides about the lower one, and neighbours under a top-level domain that nobody sells.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import re
import typing as t

HOST = re.compile(
    r"(?P<name>[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?\.?|\[[0-9A-Fa-f:.]{2,45}\])"
    r"(?::(?P<port>[0-9]{1,5}))?\Z"
)
"""A host[:port] and nothing else: no user, about whose end libraries disagree."""

# ghcr.io, quay.io, Amazon's, Azure's, Google's and Red Hat's registries are their own services.
_WELL_KNOWN = {
    "registry-1.docker.io": "auth.docker.io",
    "index.docker.io": "auth.docker.io",
    "registry.digitalocean.com": "api.digitalocean.com",
}

# Kept for networks of one's own by RFC 2606, RFC 6762, RFC 8375 and ICANN, or never delegated.
_PRIVATE = frozenset(
    {"internal", "local", "lan", "intranet", "corp", "home", "private", "localdomain", "test"}
)


def may_have_password(registry: str, service: str, named: t.Collection[str]) -> bool:
    """Return whether a registry's password may go to a token service, both as host[:port].

    `named` are the token_hosts of the settings: one without a port stands for any port.
    """
    match, own = HOST.match(service), HOST.match(registry)
    if match is None or own is None:
        return False
    name, here = _plain(match["name"]), _plain(own["name"])
    if name == here or _WELL_KNOWN.get(here) == name:
        return True
    listed = {_plain(entry) for entry in named}
    if name in listed or f"{name}:{match['port'] or 443}" in listed:
        return True
    if _is_address(name) or _is_address(here):
        return False
    return _is_below(name, here) or _is_below(here, name) or _are_private(name, here)


def read_hosts(value: object) -> tuple[str, ...]:
    """Return the hosts in a list, or in a survey's words.

    Raises ValueError with one that is none.
    """
    items = re.split(r"[\s,]+", value.strip(" ,\n\t")) if isinstance(value, str) else value
    if not items or items == [""]:
        return ()
    for item in items if isinstance(items, (list, tuple)) else [items]:
        if not isinstance(item, str) or not HOST.match(item):
            raise ValueError(str(item))
    return tuple(t.cast("t.Iterable[str]", items))


def _plain(name: str) -> str:
    return name.lower().removesuffix(".")


def _is_address(name: str) -> bool:
    return name.startswith("[") or name.rpartition(".")[2].isdigit()


def _is_below(lower: str, upper: str) -> bool:
    return "." in upper and lower.endswith(f".{upper}")


def _are_private(one: str, other: str) -> bool:
    """Return whether two names are of one domain, such as example.internal, that is nobody's."""
    ends = one.split(".")[-2:]
    return len(ends) == 2 and ends[1] in _PRIVATE and ends == other.split(".")[-2:]


__all__ = ("HOST", "may_have_password", "read_hosts")
