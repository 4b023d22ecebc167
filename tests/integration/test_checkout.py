# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A checkout may lie in a folder whose name has blanks: targets of the Makefile run there, too."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from tests.sandbox.paths import CACHE, CHECKOUT

pytestmark = pytest.mark.sandbox

_SECONDS = 500
_MAKES = ("ARGS", "MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS")
# ansible-lint takes minutes, all unit tests as long: what is started is what is asked here.
_PROGRAMS = ("ansible-lint", "antsibull-changelog", "pytest", "ruff")


@pytest.fixture(name="checkout", scope="module")
def fixture_checkout(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Return a copy of this checkout that uses what is installed in this one."""
    folder = tmp_path_factory.mktemp("a b \u00e9") / "check out"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (CHECKOUT / name).is_file():
            shutil.copy2(CHECKOUT / name, target)
    ours = folder / ".cache" / "collections" / "ansible_collections"
    ours.mkdir(parents=True)
    for part in CACHE.joinpath("collections", "ansible_collections").iterdir():
        if part.name != "palette":
            (ours / part.name).symlink_to(part)
    (ours / "palette").mkdir()
    (ours / "palette" / "image_registry").symlink_to(folder)
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    for program in (CHECKOUT / ".venv" / "bin").iterdir():
        (programs / program.name).symlink_to(program)
    return folder


def made(checkout: pathlib.Path, target: str) -> str:
    """Make a target without what sets the checkout up, and return what it printed."""
    makefile = checkout / "Makefile"
    text = re.sub(
        r"^(\w+:) (?:setup|venv)\b", r"\1", makefile.read_text("utf-8"), flags=re.MULTILINE
    )
    makefile.write_text(text, encoding="utf-8")
    # What the make around this test was given is not for this one.
    environment = {key: text for key, text in os.environ.items() if key not in _MAKES}
    done = subprocess.run(
        ["make", "--no-print-directory", target],
        cwd=checkout,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_it_plans(checkout: pathlib.Path) -> None:
    made(checkout, "plan")
    assert (checkout / "plan" / "plan.md").is_file()


def test_it_tests_and_lints(checkout: pathlib.Path) -> None:
    programs = checkout / ".venv" / "bin"
    for name in _PROGRAMS:
        program = programs / name
        program.unlink()
        program.write_text(f'#!/bin/sh\necho {name}: "$PWD: $PYTHONPYCACHEPREFIX"\n', "utf-8")
        program.chmod(0o755)
    python = programs / "python"
    python.unlink()
    # What it runs for somebody else comes after two dashes.
    python.write_text(
        "#!/bin/sh\nwhile [ $# -gt 0 ]; do\n"
        '  if [ "$1" = -- ]; then shift; exec "$@"; fi\n  shift\ndone\n',
        "utf-8",
    )
    python.chmod(0o755)
    assert f"pytest: {checkout}: {checkout}/.cache/pycache" in made(checkout, "unit")
    assert "ansible-lint: " in made(checkout, "lint")
