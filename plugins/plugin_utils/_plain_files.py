# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files for people, in folders where anything may lie: read without waiting, written whole."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import os
import pathlib
import stat

LARGEST = 256 * 1024 * 1024
"""Bytes. The report on ten thousand nodes has a fifth of that."""


def read_plain(path: pathlib.Path) -> bytes:
    """Return what a regular file holds. Raises OSError for all else, so that nothing hangs."""
    # Without O_NONBLOCK, to open a FIFO waits for somebody to write.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(0, "it is no regular file")
        if found.st_size > LARGEST:
            raise OSError(0, f"it is larger than {LARGEST >> 20} MiB")
        return file.read(LARGEST)


def make_folder(path: pathlib.Path) -> None:
    """Make a folder and those above it, for nobody else to write in. Raises OSError."""
    for folder in (*reversed(path.parents), path):
        if not folder.is_dir():
            folder.mkdir(mode=0o755, exist_ok=True)


def obstacle(path: pathlib.Path, error: OSError) -> str:
    """Return in words why something cannot be written at a path."""
    for place in (path, *path.parents):
        if place.is_symlink() and not place.exists():
            return f"{place} is a link that leads nowhere"
        in_the_way = place != path or isinstance(error, FileExistsError)
        if in_the_way and place.exists() and not place.is_dir():
            return f"{place} is a file, and no folder"
    return error.strerror or str(error)


def write_whole(path: pathlib.Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file beside its place and put it there: nobody ever sees half of it.

    What was there is replaced, be it a link or a FIFO; a folder is not. Raises OSError.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with contextlib.suppress(FileNotFoundError):
        beside.unlink()  # of a run that was killed
    # Whatever the umask is: who may write a report, or variables, decides what others believe.
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)  # a full disk may tell no sooner
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


__all__ = ("LARGEST", "make_folder", "obstacle", "read_plain", "write_whole")
