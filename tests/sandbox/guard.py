# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stops a world whose owner has died: nobody else would know its folder.

The guard is a process whose stdin its owner holds open. When the owner ends, even by SIGKILL,
stdin ends too, and the guard stops the world.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

from .paths import CHECKOUT


class Guard:
    """The guard of one world, seen from the owner."""

    def __init__(self, state_dir: pathlib.Path) -> None:
        self._command = [sys.executable, "-m", "tests.sandbox", "guard"]
        self._command += ["--state-dir", str(state_dir)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start to watch this process."""
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            start_new_session=True,  # a Ctrl-C is for the owner
        )

    def dismiss(self) -> None:
        """End the guard without further ado. May be called twice."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.communicate()


def watch() -> None:
    """Return when stdin ends."""
    while sys.stdin.buffer.read(1):
        pass
