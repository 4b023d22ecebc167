# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files for people: written whole, for nobody else to change, and read without waiting."""

from __future__ import annotations

import os
import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils import _plain_files
from ansible_collections.palette.image_registry.plugins.plugin_utils._plain_files import (
    make_folder,
    obstacle,
    read_plain,
    write_whole,
)


@pytest.fixture(name="open_umask")
def fixture_open_umask() -> t.Iterator[None]:
    """Let everybody write what is made."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_umask")
def test_nobody_else_may_write_what_is_made(tmp_path: pathlib.Path) -> None:
    make_folder(tmp_path / "a" / "b")
    write_whole(tmp_path / "a" / "b" / "c", b"text")
    write_whole(tmp_path / "a" / "script", b"", mode=0o755)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}
    assert modes == {"a": 0o755, "b": 0o755, "c": 0o644, "script": 0o755}


def test_a_link_and_a_fifo_are_replaced(tmp_path: pathlib.Path) -> None:
    (tmp_path / "real").write_text("mine", "utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "fifo")
    for name in ("link", "fifo"):
        write_whole(tmp_path / name, b"new")
        assert read_plain(tmp_path / name) == b"new"
    assert (tmp_path / "real").read_text("utf-8") == "mine"


def test_a_folder_is_not_replaced_and_nothing_is_left(tmp_path: pathlib.Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "folder", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_what_is_no_regular_file_or_too_large_is_not_read(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(OSError, match="no regular file"):
        read_plain(tmp_path / "fifo")
    (tmp_path / "large").write_bytes(b"xx")
    monkeypatch.setattr(_plain_files, "LARGEST", 1)
    with pytest.raises(OSError, match="larger"):
        read_plain(tmp_path / "large")


def test_an_obstacle_is_named(tmp_path: pathlib.Path) -> None:
    error = OSError(17, "File exists")
    (tmp_path / "link").symlink_to("/nowhere/at/all")
    (tmp_path / "file").write_text("", "utf-8")
    link, file = tmp_path / "link", tmp_path / "file"
    assert obstacle(link / "plan", error) == f"{link} is a link that leads nowhere"
    assert obstacle(link, error) == f"{link} is a link that leads nowhere"
    assert obstacle(file / "plan", error) == f"{file} is a file, and no folder"
    assert obstacle(file, FileExistsError(17, "File exists")).endswith("is a file, and no folder")
    assert obstacle(tmp_path / "new", error) == "File exists"
