# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib

import pytest
from ansible import constants

from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.settled import (
    note_look,
    settled_nodes,
)


@pytest.fixture(autouse=True)
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    return tmp_path


def test_the_last_look_counts() -> None:
    assert settled_nodes() == frozenset()
    for node, pending in (("a", True), ("b", False), ("c c", False), ("a", False), ("b", True)):
        note_look(node, pending)
    assert settled_nodes() == {"a", "c c"}


def test_it_is_for_its_owner_alone(folder: pathlib.Path) -> None:
    note_look("a", False)
    assert [path.stat().st_mode & 0o777 for path in folder.iterdir()] == [0o600]


def test_where_nothing_can_be_written_nothing_is_known(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(folder / "gone"))
    note_look("a", False)
    assert settled_nodes() == frozenset()
