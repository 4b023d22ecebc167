# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A group of its own in each hierarchy of control groups, under which a node's pods live.

Groups are no mounts: they outlive the processes, so they are removed by hand.
"""

from __future__ import annotations

import errno
import hashlib
import os
import pathlib
import time

from .paths import PartMissingError

_MOUNTED = pathlib.Path("/sys/fs/cgroup")
# Which processors and memory a group may use: not inherited, and no process starts without.
_CPUSET = ("cpuset.cpus", "cpuset.mems")
_REMOVE_SECONDS = 10.0
_POLL_SECONDS = 0.02
_NEEDED = frozenset({"cpu", "cpuset", "memory", "pids"})


class ControlGroups:
    """The groups of one world, named after its state folder."""

    def __init__(self, state_dir: pathlib.Path) -> None:
        digest = hashlib.sha256(os.fsencode(state_dir)).hexdigest()
        self._name = f"sandbox-{digest[:16]}"

    def folders(self) -> dict[str, pathlib.Path]:
        """Return this world's group of each hierarchy; `""` is the only one of version 2."""
        if (_MOUNTED / "cgroup.controllers").is_file():
            return {"": _MOUNTED / self._name}
        hierarchies = (path for path in _MOUNTED.glob("*") if (path / "tasks").is_file())
        return {path.name: path / self._name for path in hierarchies if not path.is_symlink()}

    def make(self) -> None:
        """Make them. Raises PartMissingError where this machine does not give control groups."""
        folders = self.folders()
        controllers = {part for name in folders for part in name.split(",")}
        missing = [] if "" in folders else sorted(_NEEDED - controllers)
        if missing:
            raise PartMissingError(
                f"Pods need control groups, and {_MOUNTED} has none for {', '.join(missing)}. "
                "Mount them; a container needs its own, writable (--privileged)."
            )
        try:
            for folder in folders.values():
                folder.mkdir(exist_ok=True)
            for name in _CPUSET if "cpuset" in folders else ():
                value = (_MOUNTED / "cpuset" / name).read_text(encoding="ascii")
                (folders["cpuset"] / name).write_text(value, encoding="ascii")
        except OSError as error:
            raise PartMissingError(
                f"Pods need control groups, which cannot be made here: {error}. "
                "Run as root; a container needs its own, writable (--privileged)."
            ) from error

    def remove(self) -> None:
        """Remove them with all that was made in them; their processes were asked to end."""
        deadline = time.monotonic() + _REMOVE_SECONDS
        for folder in self.folders().values():
            for path, _folders, _files in os.walk(folder, topdown=False):
                _remove(path, deadline)


def _remove(path: str, deadline: float) -> None:
    """Remove one group, as soon as the last process in it is gone."""
    while True:
        try:
            os.rmdir(path)
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno != errno.EBUSY or time.monotonic() > deadline:
                raise
            time.sleep(_POLL_SECONDS)
        else:
            return


__all__ = ("ControlGroups",)
