# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shell script that copies what a registry lacks, for whoever may write there."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import re
import shlex
import typing as t

from .._image_name import ImageReference

COPY_MARK = "Written by palette.image_registry: copies the images that the registry lacks"
COPY_FILE = "copy-images.sh"

_COPY = "skopeo copy "
_VARIABLE = re.compile(r'"\$\{(REGISTRY_\w+):\?([^}"]*)\}"')
_BELOW = "A registry's API lies below a path, which skopeo does not reach"
_UNSAFE = re.compile(r"[^\w.:/-]")


def login(endpoint: str) -> str:
    """Return the command that lets skopeo in; an endpoint may have an alias behind its host."""
    return shlex.join(["skopeo", "login", endpoint.partition("/")[0]])


def push_place(reference: ImageReference, api: str) -> str:
    """Return a word of the shell for an image in a registry whose API lies below a path.

    skopeo asks `/v2/` of a host alone. Such registries have another address for it, as Nexus has
    ports of connectors: the shell's variable has to name that, and without it nothing is copied.
    """
    place = _UNSAFE.sub("", f"{reference.registry}/{api}")
    name = f"REGISTRY_{re.sub('[^A-Z0-9]', '_', place.upper())}"
    told = f"set it to the address under which docker login reaches https://{place}"
    rest = dataclasses.replace(
        reference, registry="", repository=reference.repository.removeprefix(f"{api}/")
    )
    return f'docker://"${{{name}:?{told}}}"/{shlex.quote(str(rest))}'


def copy_script(commands: t.Sequence[str], endpoint: str, mark: str = COPY_MARK) -> str:
    """Return the script for some `skopeo copy` commands; one that fails does not stop the others.

    `mark` is what tells whose file it is. Credentials are in none of them.
    """
    number = "1 image" if len(commands) == 1 else f"{len(commands)} images"
    places = dict(_VARIABLE.findall("\n".join(commands)))
    logins = [f'skopeo login "${name}"' for name in places] or [login(endpoint)]
    lines = [
        "#!/bin/sh",
        f"# {mark}.",
        *(f"# {_BELOW}. {name}: {told}." for name, told in places.items()),
        f"# The registry lacks {number}. Before: {', '.join(logins)}",
        "# Each copy gets the options of this script, such as --dest-cert-dir=FOLDER with the "
        "registry's CA.",
        "failed=0",
    ]
    for command in commands:
        lines.append(f'{_COPY}"$@" {command.removeprefix(_COPY)} || failed=1')
    return "\n".join([*lines, "exit $failed", ""])


__all__ = ("COPY_FILE", "COPY_MARK", "copy_script", "login", "push_place")
