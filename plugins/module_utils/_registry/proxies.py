# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which proxy leads to a host, read from HTTPS_PROXY and NO_PROXY as Go's programs read them."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t
import urllib.parse

_SCHEMES = ("http", "https")


@dataclasses.dataclass(frozen=True)
class Proxies:
    """A proxy for https, "" if there is none, and the hosts that are reached without it."""

    https: str = dataclasses.field(default="", repr=False)
    exempt: tuple[str, ...] = ()

    @classmethod
    def of_environment(cls, environment: t.Mapping[str, str]) -> Proxies:
        """Read the variables; lower case wins, as in curl. Raises ValueError on a bad proxy.

        The message does not repeat the proxy, which may hold a password.
        """
        proxy = environment.get("https_proxy") or environment.get("HTTPS_PROXY") or ""
        names = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
        exempt = tuple(name.strip().lower() for name in names.split(",") if name.strip())
        return cls(_checked(proxy.strip()), exempt)

    def of(self, host: str) -> str:
        """Return the proxy for a host[:port], "" for none."""
        if not self.https:
            return ""
        parts = urllib.parse.urlsplit(f"//{host.lower()}")
        name, port = parts.hostname or "", parts.port or 443
        exempt = _is_loopback(name) or any(_matches(rule, name, port) for rule in self.exempt)
        return "" if exempt else self.https

    def secrets(self) -> tuple[str, ...]:
        """Return what must never be shown: the password, as it is written and as it is meant.

        A name without a password is a token.
        """
        parts = urllib.parse.urlsplit(self.https)
        secret = parts.password or parts.username or ""
        return tuple({secret, urllib.parse.unquote(secret)} - {""})


def _checked(proxy: str) -> str:
    if not proxy:
        return ""
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    try:
        parts = urllib.parse.urlsplit(proxy)
        good = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ValueError("HTTPS_PROXY is no http:// or https:// URL of a proxy")
    return proxy


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _matches(rule: str, name: str, port: int) -> bool:
    """Return whether a word of NO_PROXY is about a host: *, CIDR, address, name or suffix."""
    if rule == "*":
        return True
    try:
        return ipaddress.ip_address(name) in ipaddress.ip_network(rule, strict=False)
    except ValueError:
        pass
    rule_name, colon, rule_port = rule.rpartition(":")
    if colon and rule_port.isdigit() and not rule_name.endswith(":"):
        if int(rule_port) != port:
            return False
        rule = rule_name
    rule = rule.removeprefix("*").strip("[]")
    if rule.startswith("."):
        return name.endswith(rule)
    return name == rule or name.endswith(f".{rule}")


__all__ = ("Proxies",)
