# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

"""The checks of a run, as its hosts have registered them."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError

from ansible_collections.palette.image_registry.plugins.module_utils._cluster_nodes import (
    UNREAD_VARIABLE,
    unread_checks,
)
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import checks_of
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors import parse_mirrors
from ansible_collections.palette.image_registry.plugins.module_utils._redact import Redactor
from ansible_collections.palette.image_registry.plugins.module_utils._report import (
    HostEvidence,
    in_order,
)

Mirrors = tuple[tuple[str, str], ...]


def gather(
    task_vars: t.Mapping[str, t.Any], hosts: t.Sequence[str], results: t.Sequence[str]
) -> tuple[HostEvidence, ...]:
    """Read the registered results of each host; a host without any has nothing to show."""
    hostvars = task_vars["hostvars"]
    clusters = [*task_vars["groups"].get("palette_clusters", ())]
    gathered = []
    for host in hosts:
        variables = hostvars[host]
        found = [variables.get(name) or {} for name in results]
        checks = tuple(check for one in found for check in checks_of(one))
        if host in clusters and "ansible_limit" not in task_vars:
            checks += unread_checks(variables.get(UNREAD_VARIABLE), host)
        if checks:
            cluster = _cluster_of(host, found, clusters)
            mirrors = _mirrors(variables) if host == cluster else ()
            gathered.append(HostEvidence(host, cluster, checks, mirrors))
    return in_order(gathered)


def _cluster_of(
    host: str, results: t.Iterable[t.Mapping[str, t.Any]], clusters: t.Sequence[str]
) -> str:
    """Return the cluster that answers for a host; the first one for nodes that name none.

    A job slice may know a node and not its cluster: then the node's word is taken.
    """
    if host in clusters:
        return host
    named = next((str(one["palette_cluster"]) for one in results if "palette_cluster" in one), "")
    if named in clusters or not clusters:
        return named or host
    return clusters[0]


def _mirrors(variables: t.Mapping[str, t.Any]) -> Mirrors:
    """Return the mirror table that a cluster was to have; none that cannot be read."""
    try:
        settings = variables.get("palette_registry")
        if not isinstance(settings, t.Mapping):
            return ()
        parsed = parse_mirrors(settings.get("mirrors") or "")
        redact = Redactor([str(settings.get("password") or "")]).text
    except AnsibleError:  # a variable that is not defined: its check has failed already
        return ()
    if not parsed.ok:
        return ()
    entries = (entry for entry in parsed.table if entry.kind == "registry")
    return tuple((redact(entry.source), redact(entry.target)) for entry in entries)


__all__ = ("gather",)
