# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One version in all places, and a first release that lists all that it has as new."""

from __future__ import annotations

import tomllib
import typing as t

import yaml

from tests.sandbox.paths import CHECKOUT


def read_yaml(path: str) -> t.Any:
    return yaml.safe_load((CHECKOUT / path).read_text(encoding="utf-8"))


VERSION = read_yaml("galaxy.yml")["version"]
RELEASES = read_yaml("changelogs/changelog.yaml")["releases"]


def names(rows: list[dict[str, str]]) -> set[str]:
    return {row["name"] for row in rows}


def stems(folder: str, pattern: str) -> set[str]:
    return {path.stem for path in (CHECKOUT / folder).glob(pattern)}


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == VERSION
    assert VERSION in RELEASES


def test_the_first_release_lists_everything_and_changes_nothing() -> None:
    first = RELEASES["1.0.0"]
    assert min(RELEASES, key=lambda name: [int(part) for part in name.split(".")]) == "1.0.0"
    assert set(first["changes"]) == {"release_summary"}
    if VERSION == "1.0.0":
        assert not stems("changelogs/fragments", "*.yml"), "of a first release nothing is a change"
        assert names(first["modules"]) == stems("plugins/modules", "[!_]*.py")
        assert names(first["plugins"]["filter"]) == stems("plugins/filter", "*.yml")
        assert names(first["objects"]["role"]) == stems("roles", "*")
