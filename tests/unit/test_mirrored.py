# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every plugin file has its test at the mirrored path, and every test there its plugin file."""

from __future__ import annotations

import pathlib

PLUGINS = pathlib.Path(__file__).resolve().parents[2] / "plugins"
TESTS = pathlib.Path(__file__).parent / "plugins"


def own_tests(path: pathlib.Path) -> set[pathlib.Path]:
    """Return the tests of a plugin file: one, or several, one an aspect."""
    folder = TESTS / path.relative_to(PLUGINS).parent
    return {folder / f"test_{path.stem}.py", *folder.glob(f"test_{path.stem}_*.py")}


def documents_alone(path: pathlib.Path) -> bool:
    """Return whether a file is but the documentation of others, and tested with them."""
    if path.parent.name == "modules":
        return (PLUGINS / "action" / path.name).exists()
    return path.stem == "__init__" or path.parent.name == "doc_fragments"


FILES = [path for path in sorted(PLUGINS.rglob("*.py")) if not documents_alone(path)]
THERE = set(TESTS.rglob("test_*.py"))


def test_each_plugin_file_has_its_test_at_the_mirrored_path() -> None:
    assert len(FILES) > 200
    untested = [path.relative_to(PLUGINS) for path in FILES if not own_tests(path) & THERE]
    assert untested == []


def test_each_test_there_has_its_plugin_file() -> None:
    """What holds of several rooms is tested in tests/unit itself."""
    known = {test for path in FILES for test in own_tests(path)}
    assert sorted(THERE - known) == []
