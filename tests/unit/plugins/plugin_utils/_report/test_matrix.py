# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Status
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.matrix import (
    cluster_matrix,
    node_matrix,
)
from tests.pages.example_reports import SOURCES, fleet

PASS, WARN, FAIL, SKIP = Status.PASS, Status.WARN, Status.FAIL, Status.SKIP


def test_a_cluster_has_a_column_a_check_and_one_for_many_of_a_kind() -> None:
    matrix = cluster_matrix(fleet(2, 3))
    assert [column.title for column in matrix.columns] == [
        "controller Python",
        "cluster identity",
        "platform health",
        "inputs",
        "Secret (6)",
        "webhook canary",
    ]
    assert [row.host.host for row in matrix.rows] == ["site-02", "site-01"]  # the worst first
    assert matrix.rows[0].cells == (PASS, PASS, PASS, WARN, FAIL, SKIP)


def test_a_node_has_a_column_a_source_with_the_worse_of_its_two_checks() -> None:
    matrix = node_matrix(fleet(1, 12))
    assert [column.title for column in matrix.columns if column.of_source] == list(SOURCES)
    assert [column.title for column in matrix.columns[:2]] == ["node read", "containerd"]
    rows = {row.host.host: row for row in matrix.rows}
    assert rows["node-0"].cells == (PASS,) * 9
    assert rows["node-11"].cells == (PASS, PASS, *(WARN,) * 7)
    assert rows["node-7"].cells == (FAIL, *(None,) * 8)
    assert [row.host.host for row in matrix.rows[:4]] == ["node-5", "node-7", "node-11", "node-0"]


def test_no_nodes_no_rows() -> None:
    assert node_matrix(fleet(1, 0)).rows == ()
