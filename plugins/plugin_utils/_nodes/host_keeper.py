# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that other sources of the inventory have stay theirs, also where those come later.

Ansible gives a host that two sources name the variables of both. A Node object, which somebody on
a workload cluster may write, would give a host of the operator its `ansible_host`.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import sys
import typing as t

Variables = t.Mapping[str, t.Any]
Lose = t.Callable[[str, Variables], None]

# How Ansible's base of constructed inventories puts hosts into groups: through add_host as well.
_GROUPING = ("_add_host_to_composed_groups", "_add_host_to_keyed_groups")
_ATTRIBUTE = "_palette_host_keeper"


class HostKeeper:
    """The nodes that entered one inventory; each leaves it when another source names its host."""

    def __init__(self, inventory: t.Any, lose: Lose) -> None:
        """Look from now on at the hosts that an inventory is given; `lose` tells of a node."""
        self._inventory = inventory
        self._lose = lose
        self._nodes: dict[str, Variables] = {}
        self._add = inventory.add_host
        inventory.add_host = self.add_host

    @classmethod
    def of(cls, inventory: t.Any, lose: Lose) -> HostKeeper:
        """Return the one of this inventory, for several files of nodes."""
        keeper = getattr(inventory, _ATTRIBUTE, None)
        if keeper is None:
            keeper = cls(inventory, lose)
            setattr(inventory, _ATTRIBUTE, keeper)
        return t.cast("HostKeeper", keeper)

    def add_node(self, name: str, variables: Variables) -> None:
        """Add the host of a node."""
        self._nodes[str(name)] = variables
        self._add(name)

    def add_host(self, host: str, group: str | None = None, port: t.Any = None) -> t.Any:
        """Add a host; a node of its name goes if another source says so.

        Without a source it is the task add_host, which may mean the node, as may whoever only puts
        hosts that are there into groups.
        """
        variables = None
        if self._inventory.current_source and sys._getframe(1).f_code.co_name not in _GROUPING:
            variables = self._nodes.pop(str(host), None)
        if variables is not None:
            self._inventory.remove_host(self._inventory.hosts[str(host)])
            self._lose(str(host), variables)
        return self._add(host, group, port)


__all__ = ("HostKeeper",)
