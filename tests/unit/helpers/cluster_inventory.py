# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin as Ansible loads it, its clusters answered by a test."""

from __future__ import annotations

import pathlib
import typing as t

import yaml
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader

from ansible_collections.palette.image_registry.plugins.inventory import cluster_nodes
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.access import (
    ClusterAccess,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from tests.unit.helpers.acting import KUBECONFIG

NAME = "palette.image_registry.cluster_nodes"


class Clusters:
    """Stands in for the API: nodes by the context that is asked; others do not answer."""

    def __init__(self) -> None:
        self.nodes: dict[str, list[t.Any]] = {}
        self.asked: list[str] = []

    def read(self, access: ClusterAccess, selectors: t.Sequence[str], seconds: float) -> t.Any:
        self.asked.append(access.context)
        if access.context not in self.nodes:
            raise Failure.of("unreachable", "server", "it cannot be reached", "look at it")
        return self.nodes[access.context]


def load_plugin() -> t.Any:
    """Load it with its documented options, under the name that it has in the collection."""
    path = cluster_nodes.__file__
    inventory_loader._load_config_defs(NAME, cluster_nodes, path)
    plugin = cluster_nodes.InventoryModule()
    plugin._load_name, plugin._redirected_names, plugin._original_path = NAME, [NAME], path
    return plugin


def node(name: str, **labels: str) -> dict[str, t.Any]:
    """Return a Node object, whose address depends on the length of its name."""
    addresses = [{"type": "InternalIP", "address": f"10.0.0.{len(name)}"}]
    status = {"addresses": addresses, "nodeInfo": {"osImage": "{{ 6 * 7 }}"}}
    return {"metadata": {"name": name, "labels": labels}, "status": status}


def parsed(
    folder: pathlib.Path, inventory: InventoryData | None = None, **options: t.Any
) -> InventoryData:
    """Return what the plugin makes of a source with these options; two clusters by default."""
    (folder / "kube.yml").write_text(KUBECONFIG, encoding="utf-8")
    source = folder / "fleet.cluster_nodes.yml"
    given = {
        "plugin": NAME,
        "kubeconfig": "kube.yml",
        "palette_cluster": "production",
        "clusters": [{"name": "edge-1", "context": "mgmt"}, {"name": "edge-2", "context": "pcg"}],
        **options,
    }
    source.write_text(yaml.safe_dump(given), encoding="utf-8")
    plugin = load_plugin()
    assert plugin.verify_file(str(source))
    inventory = inventory or InventoryData()
    plugin.parse(inventory, DataLoader(), str(source))
    plugin.update_cache_if_changed()  # as Ansible's inventory manager does
    return inventory


def members(inventory: InventoryData, group: str) -> list[str]:
    """Return the hosts of a group."""
    return [host.name for host in inventory.groups[group].get_hosts()]


def unread(inventory: InventoryData) -> dict[str, str]:
    """Return by cluster why nodes of it are not listed."""
    entries = inventory.groups["all"].get_vars().get("palette_nodes_unread") or ()
    return {entry["workload_cluster"]: entry["reason"] for entry in entries}


def at(name: str, address: str, **labels: str) -> dict[str, t.Any]:
    """Return a Node object with an address."""
    found = node(name, **labels)
    found["status"]["addresses"][0]["address"] = address
    return found
