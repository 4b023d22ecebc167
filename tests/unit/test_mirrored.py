# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every plugin file has its test at the mirrored path, but for some that may only get fewer."""

from __future__ import annotations

import pathlib

PLUGINS = pathlib.Path(__file__).resolve().parents[2] / "plugins"
TESTS = pathlib.Path(__file__).parent / "plugins"

# Tested from elsewhere. Who writes or moves a test to its path takes the file out of here; a new
# file brings its test along.
UNTESTED: dict[str, str] = {
    "action": "override_info override_plan override_rollback preflight_info"
    " pull_images_info pull_pod",
    "plugin_utils/_plan": "cluster planner",
    "plugin_utils/_preflight": "inputs",
    "plugin_utils/_pull": "choice cluster pod",
}


def is_tested(path: pathlib.Path) -> bool:
    """Return whether a file has a test, or several, one an aspect."""
    folder = TESTS / path.relative_to(PLUGINS).parent
    return (folder / f"test_{path.stem}.py").exists() or any(folder.glob(f"test_{path.stem}_*.py"))


def untested() -> dict[str, str]:
    """Return the names of the files without a test, by folder.

    What only documents an action of the same name is tested with that.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(PLUGINS.rglob("*.py")):
        folder = path.relative_to(PLUGINS).parent.as_posix()
        documents = folder == "modules" and (PLUGINS / "action" / path.name).exists()
        if path.stem == "__init__" or folder == "doc_fragments" or documents:
            continue
        if not is_tested(path):
            found.setdefault(folder, []).append(path.stem)
    return {folder: " ".join(names) for folder, names in found.items()}


def test_each_plugin_file_has_its_test_at_the_mirrored_path() -> None:
    assert untested() == UNTESTED
