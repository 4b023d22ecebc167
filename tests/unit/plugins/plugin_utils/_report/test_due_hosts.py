# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Of which hosts a run has to have evidence, and what is said where it has none."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._report.due_hosts import (
    CLUSTERS,
    NODES,
    cluster_of_node,
    clusters_without_override,
    hosts_of_run,
    nothing_to_judge,
)

GROUPS = {
    "all": ["mgmt", "pcg", "n1", "n2", "n10", "web"],
    "ungrouped": [],
    "palette_clusters": ["mgmt", "pcg"],
    "palette_nodes": ["n1", "n2", "n10"],
    "web": ["web"],
}

# --limit, and the hosts that it leaves
TEST_LIMITS: list[tuple[str, list[str]]] = [
    ("", GROUPS["all"]),
    ("palette_nodes", ["n1", "n2", "n10"]),
    ("n1", ["n1"]),
    ("n1,pcg", ["pcg", "n1"]),
    ("palette_nodes:!n2", ["n1", "n10"]),
    ("palette_nodes[0]", ["n1"]),
    ("~n1.*", ["n1", "n10"]),
    ("n*", ["n1", "n2", "n10"]),
]


@pytest.mark.parametrize(("limit", "hosts"), TEST_LIMITS)
def test_a_limit_leaves_what_it_leaves_for_ansible(limit: str, hosts: list[str]) -> None:
    assert sorted(hosts_of_run(GROUPS, limit)) == sorted(hosts)


# variables of a cluster, check mode, whether its nodes have something to show
TEST_WITHOUT: list[tuple[dict[str, t.Any], bool, bool]] = [
    ({}, False, True),
    ({"override_failure_result": {}}, False, False),
    ({"registry_secret_result": {"changed": True}}, False, True),
    ({"registry_secret_result": {"changed": True}}, True, False),
    ({"registry_secret_result": {"changed": False}}, True, True),
    ({"registry_secret_result": None}, True, True),
]


@pytest.mark.parametrize(("variables", "check_mode", "has"), TEST_WITHOUT)
def test_clusters_whose_nodes_have_nothing_to_show(
    variables: dict[str, t.Any], check_mode: bool, has: bool
) -> None:
    hostvars = {"mgmt": variables, "pcg": {"override_failure_result": {}}}
    without = clusters_without_override(GROUPS, hostvars, check_mode)
    assert without == ({"pcg"} if has else {"mgmt", "pcg"})
    assert clusters_without_override({}, hostvars, check_mode) == set()


@pytest.mark.parametrize(
    ("variables", "clusters", "expected"),
    [
        ({"palette_cluster": "pcg"}, ["mgmt", "pcg"], "pcg"),
        ({}, ["mgmt"], "mgmt"),
        ({}, ["mgmt", "pcg"], ""),
        ({}, [], ""),
        ({"palette_cluster": ""}, ["mgmt"], "mgmt"),
    ],
)
def test_the_cluster_of_a_node(
    variables: dict[str, t.Any], clusters: list[str], expected: str
) -> None:
    assert cluster_of_node(variables, {CLUSTERS: clusters}) == expected


# groups, limit, and what the failure says
TEST_NOTHING: list[tuple[dict[str, list[str]], str, list[str]]] = [
    ({"all": []}, "", ["this run has no host to judge", "group palette_nodes is not in the"]),
    ({"all": [], NODES: []}, "", ["group palette_nodes has no host"]),
    (
        GROUPS,
        "web",
        ["with --limit web", "group palette_nodes has 3 hosts, of which this run has 0"],
    ),
    (GROUPS, "web", ["the inventory's other groups: web (1)"]),
    (
        {"all": ["a"], **{f"g{number}": ["a"] for number in range(10)}},
        "",
        ["g0 (1), ", "g7 (1) and 2 more"],
    ),
]


@pytest.mark.parametrize(("groups", "limit", "says"), TEST_NOTHING)
def test_a_run_without_hosts_proves_nothing_and_says_why(
    groups: dict[str, list[str]], limit: str, says: list[str]
) -> None:
    failure = nothing_to_judge(groups, [CLUSTERS, NODES], limit)
    (finding,) = failure.findings
    assert (finding.code, finding.subject) == (
        "nothing_to_judge",
        "palette_clusters and palette_nodes",
    )
    assert all(words in finding.message for words in says), finding.message
