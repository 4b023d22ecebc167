# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which names and addresses the inventory plugin takes, whoever wrote the Node objects."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData

from ansible_collections.palette.image_registry.plugins.inventory import cluster_nodes
from tests.unit.helpers import cluster_inventory
from tests.unit.helpers.acting import KUBECONFIG
from tests.unit.helpers.cluster_inventory import Clusters, at, members, node, parsed, unread


@pytest.fixture
def clusters(monkeypatch: pytest.MonkeyPatch) -> Clusters:
    made = Clusters()
    monkeypatch.setattr(cluster_nodes, "read_nodes", made.read)
    return made


def test_doubles_are_left_out_and_named_and_the_others_are_there(
    clusters: Clusters, tmp_path: pathlib.Path
) -> None:
    clusters.nodes = {"mgmt": [node("worker"), node("own")], "pcg": [node("worker")]}
    inventory = parsed(tmp_path, hostname="{node}")
    assert members(inventory, "palette_nodes") == ["own"]
    assert set(unread(inventory)) == {"edge-1", "edge-2"}
    assert "worker: several nodes would be this host" in unread(inventory)["edge-2"]


def test_a_node_never_takes_over_a_host_that_is_there(
    clusters: Clusters, tmp_path: pathlib.Path
) -> None:
    before = InventoryData()
    before.add_group("palette_clusters")
    before.add_host("production", "palette_clusters")
    before.set_variable("production", "ansible_host", "192.0.2.1")
    names = ("production", "localhost", "127.0.0.1", "palette-clusters", "all", "fine")
    clusters.nodes = {"mgmt": [at(name, f"10.0.1.{one}") for one, name in enumerate(names)]}
    inventory = parsed(
        tmp_path, before, hostname="{node}", clusters=[{"name": "edge-1", "context": "mgmt"}]
    )
    assert members(inventory, "palette_nodes") == ["palette-clusters", "fine"]
    found = inventory.get_host("production").get_vars()
    assert found["ansible_host"] == "192.0.2.1"
    assert "node_name" not in found
    assert "host or group of this name" in unread(inventory)["edge-1"]


def test_nor_one_that_a_later_source_of_the_inventory_names(
    clusters: Clusters, tmp_path: pathlib.Path
) -> None:
    clusters.nodes = {"mgmt": [node("a"), node("bastion")], "pcg": []}
    inventory = InventoryData()
    inventory.current_source = "fleet.cluster_nodes.yml"
    parsed(tmp_path, inventory, hostname="{node}", groups={"each": "true"})
    assert members(inventory, "each") == ["a", "bastion"]
    inventory.current_source = None
    inventory.add_host("a")  # the task add_host, after all sources
    assert members(inventory, "palette_nodes") == ["a", "bastion"]
    inventory.current_source = "later.ini"
    inventory.add_group("web")
    inventory.add_host("bastion", "web")
    assert members(inventory, "palette_nodes") == ["a"]
    assert members(inventory, "web") == ["bastion"]
    assert "ansible_host" not in inventory.get_host("bastion").get_vars()
    assert set(unread(inventory)) == {"edge-1"}


TEST_HOSTILE_NODES = [
    at("-oProxyCommand=touch /tmp/x", "10.0.0.1"),
    at("a", "-oProxyCommand=touch${IFS}/tmp/x"),
    at("a", "-F/tmp/config"),
    at("a", "10.0.0.1 -o x"),
    at("a", "10.0.0.1\n10.0.0.2"),
    at("a", "fe80::1%eth0"),
    at("a", "user@10.0.0.1"),
    at("a", "127.0.0.1"),
    at("a", "::ffff:127.0.0.1"),
    at("a", "0.0.0.0"),
    at("a", "localhost"),
    at("a", "Localhost."),
    at("a", "a.localhost"),
    at("a", "ip6-loopback"),
    at("a", "127.1"),
    at("a", "0x7f.1"),
    at("a", "0X7F000001"),
    at("a", "0177.0.0.1"),
    at("a", "2130706433"),
    at("a", "0"),
    at("a", "::ffff:0.0.0.0"),
    at("a", "\u212aube.example.org"),  # the Kelvin sign, whose lower case is k
    at("Upper", "10.0.0.1"),
    at("a..b", "10.0.0.1"),
    at("a\x1b[2J", "10.0.0.1"),
    at("a/../b", "10.0.0.1"),
    at("a" * 254, "10.0.0.1"),
    {"metadata": {"name": "-oProxyCommand=x"}, "status": {}},
    {"metadata": {}, "status": {}},
]


