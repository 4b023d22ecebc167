# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.palette.image_registry.plugins.module_utils._registry.places import (
    DEEPEST,
    MOST_ASKED,
    ApiPlaces,
)


def test_what_is_told_is_known_without_a_question() -> None:
    places = ApiPlaces(["h.io/r/hub", "h.io/r", "h.io"])
    assert places.first("h.io") == "r/hub"
    assert places.split("h.io", "r/hub/library/nginx") == ("r/hub", "library/nginx")
    assert places.split("h.io", "r/quay/a") == ("r", "quay/a")
    assert places.split("h.io", "rx/a") == ("", "rx/a")
    assert places.split("other.io", "r/hub/a") == ("", "r/hub/a")


def test_prefixes_are_asked_from_the_shortest_and_each_once() -> None:
    asked: list[str] = []

    def is_api(path: str) -> bool:
        asked.append(path)
        return path == "a/b"

    places = ApiPlaces()
    assert places.find("h.io", ["a/b/c", "a/b/d"], is_api)
    assert not places.find("h.io", ["a/b"], is_api)
    assert asked == ["a", "a/b"]
    assert places.split("h.io", "a/b/c") == ("a/b", "c")


def test_neither_depth_nor_number_of_questions_hangs_on_names() -> None:
    asked: list[str] = []

    def is_none(path: str) -> bool:
        asked.append(path)
        return False

    places = ApiPlaces()
    assert not places.find("h.io", ["a/" * 50], is_none)
    assert len(asked) == DEEPEST
    places.find("h.io", [f"p{number}/q" for number in range(99)], is_none)
    assert len(asked) == MOST_ASKED
