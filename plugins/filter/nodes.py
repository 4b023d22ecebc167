# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters that choose the hosts of a play by what nodes have shown."""

from __future__ import annotations

import typing as t

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Status,
    checks_of,
)
from ansible_collections.palette.image_registry.plugins.module_utils._unseen import READ_CHECK
from ansible_collections.palette.image_registry.plugins.plugin_utils._looks import settled_nodes
from ansible_collections.palette.image_registry.plugins.plugin_utils._node_options import (
    only_cluster,
)

_CLUSTERS = "palette_clusters"
_NODES = "palette_nodes"

Groups = t.Mapping[str, t.Sequence[str]]
HostVars = t.Mapping[str, t.Any]


def nodes_to_verify(groups: Groups, hostvars: HostVars, check_mode: bool = False) -> list[str]:
    """Return the nodes that have something to show, as hosts of a play.

    Those of a cluster where the override failed have not, nor in check mode those of a cluster
    where it is yet to be written.
    """
    nodes = groups.get(_NODES, [])
    without = {
        cluster
        for cluster in groups.get(_CLUSTERS, [])
        if not _has_override(hostvars.get(cluster, {}), check_mode)
    }
    if not without:
        return [_NODES] if nodes else []
    return [node for node in nodes if _cluster_of(hostvars.get(node, {}), groups) not in without]


def nodes_to_wait_for(groups: Groups, hostvars: HostVars) -> list[str]:
    """Return the nodes at which to look again, as hosts of a play."""
    settled = settled_nodes()
    return [
        node
        for node in groups.get(_NODES, [])
        if node not in settled and _is_pending(hostvars.get(node, {}))
    ]


def clusters_to_put_back(groups: Groups, hostvars: HostVars) -> list[str]:
    """Return the clusters that were overridden in this run, and whose nodes do not show it.

    Only those that are to be put back then, by their `override_rollback_on_node_failure`.
    """
    failed = {
        _cluster_of(variables, groups)
        for variables in (hostvars.get(node, {}) for node in groups.get(_NODES, []))
        if _has_failed(variables)
    }
    return [
        cluster
        for cluster in groups.get(_CLUSTERS, [])
        if cluster in failed and _goes_back(hostvars.get(cluster, {}))
    ]


def _has_failed(variables: t.Mapping[str, t.Any]) -> bool:
    """Return whether a node was seen not to show the override; one out of reach shows nothing."""
    checks = checks_of(variables.get("verify_nodes_result") or {})
    return any(check.status is Status.FAIL and check.name != READ_CHECK for check in checks)


def _goes_back(variables: t.Mapping[str, t.Any]) -> bool:
    wanted = variables.get("override_rollback_on_node_failure", False)
    kept = variables.get("snapshot_result") or {}
    return boolean(wanted, strict=False) and bool(kept.get("snapshot"))


def _has_override(variables: t.Mapping[str, t.Any], check_mode: bool) -> bool:
    if "override_failure_result" in variables:
        return False
    written = variables.get("registry_secret_result") or {}
    return not (check_mode and written.get("changed"))


def _cluster_of(variables: t.Mapping[str, t.Any], groups: Groups) -> str:
    named = variables.get("verify_nodes_cluster") or variables.get("palette_cluster")
    return str(named or only_cluster(groups))


def _is_pending(variables: t.Mapping[str, t.Any]) -> bool:
    result = variables.get("verify_nodes_result") or {}
    return bool(result.get("pending")) and int(variables.get("verify_nodes_retries") or 0) > 0


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {
            "clusters_to_put_back": clusters_to_put_back,
            "nodes_to_verify": nodes_to_verify,
            "nodes_to_wait_for": nodes_to_wait_for,
        }
