# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The processes of one run: all that carry its folder in their environment."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import time

_POLL_SECONDS = 0.2


def of_folder(folder: pathlib.Path) -> list[int]:
    """Return the pids of processes whose environment names a folder; no dead ones."""
    mark = f"{folder}/".encode()
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (process / "environ").read_bytes():
                found.append(int(process.name))
    return found


def kill(pid: int) -> None:
    """Send SIGKILL; a process that has ended is no error."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def kill_all(folder: pathlib.Path) -> None:
    """Send SIGKILL to all processes of a folder until there are none: they may start others."""
    while pids := of_folder(folder):
        for pid in pids:
            kill(pid)
        time.sleep(_POLL_SECONDS)


def wait_all(folder: pathlib.Path, seconds: float) -> bool:
    """Wait until no process of a folder runs; return whether none does."""
    deadline = time.monotonic() + seconds
    while of_folder(folder):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True
