# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the pulls of each source go: what was asked for, and how many nodes show it."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ...module_utils._evidence import Status, overall
from .._nodes.checks import literal_source, source_of
from .evidence import Evidence, HostEvidence


@dataclasses.dataclass(frozen=True)
class Route:
    """One mirror entry of some clusters; `nodes` counts how their nodes show it."""

    source: str
    target: str
    clusters: tuple[str, ...]
    nodes: t.Mapping[Status, int]

    @property
    def status(self) -> Status:
        """Return the worst that a node shows; skip where no node was asked."""
        return overall(status for status, number in self.nodes.items() if number)

    @property
    def goes_to(self) -> str:
        """Return the target in words, as for an entry that leaves a source alone."""
        return self.target or "where they went before"

    @property
    def asked(self) -> int:
        """Return how many nodes were asked."""
        return sum(self.nodes.values())

    @property
    def failed(self) -> int:
        """Return how many nodes do not show it."""
        return self.nodes.get(Status.FAIL, 0)

    @property
    def shown(self) -> str:
        """Return in words how many nodes show it."""
        if not self.asked:
            return "no node was asked"
        return f"{self.asked - self.failed:,} of {self.asked:,} show it"


def routes(evidence: Evidence) -> tuple[Route, ...]:
    """Return the mirror entries of all clusters, equal ones as one, in the order of the tables.

    A cluster's table is what its nodes were compared with; where none were, what the settings say.
    """
    found: dict[tuple[str, str], tuple[dict[str, None], list[Status]]] = {}
    seen: set[str] = set()
    for host in evidence.hosts:
        for source, target, status in _of_node(host):
            clusters, statuses = found.setdefault((source, target), ({}, []))
            clusters[host.cluster] = None
            statuses.append(status)
            seen.add(host.cluster)
    for host in evidence.hosts:
        for pair in host.mirrors if host.cluster not in seen else ():
            found.setdefault(pair, ({}, []))[0][host.cluster] = None
    return tuple(
        Route(source, target, tuple(clusters), {one: statuses.count(one) for one in Status})
        for (source, target), (clusters, statuses) in found.items()
    )


def _of_node(host: HostEvidence) -> t.Iterator[tuple[str, str, Status]]:
    targets: dict[str, str] = {}
    statuses: dict[str, list[Status]] = {}
    for check in host.checks:
        if literal_source(check.name):
            targets[literal_source(check.name)] = check.expected
        if source_of(check.name):
            statuses.setdefault(source_of(check.name), []).append(check.status)
    for source, target in targets.items():
        yield source, target, overall(statuses[source])


__all__ = ("Route", "routes")