@pytest.mark.parametrize("hostile", TEST_HOSTILE_NODES)
def test_names_and_addresses_are_names_and_addresses(
    clusters: Clusters,
    tmp_path: pathlib.Path,
    hostile: dict[str, t.Any],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = KUBECONFIG.replace("127.0.0.1:1", "api.example.org")
    monkeypatch.setattr(cluster_inventory, "KUBECONFIG", server)
    clusters.nodes = {"mgmt": [hostile, at("good", "10.0.0.9")], "pcg": []}
    inventory = parsed(tmp_path)
    assert members(inventory, "palette_nodes") == ["edge-1-good"]
    assert set(unread(inventory)) == {"edge-1"}
    assert "\x1b" not in "".join(capsys.readouterr())


def test_a_node_cannot_have_the_address_of_another(
    clusters: Clusters, tmp_path: pathlib.Path
) -> None:
    clusters.nodes = {
        "mgmt": [at("a", "10.0.0.1"), at("b", "10.0.0.1"), at("c", "10.0.0.3")],
        "pcg": [at("a", "10.0.0.1")],  # a site of its own, behind a jump host of its own
    }
    inventory = parsed(tmp_path)
    assert members(inventory, "palette_nodes") == ["edge-1-c", "edge-2-a"]
    assert set(unread(inventory)) == {"edge-1"}
    ported = parsed(tmp_path, compose={"ansible_port": "2200"})
    assert len(members(ported, "palette_nodes")) == 4


TEST_SPELLINGS = [
    ("10.0.0.1", "::ffff:10.0.0.1"),
    ("10.0.0.1", "::ffff:a00:1"),
    ("2001:db8::1", "2001:0DB8:0::1"),
    ("node.example.org", "Node.Example.org."),
    ("node.example.org.", "node.example.org"),
]


@pytest.mark.parametrize(("one", "other"), TEST_SPELLINGS)
def test_nor_in_another_spelling(
    clusters: Clusters, tmp_path: pathlib.Path, one: str, other: str
) -> None:
    clusters.nodes = {"mgmt": [at("a", one), at("b", other), at("c", "10.0.0.3")], "pcg": []}
    inventory = parsed(tmp_path)
    assert members(inventory, "palette_nodes") == ["edge-1-c"]


def test_nor_one_that_the_other_goes_by_elsewhere(
    clusters: Clusters, tmp_path: pathlib.Path
) -> None:
    """Else the evidence of a good node is shown twice: for itself, and for the one that says so."""
    good = at("a", "10.0.0.1")
    good["status"]["addresses"].append({"type": "Hostname", "address": "a.example.org"})
    bad = [at("b", "a.example.org"), at("c", "a"), at("d", "10.0.0.4")]
    clusters.nodes = {"mgmt": [good, *bad], "pcg": []}
    inventory = parsed(tmp_path)
    assert members(inventory, "palette_nodes") == ["edge-1-a", "edge-1-d"]


TEST_COMPOSED = [
    ("-oProxyCommand=touch${IFS}/tmp/x", []),
    ("127.0.0.1", []),
    ("0x7f.1", []),
    ("", []),
    ("10.0.0.9", []),  # of the other node
    ("192.0.2.7", ["edge-1-a", "edge-1-good"]),
]


@pytest.mark.parametrize("variable", ["ansible_host", "ansible_ssh_host"])
@pytest.mark.parametrize(("address", "hosts"), TEST_COMPOSED)
def test_composed_addresses_are_judged_as_well(
    clusters: Clusters,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    address: str,
    hosts: list[str],
) -> None:
    server = KUBECONFIG.replace("127.0.0.1:1", "api.example.org")
    monkeypatch.setattr(cluster_inventory, "KUBECONFIG", server)
    hostile = at("a", "10.0.0.1")
    hostile["status"]["addresses"].append({"type": "ExternalIP", "address": address})
    clusters.nodes = {"mgmt": [hostile, at("good", "10.0.0.9")], "pcg": []}
    inventory = parsed(tmp_path, compose={variable: "node_addresses[-1].address"})
    expected = hosts or ([] if address == "10.0.0.9" else ["edge-1-good"])
    assert members(inventory, "palette_nodes") == expected
    for name in expected:
        found = inventory.get_host(name).get_vars()
        assert found["ansible_host"] in (address, "10.0.0.9")
        assert "ansible_ssh_host" not in found


def test_the_controller_may_be_composed_by_who_writes_it(
    clusters: Clusters, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So do tunnels end there."""
    server = KUBECONFIG.replace("127.0.0.1:1", "api.example.org")
    monkeypatch.setattr(cluster_inventory, "KUBECONFIG", server)
    clusters.nodes = {"mgmt": [node("a"), node("bb")], "pcg": []}
    compose = {"ansible_host": "'127.0.0.1'", "ansible_port": "2200 + node_name | length"}
    inventory = parsed(tmp_path, compose=compose)
    assert members(inventory, "palette_nodes") == ["edge-1-a", "edge-1-bb"]
    assert inventory.get_host("edge-1-a").get_vars()["ansible_host"] == "127.0.0.1"


@pytest.mark.parametrize("strict", [False, True])
def test_an_address_that_cannot_be_composed(
    clusters: Clusters, tmp_path: pathlib.Path, strict: bool
) -> None:
    clusters.nodes = {"mgmt": [node("a")], "pcg": []}
    options = {"strict": strict, "compose": {"ansible_host": "node_labels['none']"}}
    if strict:
        with pytest.raises(AnsibleParserError, match="edge-1-a"):
            parsed(tmp_path, **options)
        return
    found = parsed(tmp_path, **options).get_host("edge-1-a").get_vars()
    assert found["ansible_host"] == "10.0.0.1"


def test_a_long_refusal_is_cut(clusters: Clusters, tmp_path: pathlib.Path) -> None:
    clusters.nodes = {"mgmt": [at("a", "-" * 100_000)], "pcg": []}
    assert len(unread(parsed(tmp_path))["edge-1"]) < 2000


def test_labels_set_no_variable_of_ansible(clusters: Clusters, tmp_path: pathlib.Path) -> None:
    labels = {"ansible_host": "192.0.2.66", "ansible_connection": "local", "ansible_user": "root"}
    clusters.nodes = {"mgmt": [node("a", **labels)], "pcg": []}
    inventory = parsed(tmp_path, keyed_groups=[{"key": "node_labels"}])
    found = inventory.get_host("edge-1-a").get_vars()
    assert found["ansible_host"] == "10.0.0.1"
    assert not {"ansible_connection", "ansible_user"}.intersection(found)
