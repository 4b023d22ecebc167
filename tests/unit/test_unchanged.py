# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A slow check is left out only where it passed with the very files that there are."""

from __future__ import annotations

import pathlib
import subprocess
import typing as t

import pytest

from tests.unchanged import main

CHECK = ["sh", "-c", 'echo >>ran; test "$(cat one)" != bad']


@pytest.fixture(name="folder")
def fixture_folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "--quiet"], check=True)
    (tmp_path / ".gitignore").write_text("ran\n.cache\n", encoding="utf-8")
    (tmp_path / "one").write_text("good", encoding="utf-8")
    (tmp_path / "apart").mkdir()
    (tmp_path / "apart" / "two").write_text("good", encoding="utf-8")
    return tmp_path


def checked(folder: pathlib.Path, *command: str) -> tuple[int, bool]:
    """Return the exit code, and whether the check ran."""
    (folder / "ran").unlink(missing_ok=True)
    code = main(["name", ".", ":!apart", "--", *(command or CHECK)])
    return code, (folder / "ran").exists()


def change(folder: pathlib.Path) -> None:
    (folder / "one").write_text("better", encoding="utf-8")


def add(folder: pathlib.Path) -> None:
    (folder / "three").write_text("", encoding="utf-8")


def rename(folder: pathlib.Path) -> None:
    (folder / ".gitignore").rename(folder / "elsewhere")


@pytest.mark.parametrize("after", [change, add, rename])
def test_it_runs_again_after_a_change(
    folder: pathlib.Path, after: t.Callable[[pathlib.Path], None]
) -> None:
    assert checked(folder) == (0, True)
    assert checked(folder) == (0, False)
    after(folder)
    assert checked(folder) == (0, True)


def test_another_command_is_another_check(folder: pathlib.Path) -> None:
    assert checked(folder) == (0, True)
    assert checked(folder, "touch", "ran") == (0, True)


def test_another_choice_is_another_check(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert checked(folder) == (0, True)
    monkeypatch.setenv("SANDBOX_KUBERNETES", "1.34")
    assert checked(folder) == (0, True)


def test_what_it_does_not_look_at_is_nothing_to_it(folder: pathlib.Path) -> None:
    assert checked(folder) == (0, True)
    (folder / "apart" / "two").write_text("bad", encoding="utf-8")
    assert checked(folder) == (0, False)


def test_a_failure_is_never_taken_for_passed(folder: pathlib.Path) -> None:
    assert checked(folder) == (0, True)
    (folder / "one").write_text("bad", encoding="utf-8")
    assert checked(folder) == (1, True)
    assert checked(folder) == (1, True)
    (folder / "one").write_text("good", encoding="utf-8")
    assert checked(folder) == (0, True)
