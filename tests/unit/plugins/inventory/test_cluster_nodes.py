# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin as Ansible loads it; clusters are answered by the test."""

from __future__ import annotations

import json
import pathlib
import sys
import typing as t

import pytest
import yaml
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader
from ansible.template import Templar

from ansible_collections.palette.image_registry.plugins.inventory import cluster_nodes
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.access import (
    ClusterAccess,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.inventory import (
    unread_checks,
)
from tests.unit.helpers.acting import KUBECONFIG

NAME = "palette.image_registry.cluster_nodes"
TOKEN = "kubeconfig-token-planted"


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


@pytest.fixture
def clusters(monkeypatch: pytest.MonkeyPatch) -> Clusters:
    made = Clusters()
    monkeypatch.setattr(cluster_nodes, "read_nodes", made.read)
    return made


def node(name: str, **labels: str) -> dict[str, t.Any]:
    addresses = [{"type": "InternalIP", "address": f"10.0.0.{len(name)}"}]
    status = {"addresses": addresses, "nodeInfo": {"osImage": "{{ 6 * 7 }}"}}
    return {"metadata": {"name": name, "labels": labels}, "status": status}


def parsed(
    folder: pathlib.Path, inventory: InventoryData | None = None, **options: t.Any
) -> InventoryData:
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
    return [host.name for host in inventory.groups[group].get_hosts()]


def test_two_clusters(clusters: Clusters, tmp_path: pathlib.Path) -> None:
    clusters.nodes = {"mgmt": [node("a", zone="north")], "pcg": [node("a"), node("bb")]}
    inventory = parsed(
        tmp_path,
        keyed_groups=[{"key": "node_labels.zone | default('none')", "prefix": "zone"}],
        groups={"second": "node_workload_cluster == 'edge-2'"},
        compose={"ansible_port": "2200 + node_name | length"},
        ansible_user="kairos",
    )
    assert members(inventory, "palette_nodes") == ["edge-1-a", "edge-2-a", "edge-2-bb"]
    assert members(inventory, "palette_nodes_of_edge_2") == ["edge-2-a", "edge-2-bb"]
    assert members(inventory, "second") == ["edge-2-a", "edge-2-bb"]
    assert members(inventory, "zone_north") == ["edge-1-a"]
    found = inventory.get_host("edge-2-bb").get_vars()
    # Up to ansible-core 2.18 what a template composes is text.
    assert (found["ansible_host"], int(found["ansible_port"])) == ("10.0.0.2", 2202)
    assert (found["ansible_user"], found["palette_cluster"]) == ("kairos", "production")
    assert "palette_nodes_unread" not in inventory.groups["all"].get_vars()


def test_what_a_cluster_says_is_no_template(clusters: Clusters, tmp_path: pathlib.Path) -> None:
    clusters.nodes = {"mgmt": [node("a")], "pcg": []}
    inventory = parsed(tmp_path, compose={"copied": "node_os_image"})
    variables = inventory.get_host("edge-1-a").get_vars()
    templar = Templar(DataLoader(), variables=variables)
    assert templar.template(variables["node_os_image"]) == "{{ 6 * 7 }}"
    assert templar.template(variables["copied"]) == "{{ 6 * 7 }}"


def test_an_unread_cluster_is_told_and_the_others_are_there(
    clusters: Clusters, tmp_path: pathlib.Path
) -> None:
    clusters.nodes = {"pcg": [node("a")]}
    inventory = parsed(tmp_path)
    assert members(inventory, "palette_nodes") == ["edge-2-a"]
    (entry,) = inventory.groups["all"].get_vars()["palette_nodes_unread"]
    assert entry == {
        "workload_cluster": "edge-1",
        "palette_cluster": "production",
        "reason": "it cannot be reached",
    }
    assert TOKEN not in json.dumps(inventory.groups["all"].get_vars())


def test_strict_takes_no_unread_cluster(clusters: Clusters, tmp_path: pathlib.Path) -> None:
    clusters.nodes = {"pcg": [node("a")]}
    with pytest.raises(AnsibleParserError, match=r"edge-1 are not listed.*cannot be reached"):
        parsed(tmp_path, strict=True)


TEST_WRONG: list[tuple[dict[str, t.Any], str]] = [
    ({"clusters": [{"name": "a", "kubeconfg": "b"}]}, "there is no key 'kubeconfg'"),
    ({"palette_cluster": ""}, "whose override"),
    ({"kubeconfig": ""}, "no cluster is ever guessed"),
    ({"hostname": "{node}", "strict": True}, "a: several nodes would be this host"),
    ({"strict": True, "compose": {"x": "nothing.there"}}, "x"),
]


@pytest.mark.parametrize(("options", "words"), TEST_WRONG)
def test_wrong_options(
    clusters: Clusters, tmp_path: pathlib.Path, options: dict[str, t.Any], words: str
) -> None:
    clusters.nodes = {"mgmt": [node("a")], "pcg": [node("a")]}
    with pytest.raises(Exception, match=words):
        parsed(tmp_path, **options)


def test_the_kubeconfig_of_our_own_variable(
    clusters: Clusters, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PALETTE_NODES_KUBECONFIG", str(tmp_path / "kube.yml"))
    monkeypatch.setenv("K8S_AUTH_KUBECONFIG", "/nowhere")
    clusters.nodes = {"mgmt": [node("a")]}
    inventory = parsed(tmp_path, kubeconfig=None, clusters=[{"name": "edge-1"}])
    assert members(inventory, "palette_nodes") == ["edge-1-a"]


def test_the_cache_keeps_each_cluster_by_itself(clusters: Clusters, tmp_path: pathlib.Path) -> None:
    caching = {
        "cache": True,
        "cache_plugin": "jsonfile",
        "cache_connection": str(tmp_path / "cache"),
    }
    clusters.nodes = {"mgmt": [node("a")]}
    parsed(tmp_path, **caching)
    # The first is known now, also under another name; the second still does not answer.
    inventory = parsed(tmp_path, **caching, hostname="{node}.{cluster}")
    assert members(inventory, "palette_nodes") == ["a.edge-1"]
    assert sorted(clusters.asked) == ["mgmt", "pcg", "pcg"]
    files = [path.read_text(encoding="utf-8") for path in (tmp_path / "cache").iterdir()]
    assert len(files) == 1
    assert TOKEN not in files[0]
    parsed(tmp_path, **caching, label_selectors=["pool=edge"])
    assert sorted(clusters.asked) == ["mgmt", "mgmt", "pcg", "pcg", "pcg"]


def unread(inventory: InventoryData) -> dict[str, str]:
    entries = inventory.groups["all"].get_vars().get("palette_nodes_unread") or ()
    return {entry["workload_cluster"]: entry["reason"] for entry in entries}


def at(name: str, address: str, **labels: str) -> dict[str, t.Any]:
    found = node(name, **labels)
    found["status"]["addresses"][0]["address"] = address
    return found


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
    monkeypatch.setattr(sys.modules[__name__], "KUBECONFIG", server)
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
    monkeypatch.setattr(sys.modules[__name__], "KUBECONFIG", server)
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
    monkeypatch.setattr(sys.modules[__name__], "KUBECONFIG", server)
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


def test_a_file_that_cannot_be_read_is_left_word_of(
    clusters: Clusters, tmp_path: pathlib.Path
) -> None:
    inventory = InventoryData()
    with pytest.raises(AnsibleParserError):
        parsed(tmp_path, inventory, clusters=[])
    (entry,) = inventory.groups["all"].get_vars()["palette_nodes_unread"]
    assert entry["palette_cluster"] == ""
    (check,) = unread_checks([entry], "production")
    assert check.status == "fail"


@pytest.mark.parametrize("name", ["hosts.yml", "cluster_nodes.ini", "cluster_nodes.json"])
def test_other_files_are_not_ours(tmp_path: pathlib.Path, name: str) -> None:
    (tmp_path / name).touch()
    assert not load_plugin().verify_file(str(tmp_path / name))
