# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nodes of workload clusters as inventory hosts: what was asked for, and what Node objects say."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import datetime
import re
import typing as t

from ...module_utils._evidence import Finding, Severity
from ...module_utils._objects import JsonObject, dig
from ...module_utils._visible import visible, visible_line

NODE_GROUP = "palette_nodes"

_KEYS = ("name", "kubeconfig", "context", "palette_cluster")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?")
_ROLE_LABEL = "node-role.kubernetes.io/"
# "master" is what Kubernetes before 1.24 called it.
_CONTROL_PLANE = frozenset({"control-plane", "controlplane", "master"})
_FIELDS_OF_STATUS = ("addresses", "conditions", "nodeInfo")


@dataclasses.dataclass(frozen=True)
class WorkloadCluster:
    """A cluster whose nodes are wanted.

    `palette_cluster` is the inventory host whose override its nodes must show.
    """

    name: str
    palette_cluster: str
    kubeconfig: str
    context: str


@dataclasses.dataclass(frozen=True)
class Wanted:
    """The clusters that were asked for, and everything that is wrong with how."""

    clusters: tuple[WorkloadCluster, ...]
    findings: tuple[Finding, ...]


@dataclasses.dataclass(frozen=True)
class ClusterNode:
    """One Node object.

    `addresses` are (type, address) pairs in the cluster's order, `not_ready` is the reason why a
    node is not ready and empty for one that is. `reported` is when its kubelet wrote its status, in
    seconds since the epoch by the node's clock, 0 if unknown.
    """

    name: str
    labels: t.Mapping[str, str]
    taints: tuple[t.Mapping[str, str], ...]
    addresses: tuple[tuple[str, str], ...]
    not_ready: str
    schedulable: bool
    info: t.Mapping[str, str]
    reported: int = 0

    @classmethod
    def from_object(cls, node: JsonObject) -> ClusterNode:
        """Read a Node object; what is missing in it is empty here."""
        addresses = _mappings(dig(node, "status", "addresses"))
        conditions = _mappings(dig(node, "status", "conditions"))
        return cls(
            name=visible_line(str(dig(node, "metadata", "name") or "")),
            labels=_texts(dig(node, "metadata", "labels")),
            taints=tuple(
                {key: visible(str(taint.get(key) or "")) for key in ("key", "value", "effect")}
                for taint in _mappings(dig(node, "spec", "taints"))
            ),
            addresses=tuple(
                (visible_line(str(item.get("type") or "")), str(item.get("address") or ""))
                for item in addresses
            ),
            not_ready=visible_line(_not_ready(conditions)),
            schedulable=not dig(node, "spec", "unschedulable"),
            info=_texts(dig(node, "status", "nodeInfo")),
            reported=_reported(conditions),
        )

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that its labels name; worker where they name none."""
        named = (label for label in self.labels if label.startswith(_ROLE_LABEL))
        roles = sorted(label.removeprefix(_ROLE_LABEL) for label in named)
        return tuple(role for role in roles if role) or ("worker",)

    @property
    def is_control_plane(self) -> bool:
        """Whether it belongs to the control plane."""
        return bool(_CONTROL_PLANE.intersection(self.roles))

    @property
    def containerd_version(self) -> str:
        """The version that its kubelet reports; empty where the runtime is no containerd."""
        runtime, _separator, version = self.info.get("containerRuntimeVersion", "").partition("://")
        return version.removeprefix("v") if runtime == "containerd" else ""

    def address(self, types: t.Sequence[str]) -> str:
        """Return the first address of the first type that it has, empty if it has none."""
        for wanted in types:
            for kind, address in self.addresses:
                if kind == wanted and address:
                    return address
        return ""

    def variables(self) -> dict[str, t.Any]:
        """Return what it says about itself, as host variables."""
        return {
            "node_name": self.name,
            "node_labels": dict(self.labels),
            "node_taints": [dict(taint) for taint in self.taints],
            "node_roles": list(self.roles),
            "node_addresses": [{"type": kind, "address": text} for kind, text in self.addresses],
            "node_ready": not self.not_ready,
            "node_not_ready_reason": self.not_ready,
            "node_schedulable": self.schedulable,
            "node_container_runtime": self.info.get("containerRuntimeVersion", ""),
            "node_containerd_version": self.containerd_version,
            "node_containerd_version_seen": self.reported if self.containerd_version else 0,
            "node_architecture": self.info.get("architecture", ""),
            "node_operating_system": self.info.get("operatingSystem", ""),
            "node_os_image": self.info.get("osImage", ""),
            "node_kubelet_version": self.info.get("kubeletVersion", ""),
        }

    def groups(self) -> tuple[str, ...]:
        """Return the groups to which it belongs in whatever cluster."""
        role = "control_plane" if self.is_control_plane else "worker"
        groups = [NODE_GROUP, f"{NODE_GROUP}_{role}"]
        return (*groups, f"{NODE_GROUP}_not_ready") if self.not_ready else tuple(groups)


@dataclasses.dataclass(frozen=True)
class NodeHost:
    """A node as a host of the inventory."""

    name: str
    variables: t.Mapping[str, t.Any]
    groups: tuple[str, ...]


def kept_of(node: JsonObject) -> dict[str, t.Any]:
    """Return of a Node object what is read here: images, for one, are most of it."""
    return {
        "metadata": {key: dig(node, "metadata", key) for key in ("name", "labels")},
        "spec": {key: dig(node, "spec", key) for key in ("taints", "unschedulable")},
        "status": {key: dig(node, "status", key) for key in _FIELDS_OF_STATUS},
    }


def parse_clusters(entries: t.Any, defaults: t.Mapping[str, str], hostname: str) -> Wanted:
    """Read the entries of option `clusters`; `defaults` stand in for what an entry leaves out."""
    findings: list[Finding] = []
    if "{node}" not in hostname:
        findings.append(
            _error("hostname_invalid", "hostname", f"{hostname!r} names no node", "write {node}")
        )
    listed = entries if isinstance(entries, list) else []
    if not listed:
        fix = "list the workload clusters: - name: edge-1, kubeconfig: edge-1.kubeconfig"
        findings.append(_error("clusters_missing", "clusters", "no cluster is listed", fix))
    clusters: list[WorkloadCluster] = []
    for number, entry in enumerate(listed, 1):
        subject = f"clusters, entry {number}"
        wrong = [*_entry_findings(subject, entry)]
        if not wrong:
            given = {key: str(value) for key, value in entry.items() if value}
            cluster = WorkloadCluster(**{**dict.fromkeys(_KEYS, ""), **defaults, **given})
            wrong = [*_cluster_findings(cluster, subject, [other.name for other in clusters])]
            clusters.append(cluster)
        findings += wrong
    return Wanted(tuple(clusters), tuple(findings))


def node_hosts(
    cluster: WorkloadCluster,
    nodes: t.Iterable[ClusterNode],
    *,
    hostname: str,
    address_types: t.Sequence[str],
    user: str = "",
) -> tuple[NodeHost, ...]:
    """Return the nodes of a cluster as hosts. One without a wanted address goes by its name."""
    own_group = f"{NODE_GROUP}_of_" + re.sub(r"\W", "_", cluster.name, flags=re.ASCII)
    hosts = []
    for node in nodes:
        variables = node.variables()
        variables["ansible_host"] = node.address(address_types) or node.name
        variables["palette_cluster"] = cluster.palette_cluster
        variables["node_workload_cluster"] = cluster.name
        if user:
            variables["ansible_user"] = user
        name = hostname.replace("{cluster}", cluster.name).replace("{node}", node.name)
        hosts.append(NodeHost(name, variables, (*node.groups(), own_group)))
    return tuple(hosts)


def unread_cluster(cluster: WorkloadCluster, reason: str) -> dict[str, str]:
    """Return the entry of variable `palette_nodes_unread` for a cluster that did not answer."""
    return {
        "workload_cluster": cluster.name,
        "palette_cluster": cluster.palette_cluster,
        "reason": reason,
    }


def _entry_findings(subject: str, entry: t.Any) -> t.Iterator[Finding]:
    if not isinstance(entry, dict):
        fix = "write a mapping with name and kubeconfig"
        yield _error("cluster_invalid", subject, f"{type(entry).__name__} is no mapping", fix)
        return
    for key, value in entry.items():
        if key not in _KEYS:
            fix = f"use {', '.join(_KEYS)}"
            yield _error("cluster_key_unknown", subject, f"there is no key {key!r}", fix)
        elif value is not None and not isinstance(value, str):
            kind = type(value).__name__
            yield _error("cluster_invalid", subject, f"{key} is no text but {kind}", "quote it")


def _cluster_findings(
    cluster: WorkloadCluster, subject: str, others: t.Container[str]
) -> t.Iterator[Finding]:
    if not _NAME.fullmatch(cluster.name):
        fix = "give it a name of letters, digits, dots, dashes and underscores"
        yield _error("cluster_name_invalid", subject, f"its name is {cluster.name!r}", fix)
    if cluster.name in others:
        fix = "give each cluster a name of its own"
        yield _error("cluster_twice", subject, f"{cluster.name} is listed before", fix)
    if not cluster.palette_cluster:
        yield _error(
            "palette_cluster_missing",
            subject,
            "nobody knows whose override its nodes must show",
            "set palette_cluster, of the entry or for all, to a host of palette_clusters",
        )
    if not cluster.kubeconfig:
        yield _error(
            "kubeconfig_missing",
            subject,
            "it has no kubeconfig, and no cluster is ever guessed",
            "set kubeconfig, of the entry or for all, to the path of this cluster's kubeconfig",
        )


def _not_ready(conditions: t.Iterable[t.Mapping[str, t.Any]]) -> str:
    for condition in conditions:
        if condition.get("type") == "Ready":
            if condition.get("status") == "True":
                return ""
            return str(condition.get("reason") or f"Ready is {condition.get('status')}")
    return "its kubelet has reported nothing"


def _reported(conditions: t.Iterable[t.Mapping[str, t.Any]]) -> int:
    """Return when the kubelet wrote the status; it asks containerd for its version each time."""
    for condition in conditions:
        if condition.get("type") == "Ready":
            try:
                time = datetime.datetime.fromisoformat(str(condition.get("lastHeartbeatTime")))
            except ValueError:
                return 0
            return int(time.timestamp()) if time.tzinfo else 0
    return 0


def _error(code: str, subject: str, message: str, fix: str) -> Finding:
    return Finding(code, Severity.ERROR, subject, message, fix)


def _mappings(value: t.Any) -> list[t.Mapping[str, t.Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _texts(value: t.Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {
        visible(str(key)): visible(str(text)) for key, text in value.items() if text is not None
    }


__all__ = (
    "NODE_GROUP",
    "ClusterNode",
    "NodeHost",
    "Wanted",
    "WorkloadCluster",
    "kept_of",
    "node_hosts",
    "parse_clusters",
    "unread_cluster",
)
