# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nodes of workload clusters as hosts of group palette_nodes."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cluster_nodes
short_description: Nodes of workload clusters as hosts of group palette_nodes
description:
  - Asks the Kubernetes API of workload clusters for their nodes and puts each into group C(palette_nodes), with the
    address under which SSH finds it and the variable C(palette_cluster), which names the cluster whose override it must
    show.
  - Other groups are C(palette_nodes_control_plane), C(palette_nodes_worker), C(palette_nodes_not_ready), and
    C(palette_nodes_of_NAME) for each workload cluster.
  - 'Each node has the variables C(node_name), C(node_workload_cluster), C(node_labels) (a mapping), C(node_taints)
    (C(key), C(value), C(effect)), C(node_roles), C(node_addresses) (C(type), C(address)), C(node_ready),
    C(node_not_ready_reason), C(node_schedulable), C(node_container_runtime), C(node_containerd_version) (empty for
    another runtime), C(node_containerd_version_seen) (when its kubelet reported it, in seconds since the epoch by the
    clock of the node, 0 if unknown), C(node_architecture), C(node_operating_system), C(node_os_image) and
    C(node_kubelet_version).'
  - A cluster that cannot be read is a warning, and the nodes of the others are listed; O(strict=true) makes it an error.
    It is not forgotten. The variable C(palette_nodes_unread) of all hosts names it, and the report fails with it, since
    a run that saw none of its nodes proves nothing.
  - A Node object decides neither what a host is called that another source of the inventory has, nor where that host is.
    A node with such a name, with a name or an address that is none, or with the name or address of another node, is left
    out and named; its cluster counts as not read. That holds for an C(ansible_host) of O(compose) as well.
  - The file must end in C(cluster_nodes.yml) or C(cluster_nodes.yaml).
  - Nothing that a cluster says about its nodes is taken as a template.
author: The palette.image_registry authors (@palette-image-registry)
version_added: 1.0.0
extends_documentation_fragment:
  - constructed
  - inventory_cache
notes:
  - The cluster is chosen by O(kubeconfig) alone. E(K8S_AUTH_KUBECONFIG) and the other C(K8S_AUTH_*), E(KUBECONFIG) and
    the in-cluster configuration of a pod are not used. AWX injects some of them, and they would lead to the cluster on
    which AWX itself runs.
  - The user of the kubeconfig needs the verb C(list) for C(nodes).
  - With O(cache=true) the cache holds what the Node objects say, no kubeconfig and no credential. Addresses, names and
    groups are made anew at each run.
  - With several files of this plugin in one inventory, C(palette_nodes_unread) names the unread clusters of all.
requirements:
  - urllib3 (Python library)
  - PyYAML (Python library)
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [palette.image_registry.cluster_nodes]
  clusters:
    description:
      - The workload clusters, each a mapping.
      - C(name) is how the cluster is called in this inventory, in letters, digits, dots, dashes and underscores. It is
        required.
      - C(kubeconfig) and C(context) default to O(kubeconfig) and O(context), C(palette_cluster) to O(palette_cluster).
    type: list
    elements: dict
    required: true
  palette_cluster:
    description:
      - The host of group C(palette_clusters) whose override the nodes must show, for clusters that name none of their
        own.
    type: str
    default: ""
  kubeconfig:
    description:
      - Path of the kubeconfig of clusters that name none of their own. A relative path starts at the folder of this
        file.
    type: str
    default: ""
    env:
      - name: PALETTE_NODES_KUBECONFIG
  context:
    description: The context of clusters that name none of their own. The kubeconfig's current context if empty.
    type: str
    default: ""
    env:
      - name: PALETTE_NODES_CONTEXT
  label_selectors:
    description: Only nodes whose labels match all of these, such as C(pool=edge) or C(!virtual).
    type: list
    elements: str
    default: []
  address_types:
    description:
      - Which address of a node becomes C(ansible_host). The first type that a node has counts, and of several addresses
        of that type the first.
      - A node that has none of them goes by its name.
    type: list
    elements: str
    choices: [InternalIP, ExternalIP, Hostname, InternalDNS, ExternalDNS]
    default: [InternalIP, ExternalIP, Hostname]
  ansible_user:
    description: The user to log in as. Not set if empty.
    type: str
    default: ""
  hostname:
    description:
      - How hosts are called. C({cluster}) is the C(name) of the cluster here, C({node}) the name of the node.
      - The default holds however many clusters there are, so hosts keep their names when clusters come and go. Names
        without C({cluster}) are shorter; nodes of two clusters that share one are then left out.
    type: str
    default: "{cluster}-{node}"
  timeout:
    description:
      - Seconds for one request to a cluster, from 0.1 to 86400. One that fails for a moment is sent twice more.
      - All requests to one cluster end after six times that.
    type: float
    default: 20
"""

EXAMPLES = r"""
# fleet.cluster_nodes.yml: workload clusters of two management planes; zones and taints as groups.
plugin: palette.image_registry.cluster_nodes
clusters:
  - name: edge-1
    kubeconfig: kubeconfigs/edge-1.yml
  - name: edge-2 # its kubeconfig is PALETTE_NODES_KUBECONFIG: in AWX a file of a credential
    context: edge-2-admin
  - name: lab
    kubeconfig: kubeconfigs/all.yml
    context: lab-admin
    palette_cluster: staging
