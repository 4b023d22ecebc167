# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files with secrets in them: for this user alone, and gone afterwards."""

from __future__ import annotations

import os
import pathlib
import socket
import stat

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils import _private_files
from ansible_collections.palette.image_registry.plugins.plugin_utils._private_files import (
    private_folder,
    sweep,
    write_values,
)


@pytest.fixture(name="root")
def fixture_root(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Return the folder in which private folders are made."""
    monkeypatch.setattr(_private_files.constants, "DEFAULT_LOCAL_TMP", str(tmp_path / "run"))
    return tmp_path


def test_values_are_written_for_this_user_alone_and_deleted(root: pathlib.Path) -> None:
    with private_folder() as folder:
        path = pathlib.Path(
            write_values(folder, "values.json", {"password": "12e4", "ü": "\u2028"})
        )
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert path.read_text(encoding="utf-8") == '{"password": "12e4", "ü": "\\u2028"}'
    assert list(root.iterdir()) == []


def test_values_are_deleted_after_a_failure(root: pathlib.Path) -> None:
    with pytest.raises(RuntimeError), private_folder() as folder:
        write_values(folder, "values.json", {"password": "12e4"})
        raise RuntimeError
    assert list(root.iterdir()) == []


def test_what_a_killed_run_left_is_deleted(root: pathlib.Path) -> None:
    host = f"palette.image_registry.{socket.gethostname()}"
    # No process has this number: it is the highest of a 32-bit system, and beyond Linux's limit.
    dead = root / f"{host}.2147483647.abc"
    alive = root / f"{host}.{os.getppid()}.abc"
    elsewhere = root / "palette.image_registry.another-host.2147483647.abc"
    odd = root / f"{host}.odd.abc"
    for left in (dead, alive, elsewhere, odd):
        left.mkdir()
        (left / "values.json").write_text("{}", encoding="utf-8")
    sweep()
    assert sorted(root.iterdir()) == sorted([alive, elsewhere, odd])
