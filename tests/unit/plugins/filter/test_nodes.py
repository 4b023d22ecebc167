# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib
import typing as t

import pytest
from ansible import constants

from ansible_collections.palette.image_registry.plugins.filter.nodes import (
    clusters_to_put_back,
    nodes_to_verify,
    nodes_to_wait_for,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.settled import note_look

GROUPS = {"palette_clusters": ["prod", "lab"], "palette_nodes": ["a", "b", "c"]}
NODES: dict[str, dict[str, t.Any]] = {
    "a": {"palette_cluster": "prod"},
    "b": {"palette_cluster": "lab"},
    "c": {"palette_cluster": "lab"},
}
FAILED: dict[str, t.Any] = {"override_failure_result": {"checks": []}}
WRITTEN = {"registry_secret_result": {"changed": True}}

TEST_DUE: list[tuple[str, dict[str, t.Any], bool, list[str]]] = [
    ("all", {"prod": {}, "lab": {}}, False, ["palette_nodes"]),
    ("nothing has run yet", {}, True, ["palette_nodes"]),
    ("one failed", {"prod": FAILED, "lab": {}}, False, ["b", "c"]),
    ("written", {"prod": WRITTEN, "lab": {}}, False, ["palette_nodes"]),
    ("to be written", {"prod": {}, "lab": WRITTEN}, True, ["a"]),
    ("both", {"prod": FAILED, "lab": WRITTEN}, True, []),
]


@pytest.mark.parametrize(
    ("clusters", "check_mode", "expected"),
    [row[1:] for row in TEST_DUE],
    ids=[row[0] for row in TEST_DUE],
)
def test_nodes_to_verify(clusters: dict[str, t.Any], check_mode: bool, expected: list[str]) -> None:
    assert nodes_to_verify(GROUPS, {**NODES, **clusters}, check_mode) == expected


def test_nodes_of_the_only_cluster_need_not_name_it() -> None:
    groups = {"palette_clusters": ["prod"], "palette_nodes": ["a"]}
    assert nodes_to_verify(groups, {"prod": FAILED, "a": {}}) == []


def test_without_nodes_there_are_no_hosts() -> None:
    assert nodes_to_verify({"palette_clusters": ["prod"]}, {}) == []
    assert nodes_to_wait_for({}, {}) == []


TEST_PENDING: list[tuple[dict[str, t.Any], bool]] = [
    ({"verify_nodes_result": {"pending": True}, "verify_nodes_retries": "3"}, True),
    ({"verify_nodes_result": {"pending": True}, "verify_nodes_retries": 0}, False),
    ({"verify_nodes_result": {"pending": True}}, False),
    ({"verify_nodes_result": {"pending": False}, "verify_nodes_retries": 3}, False),
    ({"verify_nodes_retries": 3}, False),
]


@pytest.mark.parametrize(("variables", "expected"), TEST_PENDING)
def test_nodes_to_wait_for(variables: dict[str, t.Any], expected: bool) -> None:
    groups = {"palette_nodes": ["a", "b"]}
    assert nodes_to_wait_for(groups, {"a": variables, "b": {}}) == (["a"] if expected else [])


class OneHost(dict[str, dict[str, t.Any]]):
    """Host variables of which those of one host alone may be asked for: each costs."""

    def get(self, name: str, default: t.Any = None) -> t.Any:
        assert name == "a"
        return super().get(name, default)


def test_a_settled_node_is_not_asked_for_its_variables(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    note_look("a", pending=True)
    note_look("b", pending=False)
    hostvars = OneHost(a=TEST_PENDING[0][0])
    assert nodes_to_wait_for({"palette_nodes": ["a", "b"]}, hostvars) == ["a"]


def checked(status: str, name: str = "mirror of docker.io") -> dict[str, t.Any]:
    return {"verify_nodes_result": {"checks": [{"name": name, "subject": "s", "status": status}]}}


BACK = {"override_rollback_on_node_failure": "true", "transaction_result": {"snapshot": "id"}}
TEST_BACK: list[tuple[str, dict[str, t.Any], dict[str, t.Any], list[str]]] = [
    ("as asked for", BACK, checked("fail"), ["prod"]),
    ("not asked for", {**BACK, "override_rollback_on_node_failure": "false"}, checked("fail"), []),
    ("nothing was written", {**BACK, "transaction_result": {"snapshot": ""}}, checked("fail"), []),
    ("all is well", BACK, checked("warn"), []),
    ("not looked at", BACK, {}, []),
    ("out of reach", BACK, checked("fail", "node read"), []),
]


@pytest.mark.parametrize(
    ("cluster", "node", "expected"),
    [row[1:] for row in TEST_BACK],
    ids=[row[0] for row in TEST_BACK],
)
def test_clusters_to_put_back(
    cluster: dict[str, t.Any], node: dict[str, t.Any], expected: list[str]
) -> None:
    hostvars = {**NODES, "prod": cluster, "lab": BACK, "a": {**NODES["a"], **node}}
    assert clusters_to_put_back(GROUPS, hostvars) == expected
    assert clusters_to_put_back(GROUPS, {}) == []
