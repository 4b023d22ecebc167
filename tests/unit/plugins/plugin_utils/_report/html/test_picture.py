# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Status
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.html.picture import (
    picture_of,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.routes import Route


def route(source: str, target: str, failed: int = 0, passed: int = 0) -> Route:
    return Route(source, target, ("prod",), {Status.FAIL: failed, Status.PASS: passed})


def test_sources_and_targets_have_a_box_each_and_a_line_between() -> None:
    picture = picture_of((route("a.io", "h/x"), route("b.io", "h/x"), route("c.io", "")))
    assert picture is not None
    assert [box.name for box in picture.boxes] == [
        *("a.io", "b.io", "c.io"),
        *("h/x", "where they went before"),
    ]
    assert len(picture.lines) == 3
    assert max(box.top + box.height for box in picture.boxes) <= picture.height
    assert picture.statuses == {Status.SKIP}
    assert "count the nodes" not in picture.caption


def test_long_names_are_shortened_in_their_middle() -> None:
    picture = picture_of((route("s" * 200, "t" * 200, passed=1),))
    assert picture is not None
    assert all("…" in box.label and len(box.label) < 70 for box in picture.boxes)
    assert "count the nodes" in picture.caption


def test_of_many_the_failed_are_drawn() -> None:
    routes = [route(f"r{number}.io", "h/x", passed=1) for number in range(60)]
    picture = picture_of((*routes, route("bad.io", "h/x", failed=1)))
    assert picture is not None
    assert len(picture.lines) == 40
    assert picture.lines[0].route.source == "bad.io"
    assert "The picture shows 40 of 61 mirrors" in picture.caption


def test_without_mirrors_there_is_none() -> None:
    assert picture_of(()) is None
