# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page on architecture says what is true: the floors of the rooms, and the walk of the settings."""

from __future__ import annotations

import functools
import pathlib
import re
import sys
import types
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.action.registry_secret import ActionModule
from tests.sandbox.paths import CHECKOUT
from tests.unit.helpers.acting import run_action, write_kubeconfig
from tests.unit.helpers.registry_settings import registry_settings
from tests.unit.test_layers import FLOORS

PAGE = (CHECKOUT / "docs" / "docsite" / "rst" / "architecture.rst").read_text(encoding="utf-8")
_FLOOR = re.compile(r"^ {6}\d+  (_\w+(?:  _\w+)*)", re.MULTILINE)

# Words that every room uses, and what is asked once of the Python that runs.
WORDS = {"_evidence", "_objects", "_failure", "_python"}


@pytest.mark.parametrize("folder", FLOORS)
def test_the_picture_has_the_floors_of_the_layers(folder: str) -> None:
    part = PAGE.partition(f"  plugins/{folder} ")[2].partition("\n  plugins/")[0]
    drawn = [set(found.split()) for found in _FLOOR.findall(part.partition("\n\n")[0])]
    assert drawn[::-1] == [set(floor.split()) for floor in FLOORS[folder]]


def rooms_of_a_walk(folder: pathlib.Path, settings: dict[str, t.Any]) -> set[str]:
    """Return the rooms whose code runs between settings and the Secret that is made of them."""
    plugins, seen = f"{CHECKOUT}/plugins/", set[str]()

    @functools.cache
    def room(file: str) -> str:
        place = str(pathlib.Path(file).resolve())
        inside = place.removeprefix(plugins).removesuffix(".py").split("/")
        return "/".join(inside[:2]) if place.startswith(plugins) else ""

    def note(frame: types.FrameType, event: str, _argument: object) -> None:
        if event == "call":
            seen.add(room(frame.f_code.co_filename))

    def answer(module: str, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        if module == "k8s_info":
            return {"resources": []}
        return {"result": arguments["resource_definition"], "changed": True}

    given = {"kubeconfig": write_kubeconfig(folder), "settings": settings}
    sys.setprofile(note)
    try:
        done = run_action(ActionModule, given, answer, diff=True)
    finally:
        sys.setprofile(None)
    assert done.result["changed"], done.result
    return seen - {""}


def test_the_walk_of_the_settings_is_the_one_that_is_written_down(tmp_path: pathlib.Path) -> None:
    part = PAGE.partition("\nFrom ``palette_registry`` to the Secret\n")[2]
    part, _mark, looking = part.partition("\nThe rest only looks:")
    walk = re.findall(r"^\d\. ``([\w/]+)``", part, re.MULTILINE)
    looks = set(re.findall(r"``(_\w+)``", looking.partition("\n\n")[0]))
    assert len(walk) <= 8
    seen = rooms_of_a_walk(tmp_path, registry_settings())
    assert {room for room in seen if room.partition("/")[2] not in looks | WORDS} == set(walk)
