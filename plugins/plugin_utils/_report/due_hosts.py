# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts a run must judge: what it does not show of them has failed, not passed."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader

from .._failure import Failure
from .._nodes.options import only_cluster

CLUSTERS = "palette_clusters"
NODES = "palette_nodes"

Groups = t.Mapping[str, t.Sequence[str]]
HostVars = t.Mapping[str, t.Any]

# So many of an inventory's groups are named where none of ours is there.
_NAMED = 8
_ALL = ("all", "ungrouped")


def hosts_of_run(groups: Groups, limit: str = "") -> list[str]:
    """Return the hosts of the inventory that `--limit` leaves, read as Ansible reads it."""
    if not limit:
        return [*groups.get("all", ())]
    manager = InventoryManager(DataLoader(), parse=False)
    for group, hosts in groups.items():
        manager.add_group(group)
        for host in hosts:
            manager.add_host(host, group=group)
    manager.subset(limit)
    return [host.name for host in manager.get_hosts("all")]


def clusters_without_override(groups: Groups, hostvars: HostVars, check_mode: bool) -> set[str]:
    """Return the clusters whose nodes have nothing to show in this run.

    The override failed there, or in check mode is yet to be written.
    """
    return {
        cluster
        for cluster in groups.get(CLUSTERS, [])
        if not _has_override(hostvars.get(cluster, {}), check_mode)
    }


def _has_override(variables: t.Mapping[str, t.Any], check_mode: bool) -> bool:
    if "override_failure_result" in variables:
        return False
    written = variables.get("registry_secret_result") or {}
    return not (check_mode and written.get("changed"))


def cluster_of_node(variables: t.Mapping[str, t.Any], groups: Groups) -> str:
    """Return the cluster to which a node belongs by its variables, empty if nobody knows."""
    named = variables.get("palette_cluster")
    return str(named or only_cluster(groups))


def nothing_to_judge(groups: Groups, wanted: t.Sequence[str], limit: str) -> Failure:
    """Return the failure of a run that has no host to judge: it proves nothing."""
    run = set(hosts_of_run(groups, limit))
    found = [_found(groups, group, run) for group in wanted]
    others = [
        f"{name} ({len(hosts)})"
        for name, hosts in groups.items()
        if name not in (*_ALL, *wanted) and hosts
    ]
    more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
    there = f"; the inventory's other groups: {', '.join(others[:_NAMED])}{more}" if others else ""
    limited = f" with --limit {limit}" if limit else ""
    return Failure.of(
        "nothing_to_judge",
        " and ".join(wanted),
        f"this run{limited} has no host to judge, so it proves nothing: {', '.join(found)}{there}",
        "name the inventory with -i, put the clusters into group palette_clusters and the nodes"
        " into palette_nodes, and let --limit name one of them",
    )


def _found(groups: Groups, group: str, run: t.Container[str]) -> str:
    if group not in groups:
        return f"group {group} is not in the inventory"
    hosts = groups[group]
    if not hosts:
        return f"group {group} has no host"
    left = sum(host in run for host in hosts)
    return f"group {group} has {len(hosts)} hosts, of which this run has {left}"


__all__ = (
    "CLUSTERS",
    "NODES",
    "Groups",
    "HostVars",
    "cluster_of_node",
    "clusters_without_override",
    "hosts_of_run",
    "nothing_to_judge",
)
