# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The webhook's notations: its map file, and the pack's block `imageSwap.imageChange`."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import re
import typing as t

from ..table import MirrorEntry, MirrorTable, Reading, subject
from .palette import add_pair
from .text import load_yaml

_NEWLINE = re.compile(r"\r\n|\r|\n")


def read_map(raw: object) -> Reading:
    """Read a map file: one `source::target` a line, `#` comments, blanks without meaning.

    The webhook ends a line before its last `#`. A later line for the same source wins.
    """
    reading = Reading()
    for number, line in enumerate(_NEWLINE.split(str(raw)), 1):
        if line.startswith("#"):
            continue
        _add_line(reading, f"line {number}", line)
    return reading


def _add_line(reading: Reading, where: str, line: str) -> None:
    text, hash_sign, _comment = line.rpartition("#")
    if not hash_sign:
        text = line
    elif "#" in text.rstrip("#"):
        reading.error(
            "two_comments",
            subject(where, line),
            "The webhook cuts a line at its last '#', so the first '#' becomes part of the target.",
            "Keep one comment a line, best on a line of its own.",
        )
        return
    text = text.rstrip("#").replace(" ", "")
    if text.strip():
        add_pair(reading, where, text, colon=True)


def render_map(table: MirrorTable) -> str:
    """Write the map file: a line for each entry."""
    return "".join(f"{entry}\n" for entry in table)


def read_image_change(raw: object) -> Reading:
    """Read the block `imageSwap: {imageChange: |-}` as YAML text or as the loaded mapping."""
    reading = Reading()
    data = load_yaml(raw, reading) if isinstance(raw, str) else raw
    if reading.items:
        return reading
    block = data.get("imageSwap", data) if isinstance(data, t.Mapping) else None
    text = block.get("imageChange") if isinstance(block, t.Mapping) else None
    if not isinstance(text, str):
        reading.error(
            "no_image_change",
            "imageSwap.imageChange",
            "There is no text under imageSwap.imageChange, so no entry is read.",
            "Write 'imageSwap:', below it '  imageChange: |-' and then an entry on each line.",
        )
        return reading
    return read_map(text)


def render_image_change(table: MirrorTable) -> str:
    """Write the pack's block, ready for the root of a Kubernetes pack's values."""
    lines = "".join(f"    {entry}\n" for entry in table)
    return f"imageSwap:\n  imageChange: |-\n{lines}"


def unsupported(entry: MirrorEntry) -> str:
    """Return why a map file cannot hold an entry, empty if it can."""
    if "#" in entry.source or "#" in entry.target:
        return "'#' begins a comment"
    return ""


__all__ = (
    "read_image_change",
    "read_map",
    "render_image_change",
    "render_map",
    "unsupported",
)