palette_cluster: production # of edge-1 and edge-2
ansible_user: kairos
address_types: [ExternalIP, InternalIP]
keyed_groups:
  - key: node_labels['topology.kubernetes.io/zone'] | default('none')
    prefix: zone
  - key: node_taints | map(attribute='key')
    prefix: taint
groups:
  gpu: "'nvidia.com/gpu.present' in node_labels"
  old_containerd: node_containerd_version is version('1.7', '<')
compose:
  ansible_port: node_labels['example.org/ssh-port'] | default(22) | int
cache: true
"""

import concurrent.futures
import contextlib
import dataclasses
import hashlib
import json
import pathlib
import typing as t
import urllib.parse

from ansible import constants
from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var

from ..module_utils._causes import describe
from ..module_utils._python import refusal
from ..module_utils._visible import visible
from ..plugin_utils._cluster.access import cluster_access
from ..plugin_utils._cluster.kubeconfig import read_kubeconfig
from ..plugin_utils._failure import Failure
from ..plugin_utils._nodes.api import read_nodes
from ..plugin_utils._nodes.checks import UNREAD_VARIABLE
from ..plugin_utils._nodes.host_keeper import HostKeeper
from ..plugin_utils._nodes.identity import host_taken, is_loopback, refused_words, sound_hosts
from ..plugin_utils._nodes.inventory import (
    NODE_GROUP,
    ClusterNode,
    NodeHost,
    WorkloadCluster,
    kept_of,
    node_hosts,
    parse_clusters,
    unread_cluster,
)

_SUFFIXES = ("cluster_nodes.yml", "cluster_nodes.yaml")
_READERS = 8
# The variables that tell ssh where a host is.
_PLACES = ("ansible_host", "ansible_ssh_host")

Objects = list[dict[str, t.Any]]


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]  # no types
    """Lists nodes; see DOCUMENTATION."""

    NAME = "palette.image_registry.cluster_nodes"

    def verify_file(self, path: str) -> bool:
        """Return whether the file is meant for this plugin."""
        return bool(super().verify_file(path)) and path.endswith(_SUFFIXES)

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Put the nodes into the inventory. Raises AnsibleParserError."""
        super().parse(inventory, loader, path, cache)
        try:
            self._parse(path, cache)
        except Exception:  # Ansible warns, and goes on without the nodes
            reason = "the file could not be read, a warning of Ansible says why"
            self._leave_word([WorkloadCluster(pathlib.Path(path).name, "", "", "")], reason)
            raise

    def _parse(self, path: str, cache: bool) -> None:
        if too_old := refusal():
            raise AnsibleParserError(too_old)
        self._read_config_data(path)
        self.load_cache_plugin()
        clusters = self._clusters(pathlib.Path(path).absolute().parent)
        objects, failures = self._objects(clusters, path, cache)
        keeper = HostKeeper.of(self.inventory, self._lose)
        hosts, refused = sound_hosts(
            [host for cluster in clusters for host in self._hosts(cluster, objects)],
            {*self.inventory.hosts, *self.inventory.groups, *constants.LOCALHOST},
            {cluster.name for cluster in clusters if _is_local(cluster)},
            by_address="ansible_port" not in self.get_option("compose"),
            composed=str(self._place()),
        )
        words = {cluster: str(failure) for cluster, failure in failures.items()}
        reasons = {cluster: fail.findings[0].message for cluster, fail in failures.items()}
        for cluster in clusters:
            if cluster.name in refused:
                words[cluster] = reasons[cluster] = refused_words(refused[cluster.name])
        # Before any host is added: an error must not leave half an inventory behind.
        self._tell_unread(words, reasons)
        self._leave_word([], "")  # AWX keeps a variable of all until somebody writes another value
        self.inventory.add_group(NODE_GROUP)
        for host in hosts:
            self._add(host, keeper)

    def _clusters(self, folder: pathlib.Path) -> list[WorkloadCluster]:
        defaults = {
            name: str(self.get_option(name) or "")
            for name in ("palette_cluster", "kubeconfig", "context")
        }
        wanted = parse_clusters(self.get_option("clusters"), defaults, self.get_option("hostname"))
        if wanted.findings:
            raise AnsibleParserError(visible(describe(wanted.findings)))
        return [
            dataclasses.replace(
                cluster, kubeconfig=str(folder / pathlib.Path(cluster.kubeconfig).expanduser())
            )
            for cluster in wanted.clusters
        ]

    def _objects(
        self, clusters: t.Sequence[WorkloadCluster], path: str, cache: bool
    ) -> tuple[dict[str, Objects], dict[WorkloadCluster, Failure]]:
        """Return the Node objects of each cluster by its name, and what did not answer."""
        keys = {cluster: self._key(cluster, path) for cluster in clusters}
        objects = self._cached(keys) if cache and self.get_option("cache") else {}
        unread = [cluster for cluster in clusters if cluster.name not in objects]
        failures = {}
        with concurrent.futures.ThreadPoolExecutor(_READERS) as readers:
            for cluster, answer in zip(unread, readers.map(self._read, unread), strict=True):
                if isinstance(answer, Failure):
                    failures[cluster] = answer
                    continue
                objects[cluster.name] = answer
                if self.get_option("cache"):
                    self._cache[keys[cluster]] = answer
        return objects, failures

    def _read(self, cluster: WorkloadCluster) -> Objects | Failure:
        """Return what one cluster says, or why it does not."""
        try:
            access = cluster_access(cluster.kubeconfig, cluster.context)
            found = read_nodes(
                access, self.get_option("label_selectors"), self.get_option("timeout")
            )
        except Failure as failure:
            return failure
        return [kept_of(node) for node in found]

    def _cached(self, keys: t.Mapping[WorkloadCluster, str]) -> dict[str, Objects]:
        """Return the clusters that are in the cache; each grows old by itself."""
        objects = {}
        for cluster, key in keys.items():
            with contextlib.suppress(KeyError):
                objects[cluster.name] = self._cache[key]
        return objects

    def _key(self, cluster: WorkloadCluster, path: str) -> str:
        """Return a key made of what the answer of a cluster depends on, none of it secret."""
        asked = [cluster.kubeconfig, cluster.context, self.get_option("label_selectors")]
        digest = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
        return f"{self.get_cache_key(path)}_{digest[:16]}"

    def _hosts(
        self, cluster: WorkloadCluster, objects: t.Mapping[str, Objects]
    ) -> tuple[NodeHost, ...]:
        hosts = node_hosts(
            cluster,
            [ClusterNode.from_object(node) for node in objects.get(cluster.name, ())],
            hostname=self.get_option("hostname"),
            address_types=self.get_option("address_types"),
            user=self.get_option("ansible_user"),
        )
        return tuple(map(self._placed, hosts)) if self._place() else hosts

    def _place(self) -> t.Any:
        """Return the expression that makes addresses, empty if there is none."""
        compose = self.get_option("compose")
        return next((compose[name] for name in _PLACES if compose.get(name)), "")

    def _placed(self, host: NodeHost) -> NodeHost:
        """Return a host at its composed address, made of words of the Node, to be judged as one."""
        try:
            address = self._compose(self._place(), wrap_var(dict(host.variables)))
        except Exception as error:  # templates fail in many ways; Ansible goes on as well
            if self.get_option("strict"):
                raise AnsibleParserError(
                    visible(f"ansible_host of {host.name} cannot be composed: {error}")
                ) from None
            return host
        variables = {**host.variables, "ansible_host": str(address or "")}
        return dataclasses.replace(host, variables=variables)

    def _add(self, host: NodeHost, keeper: HostKeeper) -> None:
        name = wrap_var(host.name)
        variables = wrap_var(dict(host.variables))
        keeper.add_node(name, host.variables)
        for group in host.groups:
            self.inventory.add_group(group)
            self.inventory.add_child(group, name)
        for key, value in variables.items():
            self.inventory.set_variable(name, key, value)
        strict = self.get_option("strict")
        compose = {k: v for k, v in self.get_option("compose").items() if k not in _PLACES}
        self._set_composite_vars(compose, variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(
            self.get_option("keyed_groups"), variables, name, strict=strict
        )

    def _tell_unread(
        self, words: t.Mapping[WorkloadCluster, str], reasons: t.Mapping[WorkloadCluster, str]
    ) -> None:
        """Warn of clusters whose nodes are not all here, or raise, and leave word for the report."""
        for cluster, told in words.items():
            said = visible(f"nodes of {cluster.name} are not listed: {told}")
            if self.get_option("strict"):
                raise AnsibleParserError(said)
            self.display.warning(said)
            self._leave_word([cluster], reasons[cluster])

    def _lose(self, name: str, variables: t.Mapping[str, t.Any]) -> None:
        """Tell of a node whose name a later source of the inventory has for a host of its own."""
        names = [str(variables[key]) for key in ("node_workload_cluster", "palette_cluster")]
        cluster = WorkloadCluster(names[0], names[1], kubeconfig="", context="")
        reason = refused_words([host_taken(name)])
        self.display.warning(visible(f"nodes of {cluster.name} are not listed: {reason}"))
        self._leave_word([cluster], reason)

    def _leave_word(self, clusters: t.Sequence[WorkloadCluster], reason: str) -> None:
        entries = list(self.inventory.groups["all"].get_vars().get(UNREAD_VARIABLE) or ())
        entries += [unread_cluster(cluster, visible(reason)) for cluster in clusters]
        self.inventory.set_variable("all", UNREAD_VARIABLE, wrap_var(entries))


def _is_local(cluster: WorkloadCluster) -> bool:
    """Return whether a cluster runs on the controller, as one for a trial may."""
    try:
        server = read_kubeconfig(cluster.kubeconfig, cluster.context).server
        return is_loopback(urllib.parse.urlsplit(server).hostname or "")
    except (Failure, ValueError):
        return False
