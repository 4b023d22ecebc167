# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin as Ansible loads it; clusters are answered by the test."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.palette.image_registry.plugins.inventory import cluster_nodes
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.checks import (
    unread_checks,
)
from tests.unit.helpers.cluster_inventory import Clusters, load_plugin, members, node, parsed

TOKEN = "kubeconfig-token-planted"


@pytest.fixture
def clusters(monkeypatch: pytest.MonkeyPatch) -> Clusters:
    made = Clusters()
    monkeypatch.setattr(cluster_nodes, "read_nodes", made.read)
    return made


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
    assert inventory.groups["all"].get_vars()["palette_nodes_unread"] == []


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
