# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text that shows as what it is: nothing in it moves a cursor, hides, or turns the reading round.

What nodes, registries, charts and clusters say reaches terminals and pages. An escape sequence
could paint another verdict there, a bidirectional control could turn one round. Each such
character is shown as Python writes it, U+202E as `\\u202e`.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

# Letters and marks by their category, and yet shown as nothing at all.
_BLANK = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))  # variation selectors
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)


def visible(text: str) -> str:
    """Return a text of lines: all but line feeds and tabs is printable in it."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text.replace("\r\n", "\n")))


def visible_line(text: str) -> str:
    """Return a text of one line; line feeds and tabs are blanks in it."""
    return visible(text).replace("\n", " ").replace("\t", " ")


def visible_data(value: t.Any) -> t.Any:
    """Return plain data with all its texts visible, keys included."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, t.Mapping):
        return {visible_data(key): visible_data(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [visible_data(item) for item in value]
    return value


def _shown(char: str) -> str:
    if char in "\n\t" or (char.isprintable() and char not in _BLANK):
        return char
    return char.encode("unicode_escape").decode("ascii")


__all__ = ("visible", "visible_data", "visible_line")
