# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The run at a glance: how many checks ended how, and every cluster with its nodes as dots."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ....module_utils._evidence import WORST_FIRST, Status, overall
from ..evidence import Evidence, HostEvidence
from .markup import WORDS, Html, chip, count, section, tag, text

_LABELS = {
    Status.PASS: "passed",
    Status.WARN: "warned",
    Status.FAIL: "failed",
    Status.SKIP: "skipped",
}
# Of more clusters the worst are shown; all of them are in the table.
_CARDS = 24
# Of a bar of 1000: a few failures among thousands of checks stay visible.
_THINNEST = 4.0


def overview_section(evidence: Evidence) -> Html:
    """Return the first part of the page."""
    hosts: dict[str, list[HostEvidence]] = {}
    for host in evidence.hosts:
        hosts.setdefault(host.cluster, []).append(host)
    statuses = {name: overall(host.status for host in found) for name, found in hosts.items()}
    names = sorted(hosts, key=lambda name: WORST_FIRST.index(statuses[name]))
    cards = [_card(name, statuses[name], hosts[name]) for name in names[:_CARDS]]
    more = Html("")
    if len(names) > _CARDS:
        rest = count(len(names) - _CARDS, "more cluster")
        more = tag("p", text(f"And {rest}, none of them worse, in the table below."))
    return section(
        "glance", "At a glance", _counts(evidence), tag("ul", *cards, class_="cards"), more
    )


def _counts(evidence: Evidence) -> Html:
    counts = evidence.counts()
    total = sum(counts.values()) or 1
    tiles, bars, start = [], [], 0.0
    for status in WORST_FIRST:
        number = counts[status.value]
        tiles.append(
            tag(
                "div",
                tag("dt", text(f"checks {_LABELS[status]}")),
                tag("dd", text(f"{number:,}")),
                class_=f"tile {status.value}" if number else "tile none",
            )
        )
        width = max(1000 * number / total, _THINNEST) if number else 0.0
        bars.append(
            tag("rect", x=f"{start:.1f}", y=0, width=f"{width:.1f}", height=10, class_=status.value)
        )
        start += width
    chart = tag(
        "svg",
        *bars,
        viewBox="0 0 1000 10",
        preserveAspectRatio="none",
        class_="bars",
        aria_hidden="true",
    )
    return tag("div", tag("dl", *tiles, class_="tiles"), chart)


def _card(name: str, status: Status, hosts: t.Sequence[HostEvidence]) -> Html:
    own = [host for host in hosts if not host.is_node]
    nodes = [host for host in hosts if host.is_node]
    checks = [check.status for host in own for check in host.checks]
    lines = []
    if checks:
        lines.append(tag("p", text(f"Cluster: {_tally(checks)}")))
    if nodes:
        tally = _tally([host.status for host in nodes])
        lines.append(tag("p", text(f"{count(len(nodes), 'node')}: {tally}")))
        lines.append(tag("div", *(_dot(node) for node in nodes), class_="dots", aria_hidden="true"))
    return tag(
        "li",
        tag("h3", text(name), chip(status)),
        *lines,
        class_=f"card {status.value}",
    )


def _tally(statuses: t.Sequence[Status]) -> str:
    counted = [(status, statuses.count(status)) for status in WORST_FIRST]
    return ", ".join(f"{number:,} {WORDS[status]}" for status, number in counted if number)


def _dot(node: HostEvidence) -> Html:
    return tag("i", class_=node.status.value, title=f"{node.host}: {WORDS[node.status]}")


__all__ = ("overview_section",)
