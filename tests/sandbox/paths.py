# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the sandbox finds and keeps things."""

from __future__ import annotations

import os
import pathlib
import sys

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
CACHE = CHECKOUT / ".cache"
TOOLS = CACHE / "tools"
COLLECTIONS = CACHE / "collections"
DEBIAN_ROOT = CACHE / "debian" / "root"
DEFAULT_STATE = CACHE / "sandbox"

# The gates try other releases of ansible-core than the one beside this Python.
ANSIBLE_BIN = pathlib.Path(os.environ.get("ANSIBLE_BIN") or pathlib.Path(sys.executable).parent)


def private_folders(state_dir: pathlib.Path) -> dict[str, str]:
    """Return the variables that keep commands' temporary files and caches in a state folder.

    TMPDIR is also where kubernetes.core caches what an API server can do.
    """
    caches = state_dir / "cache"
    return {
        "TMPDIR": str(state_dir / "tmp"),
        "KUBECACHEDIR": str(caches / "kube"),
        "HELM_CACHE_HOME": str(caches / "helm" / "cache"),
        "HELM_CONFIG_HOME": str(caches / "helm" / "config"),
        "HELM_DATA_HOME": str(caches / "helm" / "data"),
    }


class SandboxError(Exception):
    """The sandbox cannot do what was asked; the message says what and how to help."""


class PartMissingError(SandboxError):
    """This machine cannot give one part of the sandbox; the rest of it works without."""


def debian_program(path: str) -> pathlib.Path:
    """Return a program out of Debian's packages, such as `usr/sbin/sshd`."""
    program = DEBIAN_ROOT / path
    if not program.is_file():
        raise PartMissingError(
            f"{path} is not in the cache. Run `.venv/bin/python -m tests.sandbox tools` first."
        )
    return program


def debian_environment() -> dict[str, str]:
    """Return an environment in which Debian's programs find the libraries that came along."""
    folders = ":".join(str(folder) for folder in library_folders())
    return {**os.environ, "LD_LIBRARY_PATH": folders}


def library_folders() -> list[pathlib.Path]:
    """Return the library folders of the extracted packages."""
    return sorted(
        folder for folder in (DEBIAN_ROOT / "usr" / "lib").glob("*-linux-gnu*") if folder.is_dir()
    )
