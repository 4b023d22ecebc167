# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mirrors as a picture: sources on the left, targets on the right, how nodes show them."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ....module_utils._evidence import Status
from ..evidence import Evidence
from ..routes import Route, routes
from .markup import Html, chip, section, tag, text

# Of more lines a picture shows nothing; the table has them all.
_LINES = 40
_UNCHANGED = "where they went before"

# Units of the picture: a row, a box in it, the columns, and how wide a character is.
_ROW, _BOX = 40, 28
_WIDTH, _LEFT, _RIGHT = 1040, 250, 470
_CHARACTER = 7.4
_HEAD = 26

_MEANING = {
    Status.PASS: "all nodes show it",
    Status.WARN: "shown, with warnings",
    Status.FAIL: "a node does not show it",
    Status.SKIP: "no node was asked",
}


def map_section(evidence: Evidence) -> Html:
    """Return picture and table; nothing where no mirror is known."""
    found = routes(evidence)
    if not found:
        return Html("")
    worst_first = sorted(found, key=lambda route: route.status is not Status.FAIL)
    drawn = found if len(found) <= _LINES else tuple(worst_first[:_LINES])
    caption = "Pulls of the sources on the left go to the targets on the right."
    if any(sum(route.nodes.values()) for route in found):
        caption += " The numbers count the nodes that show it."
    if len(drawn) < len(found):
        caption += f" The picture shows {len(drawn)} of {len(found)} mirrors; the table has all."
    figure = tag(
        "figure",
        tag("figcaption", text(caption)),
        tag("div", _picture(drawn), class_="scroll-x"),
        _legend({route.status for route in drawn}),
    )
    table = tag("details", tag("summary", text("The same as a table")), _table(found))
    return section("mirrors", "Mirrors", figure, table)


def _picture(drawn: t.Sequence[Route]) -> Html:
    sources = {route.source: None for route in drawn}
    targets = {_target(route): None for route in drawn}
    rows = max(len(sources), len(targets))
    height = _HEAD + rows * _ROW
    left, right = _places(list(sources), rows), _places(list(targets), rows)
    labels = [
        tag("text", text("Source"), x=0, y=14, class_="column"),
        tag("text", text("Target"), x=_WIDTH - _RIGHT, y=14, class_="column"),
    ]
    return tag(
        "svg",
        tag("title", text("Map of the mirrors; the table below says the same")),
        *labels,
        *(_line(route, left[route.source], right[_target(route)]) for route in drawn),
        *(_box(name, 0, y, _LEFT) for name, y in left.items()),
        *(_box(name, _WIDTH - _RIGHT, y, _RIGHT) for name, y in right.items()),
        *(_tally(route, left[route.source]) for route in drawn),
        viewBox=f"0 0 {_WIDTH} {height}",
        role="img",
        class_="map",
    )


def _places(names: t.Sequence[str], rows: int) -> dict[str, float]:
    """Return the middle of each box, spread over the height of the picture."""
    step = rows * _ROW / len(names)
    return {name: _HEAD + step * (index + 0.5) for index, name in enumerate(names)}


def _line(route: Route, start: float, end: float) -> Html:
    first, last = _LEFT, _WIDTH - _RIGHT
    middle = (first + last) / 2
    path = f"M{first} {start:.1f} C{middle:.0f} {start:.1f} {middle:.0f} {end:.1f} {last} {end:.1f}"
    return tag("path", _hint(route), d=path, class_=f"line {route.status.value}")


def _hint(route: Route) -> Html:
    return tag("title", text(f"{route.source} to {_target(route)}: {_shown(route)}"))


def _box(name: str, x: int, y: float, width: int) -> Html:
    most = int((width - 20) / _CHARACTER)
    rectangle = tag(
        "rect", x=x, y=f"{y - _BOX / 2:.1f}", width=width, height=_BOX, rx=6, class_="box"
    )
    label = tag("text", text(_shortened(name, most)), x=x + 10, y=f"{y + 4.5:.1f}", class_="name")
    return tag("g", tag("title", text(name)), rectangle, label)


def _tally(route: Route, y: float) -> Html:
    """Return how many nodes show it, at the line's beginning."""
    total = sum(route.nodes.values())
    if not total:
        return Html("")
    shown = f"{total - route.nodes[Status.FAIL]}/{total}"
    return tag(
        "text", text(shown), x=_LEFT + 10, y=f"{y - 6:.1f}", class_=f"tally {route.status.value}"
    )


def _shortened(name: str, most: int) -> str:
    """Return a name that fits; its ends tell more than its middle."""
    if len(name) <= most:
        return name
    half = (most - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def _legend(statuses: t.Collection[Status]) -> Html:
    items = [
        tag("li", tag("span", class_=f"swatch {status.value}"), text(meaning))
        for status, meaning in _MEANING.items()
        if status in statuses
    ]
    return tag("ul", *items, class_="legend")


def _table(found: t.Sequence[Route]) -> Html:
    names = ("Source", "Target", "Clusters", "Nodes", "Status")
    head = tag("tr", *(tag("th", text(name), scope="col") for name in names))
    rows = [
        tag(
            "tr",
            tag("th", text(route.source), scope="row"),
            tag("td", tag("code", text(_target(route)))),
            tag("td", text(len(route.clusters))),
            tag("td", text(_shown(route))),
            tag("td", chip(route.status)),
        )
        for route in found
    ]
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_="plain-table")
    return tag("div", table, class_="scroll-x")


def _target(route: Route) -> str:
    return route.target or _UNCHANGED


def _shown(route: Route) -> str:
    total = sum(route.nodes.values())
    if not total:
        return "no node was asked"
    return f"{total - route.nodes[Status.FAIL]:,} of {total:,} show it"


__all__ = ("map_section",)
