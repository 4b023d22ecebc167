# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which nodes a run need not look at again, told from process to process.

The variables of one host cost Ansible two milliseconds to put together, so a filter that only wants
to know of each node whether it is settled is dear. A line for each look in the folder that Ansible
keeps for this one run, private and deleted with it, is next to nothing. It is a hint: of a node
that is not in there, the variables tell.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import os
import pathlib

from ansible import constants

_NAME = "palette_image_registry_looks"


def note_look(node: str, pending: bool) -> None:
    """Note how a look at a node ended. Where that cannot be written, the variables tell."""
    line = f"{'pending' if pending else 'settled'} {node}\n".encode()
    with contextlib.suppress(OSError):
        file = os.open(_path(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            # One write, so that the lines of processes side by side do not mix.
            os.write(file, line)
        finally:
            os.close(file)


def settled_nodes() -> frozenset[str]:
    """Return the nodes whose last look left nothing to wait for."""
    last: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for line in _path().read_text(encoding="utf-8", errors="replace").splitlines():
            state, _blank, node = line.partition(" ")
            last[node] = state
    return frozenset(node for node, state in last.items() if state == "settled")


def _path() -> pathlib.Path:
    return pathlib.Path(constants.DEFAULT_LOCAL_TMP) / _NAME


__all__ = ("note_look", "settled_nodes")
