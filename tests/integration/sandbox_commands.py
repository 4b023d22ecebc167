# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands in a world, and what a world leaves on the machine."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import typing as t

from tests.sandbox.world import World


def run(
    world: World, *command: str | pathlib.Path, check: bool = False, **more: t.Any
) -> subprocess.CompletedProcess[str]:
    """Run a command with the world's environment."""
    environment = {**os.environ, **world.environment()}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=check, **more
    )


def sandbox(*arguments: str | pathlib.Path) -> subprocess.CompletedProcess[str]:
    """Run one of the sandbox's own commands."""
    command = [sys.executable, "-m", "tests.sandbox", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def processes_of(folder: pathlib.Path) -> list[str]:
    """Return the command lines of processes that have to do with a folder."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            texts = [(process / name).read_bytes() for name in ("cmdline", "environ")]
        except OSError:
            continue
        if any(bytes(folder) in text for text in texts):
            found.append(texts[0].replace(b"\0", b" ").decode())
    return found


def mounts_of(folder: pathlib.Path) -> list[str]:
    """Return the processes, in whichever namespace, that have something mounted in a folder."""
    found = []
    for table in pathlib.Path("/proc").glob("[0-9]*/mountinfo"):
        try:
            if f"{folder}/" in table.read_text(encoding="utf-8"):
                found.append(table.parent.name)
        except OSError:
            continue
    return found
