# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Status
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.checks import (
    unread_checks,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.inventory import (
    ClusterNode,
    WorkloadCluster,
    kept_of,
    node_hosts,
    parse_clusters,
    unread_cluster,
)

# What an odd object may have in odd places.
_KEYS = (
    "name",
    "labels",
    "taints",
    "addresses",
    "conditions",
    "nodeInfo",
    "key",
    "type",
    "kubeconfig",
)
EDGE = WorkloadCluster("edge-1", "production", "edge.yml", "")
NODE: dict[str, t.Any] = {
    "metadata": {
        "name": "worker-1",
        "labels": {"pool": "edge", "node-role.kubernetes.io/gpu": ""},
        "managedFields": [{}],
    },
    "spec": {"taints": [{"key": "gpu", "effect": "NoSchedule"}], "unschedulable": True},
    "status": {
        "addresses": [
            {"type": "Hostname", "address": "worker-1.example.org"},
            {"type": "InternalIP", "address": "10.0.0.7"},
            {"type": "InternalIP", "address": "fd00::7"},
        ],
        "conditions": [
            {"type": "MemoryPressure", "status": "True", "reason": "Other"},
            {
                "type": "Ready",
                "status": "True",
                "reason": "KubeletReady",
                "lastHeartbeatTime": "2023-11-14T22:13:20Z",
            },
        ],
        "images": [{"names": ["a"]}],
        "nodeInfo": {
            "architecture": "arm64",
            "containerRuntimeVersion": "containerd://1.7.24",
            "kubeletVersion": "v1.33.4",
            "operatingSystem": "linux",
            "osImage": "Kairos",
        },
    },
}


def node(**changes: t.Any) -> ClusterNode:
    """Return the node with other labels, conditions or info."""
    changed = {
        "metadata": {**NODE["metadata"], **changes.get("metadata", {})},
        "spec": NODE["spec"],
        "status": {**NODE["status"], **changes.get("status", {})},
    }
    return ClusterNode.from_object(changed)


def test_what_a_node_says() -> None:
    assert node().variables() == {
        "node_name": "worker-1",
        "node_labels": {"pool": "edge", "node-role.kubernetes.io/gpu": ""},
        "node_taints": [{"key": "gpu", "value": "", "effect": "NoSchedule"}],
        "node_roles": ["gpu"],
        "node_addresses": [
            {"type": "Hostname", "address": "worker-1.example.org"},
            {"type": "InternalIP", "address": "10.0.0.7"},
            {"type": "InternalIP", "address": "fd00::7"},
        ],
        "node_ready": True,
        "node_not_ready_reason": "",
        "node_schedulable": False,
        "node_container_runtime": "containerd://1.7.24",
        "node_containerd_version": "1.7.24",
        "node_containerd_version_seen": 1_700_000_000,
        "node_architecture": "arm64",
        "node_operating_system": "linux",
        "node_os_image": "Kairos",
        "node_kubelet_version": "v1.33.4",
    }


def test_what_is_kept_says_the_same() -> None:
    kept = kept_of(NODE)
    assert ClusterNode.from_object(kept) == node()
    assert "images" not in kept["status"]
    assert "managedFields" not in kept["metadata"]


TEST_ADDRESSES = [
    (("InternalIP", "ExternalIP", "Hostname"), "10.0.0.7"),
    (("ExternalIP", "Hostname"), "worker-1.example.org"),
    (("Hostname", "InternalIP"), "worker-1.example.org"),
    (("ExternalIP",), ""),
]


@pytest.mark.parametrize(("types", "expected"), TEST_ADDRESSES)
def test_the_first_address_of_the_first_type(types: tuple[str, ...], expected: str) -> None:
    assert node().address(types) == expected


TEST_READY = [
    ([{"type": "Ready", "status": "True", "reason": "KubeletReady"}], ""),
    ([{"type": "Ready", "status": "False", "reason": "KubeletNotReady"}], "KubeletNotReady"),
    ([{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"}], "NodeStatusUnknown"),
    ([{"type": "Ready", "status": "False"}], "Ready is False"),
    ([], "its kubelet has reported nothing"),
    (None, "its kubelet has reported nothing"),
]


@pytest.mark.parametrize(("conditions", "reason"), TEST_READY)
def test_not_ready_nodes_are_marked(conditions: t.Any, reason: str) -> None:
    found = node(status={"conditions": conditions})
    assert found.not_ready == reason
    assert found.variables()["node_ready"] is (reason == "")
    assert ("palette_nodes_not_ready" in found.groups()) is bool(reason)


TEST_REPORTED: list[tuple[t.Any, int]] = [
    ("2023-11-14T22:13:20Z", 1_700_000_000),
    ("2023-11-14T23:13:20+01:00", 1_700_000_000),
    ("2023-11-14T22:13:20", 0),
    ("yesterday", 0),
    (None, 0),
]


@pytest.mark.parametrize(("time", "seconds"), TEST_REPORTED)
def test_when_the_kubelet_reported(time: t.Any, seconds: int) -> None:
    conditions = [{"type": "Ready", "status": "True", "lastHeartbeatTime": time}]
    assert node(status={"conditions": conditions}).reported == seconds
    assert node(status={"conditions": []}).reported == 0


def test_another_runtime_has_no_version_of_containerd() -> None:
    told = node(status={"nodeInfo": {"containerRuntimeVersion": "cri-o://1.30.0"}}).variables()
    assert (told["node_containerd_version"], told["node_containerd_version_seen"]) == ("", 0)


TEST_ROLES = [
    ({}, ("worker",), "worker"),
    (None, ("worker",), "worker"),
    ({"node-role.kubernetes.io/worker": ""}, ("worker",), "worker"),
    ({"node-role.kubernetes.io/control-plane": ""}, ("control-plane",), "control_plane"),
    ({"node-role.kubernetes.io/master": "true"}, ("master",), "control_plane"),
    (
        {"node-role.kubernetes.io/etcd": "true", "node-role.kubernetes.io/controlplane": "true"},
        ("controlplane", "etcd"),
        "control_plane",
    ),
    ({"node-role.kubernetes.io/": ""}, ("worker",), "worker"),
]


@pytest.mark.parametrize(("labels", "roles", "group"), TEST_ROLES)
def test_roles(labels: t.Any, roles: tuple[str, ...], group: str) -> None:
    found = node(metadata={"labels": labels})
    assert found.roles == roles
    assert found.groups() == ("palette_nodes", f"palette_nodes_{group}")


TEST_RUNTIMES = [
    ("containerd://2.1.9-k3s1", "2.1.9-k3s1"),
    ("containerd://v1.6.20", "1.6.20"),
    ("cri-o://1.33.0", ""),
    ("docker://24.0.7", ""),
    ("", ""),
]


@pytest.mark.parametrize(("runtime", "version"), TEST_RUNTIMES)
def test_containerd_version(runtime: str, version: str) -> None:
    assert node(status={"nodeInfo": {"containerRuntimeVersion": runtime}}).containerd_version == (
        version
    )


def test_hosts_have_address_user_and_cluster() -> None:
    (host,) = node_hosts(
        EDGE,
        [node()],
        hostname="{cluster}-{node}",
        address_types=("InternalIP",),
        user="kairos",
    )
    assert host.name == "edge-1-worker-1"
    assert host.groups == ("palette_nodes", "palette_nodes_worker", "palette_nodes_of_edge_1")
    wanted = {
        "ansible_host": "10.0.0.7",
        "ansible_user": "kairos",
        "palette_cluster": "production",
        "node_workload_cluster": "edge-1",
        "node_name": "worker-1",
    }
    assert wanted.items() <= dict(host.variables).items()


def test_a_node_without_a_wanted_address_goes_by_its_name() -> None:
    (host,) = node_hosts(EDGE, [node()], hostname="{node}", address_types=("ExternalIP",))
    assert (host.name, host.variables["ansible_host"]) == ("worker-1", "worker-1")
    assert "ansible_user" not in host.variables


def test_defaults_stand_in() -> None:
    wanted = parse_clusters(
        [
            {"name": "a"},
            {"name": "b", "kubeconfig": "b.yml", "context": "admin", "palette_cluster": "staging"},
            {"name": "c", "context": None},
        ],
        {"palette_cluster": "production", "kubeconfig": "all.yml", "context": "default"},
        "{node}",
    )
    assert not wanted.findings
    assert wanted.clusters == (
        WorkloadCluster("a", "production", "all.yml", "default"),
        WorkloadCluster("b", "staging", "b.yml", "admin"),
        WorkloadCluster("c", "production", "all.yml", "default"),
    )


TEST_WRONG: list[tuple[t.Any, list[tuple[str, str]]]] = [
    ([], [("clusters_missing", "clusters")]),
    (None, [("clusters_missing", "clusters")]),
    ("edge-1", [("clusters_missing", "clusters")]),
    (["edge-1"], [("cluster_invalid", "clusters, entry 1")]),
    (
        [{"name": 7, "kubeconfg": "k"}],
        [("cluster_invalid", "clusters, entry 1"), ("cluster_key_unknown", "clusters, entry 1")],
    ),
    (
        [{"kubeconfig": "k", "palette_cluster": "p"}],
        [("cluster_name_invalid", "clusters, entry 1")],
    ),
    (
        [{"name": "{node}", "kubeconfig": "k", "palette_cluster": "p"}],
        [("cluster_name_invalid", "clusters, entry 1")],
    ),
    (
        [{"name": "a"}, {"name": "a", "kubeconfig": "k", "palette_cluster": "p"}],
        [
            ("palette_cluster_missing", "clusters, entry 1"),
            ("kubeconfig_missing", "clusters, entry 1"),
            ("cluster_twice", "clusters, entry 2"),
        ],
    ),
]


@pytest.mark.parametrize(("entries", "expected"), TEST_WRONG)
def test_all_that_is_wrong_is_said(entries: t.Any, expected: list[tuple[str, str]]) -> None:
    findings = parse_clusters(entries, {}, "{node}").findings
    assert sorted((item.code, item.subject) for item in findings) == sorted(expected)
    assert all(item.fix for item in findings)


def test_a_hostname_must_name_the_node() -> None:
    entries = [{"name": "a", "kubeconfig": "k", "palette_cluster": "p"}]
    assert [f.code for f in parse_clusters(entries, {}, "{cluster}").findings] == [
        "hostname_invalid"
    ]


def test_an_unread_cluster_fails_the_cluster_whose_override_it_shows() -> None:
    entries = [unread_cluster(EDGE, "the cluster cannot be reached")]
    assert unread_checks(entries, "staging") == ()
    assert unread_checks(None, "production") == ()
    (check,) = unread_checks(entries, "production")
    assert (check.name, check.subject, check.status) == (
        "nodes of edge-1",
        "production",
        Status.FAIL,
    )
    assert "the cluster cannot be reached" in check.findings[0].message


_scalar = st.sampled_from([None, True, 7, "", "text"])
_flat = _scalar | st.lists(_scalar, max_size=2) | st.dictionaries(st.sampled_from(_KEYS), _scalar)
_json = _flat | st.lists(_flat, max_size=2) | st.dictionaries(st.sampled_from(_KEYS), _flat)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("metadata", "spec", "status"), _json)))
def test_no_object_is_too_odd(odd: dict[str, t.Any]) -> None:
    found = ClusterNode.from_object(odd)
    assert ClusterNode.from_object(kept_of(odd)) == found
    assert isinstance(found.address(("InternalIP", "Hostname")), str)
    assert found.variables()["node_roles"]


@given(_json)
def test_no_entry_is_too_odd(entries: t.Any) -> None:
    wanted = parse_clusters(entries, {"palette_cluster": "p", "kubeconfig": "k"}, "{node}")
    assert wanted.clusters or wanted.findings
