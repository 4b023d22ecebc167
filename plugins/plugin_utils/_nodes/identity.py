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
from .inventory import NodeHost

_LONGEST = 253
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_SUBDOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")

Refused = dict[str, list[Finding]]
"""Why nodes are left out, by the name of their workload cluster."""


def is_node_name(text: str) -> bool:
    """Return whether this is a DNS-1123 subdomain, as the API server takes them for nodes."""
    return len(text) <= _LONGEST and bool(_SUBDOMAIN.fullmatch(text))


def is_address(text: str) -> bool:
    """Return whether this is an IP address or a DNS name; `ssh` takes no option for one."""
    return _ip(text) is not None or is_node_name(text.lower().removesuffix("."))


def is_loopback(text: str) -> bool:
    """Return whether this address is the controller itself."""
    address = _ip(text)
    if address is None:
        return text.lower().removesuffix(".") in ("localhost", "localhost.localdomain")
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_loopback or mapped.is_unspecified)


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return None if "%" in text else ipaddress.ip_address(text)
    except ValueError:
        return None


def sound_hosts(
    hosts: t.Sequence[NodeHost],
    taken: t.Container[str],
    local: t.Container[str] = (),
    *,
    by_address: bool = True,
) -> tuple[list[NodeHost], Refused]:
    """Return the hosts that may enter the inventory, and why the others may not.

    `taken` are the names that others have there, `local` the clusters that run on the controller.
    Of nodes that would be one host, none is it. With `by_address` that holds for nodes of one
    cluster with one address as well: one of them would show the evidence of the other.
    """
    names = collections.Counter(host.name for host in hosts)
    addresses = collections.Counter(map(_login, hosts)) if by_address else collections.Counter()
    good, refused = [], collections.defaultdict(list)
    for host in hosts:
        cluster = str(host.variables["node_workload_cluster"])
        finding = _wrong(host, taken, cluster in local) or _double(host, names, addresses)
        if finding:
            refused[cluster].append(finding)
        else:
            good.append(host)
    return good, dict(refused)


def _login(host: NodeHost) -> tuple[str, str]:
    variables = host.variables
    return str(variables["node_workload_cluster"]), str(variables["ansible_host"]).lower()


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
    return f"{told}{more}. {findings[0].fix}"


__all__ = (
    "Refused",
    "host_taken",
    "is_address",
    "is_loopback",
    "is_node_name",
    "refused_words",
    "sound_hosts",
)
