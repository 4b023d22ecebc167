# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

"""Files that other programs have to read and nobody else may: written, and gone afterwards."""

from __future__ import annotations

import contextlib
import glob
import os
import pathlib
import shutil
import socket
import tempfile
import typing as t

from ansible import constants

from ansible_collections.palette.image_registry.plugins.module_utils._values import (
    Values,
    values_json,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._processes import alive

_PREFIX = "palette.image_registry"


@contextlib.contextmanager
def private_folder() -> t.Iterator[pathlib.Path]:
    """Give a folder that only this user can enter, and delete it whatever happens."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{_own()}{os.getpid()}.", dir=_root()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def shared_folder(playbook: int, name: str) -> pathlib.Path:
    """Return a folder that only this user can enter, one for all tasks of a playbook's process.

    It is in the folder that Ansible itself deletes at its end, and gone with the next run if it
    was killed.
    """
    folder = pathlib.Path(constants.DEFAULT_LOCAL_TMP) / f"{_own()}{playbook}.{name}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def temporary_files_in(folder: pathlib.Path) -> t.Iterator[None]:
    """Let temporary files be made in a folder: the client writes a kubeconfig's key to one.

    It would delete that at its process's regular end, which neither a worker of Ansible nor a
    module that is killed ever comes to.
    """
    kept, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = kept


def sweep() -> None:
    """Delete what runs of this host have left that were killed and could not delete their own."""
    own = _own()
    pattern = f"{glob.escape(own)}*"
    for left in (*_root().glob(pattern), *_root().glob(f"*/{pattern}")):
        owner = left.name.removeprefix(own).partition(".")[0]
        if owner.isdecimal() and not alive(int(owner)):
            shutil.rmtree(left, ignore_errors=True)


def write_values(folder: pathlib.Path, name: str, values: Values) -> str:
    """Write values as a JSON file that only this user can read, and return its path.

    Raises ValueError for a value that Helm could not read back.
    """
    return write_private(folder / name, values_json(values))


def write_private(path: pathlib.Path, text: str) -> str:
    """Write a new file that only this user can read, and return its path."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return str(path)


def _root() -> pathlib.Path:
    return pathlib.Path(constants.DEFAULT_LOCAL_TMP).parent


def _own() -> str:
    return f"{_PREFIX}.{socket.gethostname()}."


__all__ = (
    "private_folder",
    "shared_folder",
    "sweep",
    "temporary_files_in",
    "write_private",
    "write_values",
)
