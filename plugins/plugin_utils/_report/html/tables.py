# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clusters and what was checked on them, nodes and their sources: one row a host.

The script filters, sorts and unfolds them; without it they are plain tables.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

from ....module_utils._evidence import Status
from ..evidence import Evidence
from ..matrix import Matrix, Row, cluster_matrix, node_matrix
from .markup import WORDS, Html, count, section, tag, text

_CHOICES = {"": "All", "fail": "Failures only", "warn": "Failures and warnings", "skip": "Skipped"}


def hosts_section(evidence: Evidence) -> Html:
    """Return both tables under one filter."""
    clusters, nodes = cluster_matrix(evidence), node_matrix(evidence)
    return section(
        "hosts",
        "Clusters and nodes",
        _filter(list(evidence.clusters())),
        _table("clusters", "Clusters and their checks", "Cluster", clusters),
        _table("nodes", "Nodes and the mirrors that they show, by source", "Node", nodes),
    )


def _filter(clusters: list[str]) -> Html:
    """Return the filter, hidden until the script can serve it."""
    options = [tag("option", text(label), value=value) for value, label in _CHOICES.items()]
    names = [tag("option", text("All"), value="")]
    names += [tag("option", text(name), value=name) for name in clusters]
    of_cluster = tag(
        "label", text("Cluster "), tag("select", *names, name="cluster"), hidden=len(clusters) < 2
    )
    return tag(
        "form",
        tag(
            "label",
            text("Find "),
            tag("input", type="search", name="q", placeholder="name", autocomplete="off"),
        ),
        tag("label", text("Show "), tag("select", *options, name="only")),
        of_cluster,
        tag("button", text("Reset"), type="reset", class_="plain"),
        tag("p", role="status", aria_live="polite", class_="shown"),
        id="filter",
        role="search",
        aria_label="Filter clusters and nodes",
        hidden=True,
    )


def _table(identifier: str, caption: str, what: str, matrix: Matrix) -> Html:
    if not matrix.rows:
        return Html("")
    title = f"{caption} ({count(len(matrix.rows), what.lower())})"
    of_nodes = identifier == "nodes"
    fixed = [(what, "name"), *([("Cluster", "cluster")] if of_nodes else ()), ("Status", "status")]
    heads = [_head(name, key) for name, key in fixed]
    heads += [
        _head(column.title, f"cell{index}", turned=True)
        for index, column in enumerate(matrix.columns)
    ]
    table = tag(
        "table",
        tag("caption", text(title), id=f"{identifier}-caption"),
        tag("thead", tag("tr", *heads)),
        tag("tbody", *(_row(row, of_nodes) for row in matrix.rows)),
        id=identifier,
        class_="matrix",
    )
    return tag(
        "div",
        table,
        class_="scroll",
        role="region",
        tabindex=0,
        aria_labelledby=f"{identifier}-caption",
    )


def _head(title: str, sort: str, *, turned: bool = False) -> Html:
    """Return a column's head; the script makes a button of what is in it."""
    label = tag("span", text(title))
    return tag("th", label, scope="col", class_="turned" if turned else None, data_sort=sort)


def _row(row: Row, of_node: bool) -> Html:
    host = row.host
    place = [tag("td", text(host.cluster), class_="place")] if of_node else []
    return tag(
        "tr",
        tag("th", text(host.host), scope="row"),
        *place,
        _cell(host.status, "verdict-cell"),
        *(_cell(cell) for cell in row.cells),
        data_host=host.host,
        data_cluster=host.cluster,
        data_status=host.status.value,
    )


def _cell(status: Status | None, kind: str = "") -> Html:
    if status is None:
        return tag("td")
    return tag("td", text(WORDS[status]), class_=f"{status.value} {kind}".strip())


__all__ = ("hosts_section",)
