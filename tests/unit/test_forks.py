# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests that forks share out are shown, counted and judged as in one process."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
FIRST = """
import os, pytest
@pytest.fixture
def broken():
    raise OSError("no fixture")
def test_passes(tmp_path):
    print("shown by nobody")
    (tmp_path / str(os.getpid())).touch()
def test_fails():
    print("said before it failed")
    assert os.getpid() == os.getppid()
def test_has_no_fixture(broken):
    pass
@pytest.mark.skip(reason="for a reason")
def test_is_left_out():
    pass
"""
SECOND = "def test_of_another_file():\n    pass\n"
DIES = "import os\ndef test_dies():\n    os._exit(0)\n"


def run(folder: pathlib.Path, *arguments: str, **files: str) -> tuple[int, str]:
    for name, text in files.items():
        (folder / f"test_{name}.py").write_text(text, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-ra", "-p", "tests.forks", "--forks", "2"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", *arguments, "."],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_every_outcome_is_told(tmp_path: pathlib.Path) -> None:
    code, shown = run(tmp_path, first=FIRST, second=SECOND)
    assert code == 1
    assert "1 failed, 2 passed, 1 skipped, 1 error in" in shown
    assert "test_second.py ." in shown and "test_first.py .FEs" in shown
    assert "said before it failed" in shown and "OSError: no fixture" in shown
    assert "for a reason" in shown and "shown by nobody" not in shown


def test_the_first_failure_ends_it_where_that_is_asked_for(tmp_path: pathlib.Path) -> None:
    code, shown = run(tmp_path, "-x", first=FIRST)
    assert code == 1
    assert "1 failed, 1 passed in" in shown


def test_a_process_that_dies_is_no_success(tmp_path: pathlib.Path) -> None:
    code, shown = run(tmp_path, dies=DIES, second=SECOND)
    assert code != 0
    assert "terminated abruptly" in shown
