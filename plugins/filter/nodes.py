# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters that choose the hosts of a play by what nodes have shown."""

from __future__ import annotations

import typing as t

from ansible.module_utils.parsing.convert_bool import boolean

from ..module_utils._evidence import Status, checks_of
from ..plugin_utils._nodes.checks import READ_CHECK
from ..plugin_utils._nodes.settled import settled_nodes
from ..plugin_utils._report.due_hosts import (
    CLUSTERS,
    NODES,
    Groups,
    HostVars,
    cluster_of_node,
    clusters_without_override,
    hosts_of_run,
)


def nodes_to_verify(groups: Groups, hostvars: HostVars, check_mode: bool = False) -> list[str]:
    """Return the nodes that have something to show, as hosts of a play.

    Those of a cluster where the override failed have not, nor in check mode those of a cluster
    where it is yet to be written.
    """
    nodes = groups.get(NODES, [])
    without = clusters_without_override(groups, hostvars, check_mode)
    if not without:
        return [NODES] if nodes else []
    return [
        node for node in nodes if cluster_of_node(hostvars.get(node, {}), groups) not in without
    ]


def nodes_to_wait_for(groups: Groups, hostvars: HostVars) -> list[str]:
    """Return the nodes at which to look again, as hosts of a play."""
    settled = settled_nodes()
    return [
        node
        for node in groups.get(NODES, [])
        if node not in settled and _is_pending(hostvars.get(node, {}))
    ]


def clusters_to_put_back(groups: Groups, hostvars: HostVars) -> list[str]:
    """Return the clusters that were overridden in this run, and whose nodes do not show it.

    Only those that are to be put back then, by their `override_rollback_on_node_failure`.
    """
    failed = {
        cluster_of_node(variables, groups)
        for variables in (hostvars.get(node, {}) for node in groups.get(NODES, []))
        if _has_failed(variables)
    }
    return [
        cluster
        for cluster in groups.get(CLUSTERS, [])
        if cluster in failed and _goes_back(hostvars.get(cluster, {}))
    ]


def hosts_to_report(groups: Groups, limit: str = "", merged: t.Sequence[str] = ()) -> list[str]:
    """Return the hosts that report on a run: its clusters, else one of its nodes.

    One with neither has to say so: then any of its hosts does, as does a run that merges reports.
    """
    run = hosts_of_run(groups, limit)
    if not merged:
        for group, most in ((CLUSTERS, None), (NODES, 1)):
            found = set(run).intersection(groups.get(group, ()))
            if found:
                return [host for host in groups[group] if host in found][:most]
    return run[:1] if limit else ["localhost"]


def hosts_without_plan(groups: Groups, limit: str = "") -> list[str]:
    """Return a host that has to say that a plan is about nothing; none if it is about something.

    Without clusters a plan is made on localhost, which a limit may leave out.
    """
    run = hosts_of_run(groups, limit)
    planned = groups.get(CLUSTERS) or ["localhost"]
    return run[:1] if limit and not set(run).intersection(planned) else []


def _has_failed(variables: t.Mapping[str, t.Any]) -> bool:
    """Return whether a node was seen not to show the override; one out of reach shows nothing."""
    checks = checks_of(variables.get("verify_nodes_result") or {})
    return any(check.status is Status.FAIL and check.name != READ_CHECK for check in checks)


def _goes_back(variables: t.Mapping[str, t.Any]) -> bool:
    wanted = variables.get("override_rollback_on_node_failure", False)
    kept = variables.get("transaction_result") or {}
    return boolean(wanted, strict=False) and bool(kept.get("snapshot"))


def _is_pending(variables: t.Mapping[str, t.Any]) -> bool:
    result = variables.get("verify_nodes_result") or {}
    return bool(result.get("pending")) and int(variables.get("verify_nodes_retries") or 0) > 0


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {
            "clusters_to_put_back": clusters_to_put_back,
            "hosts_to_report": hosts_to_report,
            "hosts_without_plan": hosts_without_plan,
            "nodes_to_verify": nodes_to_verify,
            "nodes_to_wait_for": nodes_to_wait_for,
        }
