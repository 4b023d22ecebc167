# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Node object may call itself: its name becomes a host of ours, its address a login."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import collections
import ipaddress
import re
import typing as t

from ...module_utils._evidence import Finding, Severity
from ...module_utils._redact import cut
from .inventory import NodeHost

_LONGEST = 253
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_SUBDOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# What resolvers take for an IPv4 address without asking: 127.1, 2130706433, 0x7f.1, 0177.0.0.1.
_NUMBER = r"(?:0x[0-9a-f]*|[0-9]+)"
_NUMBERS = re.compile(rf"{_NUMBER}(?:\.{_NUMBER}){{0,3}}")
_LOOPBACK_NAMES = re.compile(
    r"(?:.+\.)?localhost|localhost\.localdomain|localhost[46](?:\.localdomain[46])?"
    r"|ip6-(?:localhost|loopback)"
)
_LONGEST_WORDS = 1000

Refused = dict[str, list[Finding]]
"""Why nodes are left out, by the name of their workload cluster."""


def is_node_name(text: str) -> bool:
    """Return whether this is a DNS-1123 subdomain, as the API server takes them for nodes."""
    return len(text) <= _LONGEST and bool(_SUBDOMAIN.fullmatch(text))


def is_address(text: str) -> bool:
    """Return whether this is an IP address or a DNS name; `ssh` takes no option for one."""
    if _ip(text) is not None:
        return True
    name = _plain(text)
    return text.isascii() and is_node_name(name) and not _NUMBERS.fullmatch(name)


def is_loopback(text: str) -> bool:
    """Return whether this address is the controller itself."""
    address = _ip(text)
    if address is None:
        return bool(_LOOPBACK_NAMES.fullmatch(_plain(text)))
    return bool(address.is_loopback or address.is_unspecified)


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that is reached: an IPv4 one may be written as one of IPv6."""
    try:
        address = None if "%" in text else ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _plain(text: str) -> str:
    """Return the one spelling of an address or a name."""
    address = _ip(text)
    return str(address) if address else text.lower().removesuffix(".")


def sound_hosts(
    hosts: t.Sequence[NodeHost],
    taken: t.Container[str],
    local: t.Container[str] = (),
    *,
    by_address: bool = True,
    composed: str = "",
) -> tuple[list[NodeHost], Refused]:
    """Return the hosts that may enter the inventory, and why the others may not.

    `taken` are the names that others have there, `local` the clusters that run on the controller.
    Of nodes that would be one host, none is it. With `by_address` that holds for nodes of one
    cluster with one address as well: one of them would show the evidence of the other.
    `composed` is the expression that makes the addresses, if one does: who writes the controller's
    own into it means it.
    """
    names = collections.Counter(host.name for host in hosts)
    known = (place for host in hosts for place in _places(host)) if by_address else ()
    addresses = collections.Counter(known)
    good, refused = [], collections.defaultdict(list)
    for host in hosts:
        cluster = str(host.variables["node_workload_cluster"])
        own = cluster in local or str(host.variables["ansible_host"]) in composed
        finding = _wrong(host, taken, own) or _double(host, names, addresses)
        if finding:
            refused[cluster].append(finding)
        else:
            good.append(host)
    return good, dict(refused)


def _login(host: NodeHost) -> tuple[str, str]:
    variables = host.variables
    return str(variables["node_workload_cluster"]), _plain(str(variables["ansible_host"]))


def _places(host: NodeHost) -> set[tuple[str, str]]:
    """Return all under which a node is reached, each with its cluster."""
    cluster, login = _login(host)
    others = (str(item["address"]) for item in host.variables["node_addresses"])
    names = (str(host.variables["node_name"]), *others)
    return {(cluster, login), *((cluster, _plain(name)) for name in names)}


def _wrong(host: NodeHost, taken: t.Container[str], local: bool) -> Finding | None:
    name, address = str(host.variables["node_name"]), str(host.variables["ansible_host"])
    if not is_node_name(name):
        return _refusal("node_name_invalid", name, "its name is no DNS-1123 subdomain")
    if host.name in taken:
        return host_taken(host.name)
    if not is_address(address):
        return _refusal(
            "node_address_invalid", name, f"its address {address!r} is no IP address or DNS name"
        )
    if is_loopback(address) and not local:
        return _refusal(
            "node_address_invalid", name, f"its address {address!r} is the controller itself"
        )
    return None


def _double(
    host: NodeHost, names: t.Mapping[str, int], addresses: t.Mapping[t.Any, int]
) -> Finding | None:
    if names[host.name] > 1:
        return _refusal(
            "host_twice",
            host.name,
            "several nodes would be this host",
            'set hostname to "{cluster}-{node}"',
        )
    if addresses and addresses[_login(host)] > 1:
        address = host.variables["ansible_host"]
        return _refusal(
            "node_address_twice",
            host.name,
            f"another node of its cluster has the address {address} too",
        )
    return None


def host_taken(name: str) -> Finding:
    """Return the finding of a node that would be a host that others have in the inventory."""
    return _refusal(
        "host_taken",
        name,
        "the inventory has a host or group of this name, which it would take over",
        'set hostname to "{cluster}-{node}", or give that host another name; variables for a node'
        " belong into host_vars or compose",
    )


def _refusal(code: str, subject: str, message: str, fix: str = "") -> Finding:
    return Finding(
        code,
        Severity.ERROR,
        subject,
        f"{message}, so this node is left out",
        fix or "find out who wrote this Node object: no kubelet does",
    )


def refused_words(findings: t.Sequence[Finding]) -> str:
    """Return in words which nodes of a cluster are left out, the first few by name."""
    told = "; ".join(f"{finding.subject}: {finding.message}" for finding in findings[:3])
    more = f"; and {len(findings) - 3} more" if len(findings) > 3 else ""
    return f"{cut(told, _LONGEST_WORDS)}{more}. {findings[0].fix}"


__all__ = (
    "Refused",
    "host_taken",
    "is_address",
    "is_loopback",
    "is_node_name",
    "refused_words",
    "sound_hosts",
)
