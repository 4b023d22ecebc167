# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shell script that copies what a registry lacks, for whoever may write there."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import shlex
import typing as t

COPY_MARK = "Written by palette.image_registry: copies the images that the registry lacks"
COPY_FILE = "copy-images.sh"

_COPY = "skopeo copy "


def login(endpoint: str) -> str:
    """Return the command that lets skopeo in; an endpoint may have an alias behind its host."""
    return shlex.join(["skopeo", "login", endpoint.partition("/")[0]])


def copy_script(commands: t.Sequence[str], endpoint: str, mark: str = COPY_MARK) -> str:
    """Return the script for some `skopeo copy` commands; one that fails does not stop the others.

    `mark` is what tells whose file it is. Credentials are in none of them.
    """
    number = "1 image" if len(commands) == 1 else f"{len(commands)} images"
    lines = [
        "#!/bin/sh",
        f"# {mark}.",
        f"# The registry lacks {number}. Before: {login(endpoint)}",
        "# Each copy gets the options of this script, such as --dest-cert-dir=FOLDER with the "
        "registry's CA.",
        "failed=0",
    ]
    for command in commands:
        lines.append(f'{_COPY}"$@" {command.removeprefix(_COPY)} || failed=1')
    return "\n".join([*lines, "exit $failed", ""])


__all__ = ("COPY_FILE", "COPY_MARK", "copy_script", "login")
