# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mirrors as a picture: sources on the left, targets on the right, how nodes show them."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ....module_utils._evidence import Status
from ..routes import Route

MEANING = {
    Status.PASS: "all nodes show it",
    Status.WARN: "shown, with warnings",
    Status.FAIL: "a node does not show it",
    Status.SKIP: "no node was asked",
}
"""What the colour of a line says."""

# Of more lines a picture shows nothing; the table has them all.
_LINES = 40
# Units of the picture: a row, a box in it, the columns, and how wide a character is.
_ROW, _BOX = 40, 28
_WIDTH, _LEFT, _RIGHT = 1040, 250, 470
_CHARACTER = 7.4
_HEAD = 26


class Line(t.NamedTuple):
    """A mirror from its source's box to its target's; at its beginning stands the tally."""

    route: Route
    path: str
    tally_x: int
    tally_y: float


class Box(t.NamedTuple):
    """A source or target; `label` is its name, shortened to fit, on the line `base`."""

    name: str
    label: str
    x: int
    top: float
    base: float
    width: int
    height: int = _BOX


@dataclasses.dataclass(frozen=True)
class Picture:
    """Everything that is drawn; `right` is where the targets begin."""

    routes: tuple[Route, ...]
    caption: str
    lines: tuple[Line, ...]
    boxes: tuple[Box, ...]
    height: int
    width: int = _WIDTH
    right: int = _WIDTH - _RIGHT

    @property
    def statuses(self) -> set[Status]:
        """Return the statuses that are drawn."""
        return {line.route.status for line in self.lines}


def picture_of(routes: tuple[Route, ...]) -> Picture | None:
    """Return the picture of some mirrors, None where there are none."""
    if not routes:
        return None
    worst_first = sorted(routes, key=lambda route: route.status is not Status.FAIL)
    drawn = routes if len(routes) <= _LINES else tuple(worst_first[:_LINES])
    caption = "Pulls of the sources on the left go to the targets on the right."
    if any(route.asked for route in routes):
        caption += " The numbers count the nodes that show it."
    if len(drawn) < len(routes):
        caption += f" The picture shows {len(drawn)} of {len(routes)} mirrors; the table has all."
    sources = list(dict.fromkeys(route.source for route in drawn))
    targets = list(dict.fromkeys(route.goes_to for route in drawn))
    rows = max(len(sources), len(targets))
    left, right = _places(sources, rows), _places(targets, rows)
    lines = (_line(route, left[route.source], right[route.goes_to]) for route in drawn)
    boxes = [_box(name, 0, y, _LEFT) for name, y in left.items()]
    boxes += [_box(name, _WIDTH - _RIGHT, y, _RIGHT) for name, y in right.items()]
    return Picture(routes, caption, tuple(lines), tuple(boxes), _HEAD + rows * _ROW)


def _places(names: t.Sequence[str], rows: int) -> dict[str, float]:
    """Return the middle of each box, spread over the height of the picture."""
    step = rows * _ROW / len(names)
    return {name: _HEAD + step * (index + 0.5) for index, name in enumerate(names)}


def _line(route: Route, start: float, end: float) -> Line:
    first, last = _LEFT, _WIDTH - _RIGHT
    middle = (first + last) / 2
    path = f"M{first} {start:.1f} C{middle:.0f} {start:.1f} {middle:.0f} {end:.1f} {last} {end:.1f}"
    return Line(route, path, _LEFT + 10, start - 6)


def _box(name: str, x: int, y: float, width: int) -> Box:
    label = _shortened(name, int((width - 20) / _CHARACTER))
    return Box(name, label, x, y - _BOX / 2, y + 4.5, width)


def _shortened(name: str, most: int) -> str:
    """Return a name that fits; its ends tell more than its middle."""
    if len(name) <= most:
        return name
    half = (most - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


__all__ = ("MEANING", "Picture", "picture_of")
