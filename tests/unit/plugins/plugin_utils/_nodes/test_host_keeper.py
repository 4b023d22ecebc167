# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node leaves the inventory when another source names its host."""

from __future__ import annotations

import typing as t

import pytest
from ansible.inventory.data import InventoryData
from ansible.plugins.inventory import Constructable

from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.host_keeper import (
    HostKeeper,
)


@pytest.fixture
def inventory() -> InventoryData:
    made = InventoryData()
    made.current_source = "first.cluster_nodes.yml"
    return made


Lost = list[tuple[str, dict[str, t.Any]]]


def keeper(inventory: InventoryData, lost: Lost) -> HostKeeper:
    return HostKeeper.of(inventory, lambda name, variables: lost.append((name, dict(variables))))


def test_a_node_is_a_host_until_another_source_names_it(inventory: InventoryData) -> None:
    lost: Lost = []
    kept = keeper(inventory, lost)
    kept.add_node("a", {"x": 1})
    kept.add_node("b", {"x": 2})
    inventory.set_variable("a", "ansible_host", "10.0.0.1")
    inventory.current_source = "hosts.ini"
    inventory.add_host("a")
    assert lost == [("a", {"x": 1})]
    assert set(inventory.hosts) == {"a", "b"}
    # Nothing of the node is left on the host that has its name.
    assert "ansible_host" not in inventory.hosts["a"].get_vars()
    inventory.add_host("a")
    assert len(lost) == 1


def test_the_task_add_host_may_mean_the_node(inventory: InventoryData) -> None:
    lost: Lost = []
    keeper(inventory, lost).add_node("a", {})
    inventory.current_source = None
    inventory.add_host("a")
    assert lost == []


@pytest.mark.parametrize("name", ["_add_host_to_composed_groups", "_add_host_to_keyed_groups"])
def test_who_only_puts_a_node_into_groups_takes_nothing(
    inventory: InventoryData, name: str
) -> None:
    lost: Lost = []
    keeper(inventory, lost).add_node("a", {})
    inventory.add_group("g")
    assert callable(getattr(Constructable, name))
    scope: dict[str, t.Any] = {"inventory": inventory}
    exec(f"def {name}():\n    inventory.add_host('a', 'g')\n{name}()", scope)
    assert lost == []
    assert [host.name for host in inventory.groups["g"].get_hosts()] == ["a"]


def test_several_files_of_nodes_share_one_keeper(inventory: InventoryData) -> None:
    lost: Lost = []
    first = keeper(inventory, lost)
    assert keeper(inventory, []) is first
    assert keeper(InventoryData(), []) is not first


def test_other_hosts_are_added_as_ever(inventory: InventoryData) -> None:
    keeper(inventory, [])
    inventory.add_group("g")
    inventory.add_host("c", "g", 2222)
    assert inventory.hosts["c"].get_vars()["ansible_port"] == 2222
    assert [host.name for host in inventory.groups["g"].get_hosts()] == ["c"]
