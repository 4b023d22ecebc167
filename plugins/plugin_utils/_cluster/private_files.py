# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that other programs have to read and nobody else may: written, and gone afterwards."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import fcntl
import glob
import os
import pathlib
import shutil
import signal
import socket
import tempfile
import threading
import time
import types
import typing as t

from ansible import constants

from .processes import alive

_PREFIX = "palette.image_registry."
_LOCK = "lock"
_RACES = 20
_DELETIONS = 3
# A folder without a lock is one of release 1.0, which knew its runs by host and process.
_OLD_SECONDS = 86400.0

# What ends a worker of Ansible at once, without a chance to clear up: it takes Ctrl-C for its end.
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def private_folder() -> t.Iterator[pathlib.Path]:
    """Give a folder that only this user can enter, and delete it whatever happens.

    A lock in it is held as long as this process lives, and ends with it however it ends: nothing
    else tells whether a folder is in use, whatever host names and process ids are elsewhere.
    """
    folder, lock = _locked_folder()
    try:
        with _deleted_before_the_end(folder):
            yield folder
    finally:
        _delete(folder)
        os.close(lock)


def _locked_folder() -> tuple[pathlib.Path, int]:
    """Return a new folder and its lock, held. Another run may sweep it away before that is so."""
    for _race in range(_RACES):
        folder = pathlib.Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_root()))
        with contextlib.suppress(FileNotFoundError):
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            if _taken(lock) and (folder / _LOCK).exists():
                return folder, lock
            os.close(lock)
    raise OSError(f"no private folder can be made in {_root()}: it is swept all the time")


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def _deleted_before_the_end(folder: pathlib.Path) -> t.Iterator[None]:
    """Delete a folder before a signal does what it would have done without this."""
    before: dict[int, t.Any] = {}

    def end(number: int, _frame: types.FrameType | None) -> None:
        _delete(folder)
        signal.signal(number, before[number])
        os.kill(os.getpid(), number)

    if threading.current_thread() is threading.main_thread():
        for number in _ENDINGS:
            handler = signal.getsignal(number)
            if handler not in (None, signal.SIG_IGN):  # ignored, as under nohup
                before[number] = handler
                signal.signal(number, end)
    try:
        yield
    finally:
        for ending, earlier in before.items():
            signal.signal(ending, earlier)


def _delete(folder: pathlib.Path) -> None:
    """Delete a folder, in which a program that is about to end may still make files."""
    for _attempt in range(_DELETIONS):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return


def shared_folder(playbook: int, name: str) -> pathlib.Path:
    """Return a folder that only this user can enter, one for all tasks of a playbook's process.

    It is in the folder that Ansible itself deletes at its end, and gone with the next run if it
    was killed.
    """
    folder = pathlib.Path(constants.DEFAULT_LOCAL_TMP) / f"{_PREFIX}{_here()}.{playbook}.{name}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def sweep() -> None:
    """Delete what runs have left that were killed and could not delete their own."""
    for folder in _found(f"{_PREFIX}*"):
        try:
            lock = os.open(folder / _LOCK, os.O_RDWR)
        except FileNotFoundError:
            _sweep_unlocked(folder)
        except OSError:  # somebody else's
            continue
        else:
            if _taken(lock):
                _delete(folder)
            os.close(lock)
    own = f"{_PREFIX}{_here()}."
    for folder in _found(f"*/{_PREFIX}*"):
        owner = folder.name.removeprefix(own).partition(".")[0]
        if folder.name.startswith(own) and owner.isdecimal():
            if not alive(int(owner)):
                _delete(folder)
        else:
            _delete_old(folder)


def _found(pattern: str) -> list[pathlib.Path]:
    """Return what is below the root; pathlib would fail where somebody deletes a folder just now."""
    root = _root()
    return [root / name for name in glob.glob(pattern, root_dir=root, include_hidden=True)]


def _sweep_unlocked(folder: pathlib.Path) -> None:
    """Delete a folder of a run that was killed before it had a lock, or that never knew any."""
    try:
        folder.rmdir()
    except OSError:  # it is not empty
        _delete_old(folder)


def _delete_old(folder: pathlib.Path) -> None:
    with contextlib.suppress(OSError):
        if time.time() - folder.stat().st_mtime > _OLD_SECONDS:
            _delete(folder)


def _here() -> str:
    """Return what tells where process ids mean the same: this kernel since it booted, and this

    namespace. Containers change their host names, and processes of two may have one number.
    """
    try:
        boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        return f"{boot.partition('-')[0]}-{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:  # no Linux
        return socket.gethostname()


def write_private(path: pathlib.Path, text: str) -> str:
    """Write a new file that only this user can read, and return its path."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return str(path)


def _root() -> pathlib.Path:
    return pathlib.Path(constants.DEFAULT_LOCAL_TMP).parent


__all__ = ("private_folder", "shared_folder", "sweep", "write_private")
