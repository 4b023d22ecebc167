# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a file may have in it to be parsed: a parser of TOML pays for some things with their square.

The longest key of containerd's own has 7 parts; its deepest value stands in 2 brackets.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import re

from .model import NodeFiles

MAX_LINE = 16_384
MAX_KEY_PARTS = 16
MAX_NESTING = 16
MAX_DIGITS = 100
_TEXT = re.compile(r"""\"(?:[^"\\]|\\.)*(?:"|\Z)|'[^']*(?:'|\Z)|\#.*""")
_DIGITS = re.compile(f"[0-9A-Fa-f_]{{{MAX_DIGITS + 1}}}")
_OPENS = re.compile(r"[\[{]")


def within_bounds(node: NodeFiles) -> NodeFiles:
    """Return the node with its files that are not to be parsed among those that were not read."""
    broken = {path: why for path, text in node.files.items() if (why := beyond(text))}
    if not broken:
        return node
    kept = {path: text for path, text in node.files.items() if path not in broken}
    return dataclasses.replace(node, files=kept, unreadable={**node.unreadable, **broken})


def beyond(text: str) -> str:
    """Return which bound a file's text breaks, and how; empty where it may be parsed."""
    for number, line in enumerate(text.split("\n"), 1):
        dots, brackets = line.count("."), line.count("[") + line.count("{")
        # Most lines need no closer look.
        if len(line) <= MAX_DIGITS and dots < MAX_KEY_PARTS and brackets <= MAX_NESTING:
            continue
        problem = _of_line(line)
        if problem:
            return f"line {number} has {problem}"
    return ""


def _of_line(line: str) -> str:
    if len(line) > MAX_LINE:
        return f"{len(line)} characters, at most {MAX_LINE} are judged"
    bare = _TEXT.sub("", line)
    parts = bare.count(".") + 1
    if parts > MAX_KEY_PARTS:
        return f"a key of {parts} parts, at most {MAX_KEY_PARTS} are judged"
    if _DIGITS.search(bare):
        return f"a number of more than {MAX_DIGITS} digits, which is not judged"
    if len(_OPENS.findall(bare)) > MAX_NESTING and _depth(bare) > MAX_NESTING:
        return f"values nested more than {MAX_NESTING} deep, which are not judged"
    return ""


def _depth(bare: str) -> int:
    depth = deepest = 0
    for character in bare:
        depth += (character in "[{") - (character in "]}")
        deepest = max(deepest, depth)
    return deepest


__all__ = ("beyond", "within_bounds")
