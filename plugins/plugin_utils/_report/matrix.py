# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts and what was checked on them, as tables: a column a check, or a source of a node."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import collections
import dataclasses
import typing as t

from ...module_utils._evidence import WORST_FIRST, Status, overall
from .._nodes.checks import source_of
from .evidence import Evidence, HostEvidence

# From so many checks on that begin with the same word, they share a column.
_SHARED = 3


@dataclasses.dataclass(frozen=True)
class Column:
    """One thing that was checked; `of_source` where it is a mirror's source."""

    title: str
    of_source: bool = False


@dataclasses.dataclass(frozen=True)
class Row:
    """One host; a cell is the worst status of its column, None where nothing was checked."""

    host: HostEvidence
    cells: tuple[Status | None, ...]


@dataclasses.dataclass(frozen=True)
class Matrix:
    """Rows of hosts, the worst first, under columns."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def cluster_matrix(evidence: Evidence) -> Matrix:
    """Return clusters and their checks."""
    return _matrix([host for host in evidence.hosts if not host.is_node])


def node_matrix(evidence: Evidence) -> Matrix:
    """Return nodes and the sources that were checked on them."""
    return _matrix([host for host in evidence.hosts if host.is_node])


def _matrix(hosts: t.Sequence[HostEvidence]) -> Matrix:
    names = dict.fromkeys(check.name for host in hosts for check in host.checks)
    column_of = _columns(tuple(names))
    columns = sorted(dict.fromkeys(column_of.values()), key=lambda column: column.of_source)
    worst_first = sorted(hosts, key=lambda host: WORST_FIRST.index(host.status))
    return Matrix(tuple(columns), tuple(_row(host, columns, column_of) for host in worst_first))


def _row(host: HostEvidence, columns: t.Sequence[Column], column_of: t.Mapping[str, Column]) -> Row:
    found: dict[Column, list[Status]] = {}
    for check in host.checks:
        found.setdefault(column_of[check.name], []).append(check.status)
    cells = [overall(found[column]) if column in found else None for column in columns]
    return Row(host, tuple(cells))


def _columns(names: t.Sequence[str]) -> dict[str, Column]:
    """Return the column of each check's name."""
    words = collections.Counter(_word(name) for name in names if not source_of(name))
    columns = {}
    for name in names:
        source, word = source_of(name), _word(name)
        if source:
            columns[name] = Column(source, of_source=True)
        elif words[word] >= _SHARED:
            columns[name] = Column(f"{word} ({words[word]})")
        else:
            columns[name] = Column(name)
    return columns


def _word(name: str) -> str:
    return name.partition(" ")[0]


__all__ = ("Column", "Matrix", "Row", "cluster_matrix", "node_matrix")
