# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixes of a node's TOML files as edits of their lines, where these say what to change to the letter.

People keep comments and order, so a line is edited, and no file is written anew.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import re
import typing as t

from .._fix import Edit

_COMMENT = re.compile(r"\s*#")
_END = re.compile(r"\s*\[")
_QUOTES = "\"'"


def _lines(text: str) -> t.Iterator[tuple[int, str]]:
    """Yield the lines outside comments with their numbers."""
    for number, line in enumerate(text.split("\n"), 1):
        if not _COMMENT.match(line):
            yield number, line


def value(where: str, text: str, old: str, new: str) -> Edit | None:
    """Return the edit of a quoted value on the line `path:number`.

    None if it is not there to the letter, or if the new value stands on that line already.
    """
    line = _line(where, text)
    if _holds(line, new):
        return None
    for quote in _QUOTES:
        told = f"{quote}{old}{quote}"
        if line.count(told) == 1:
            return Edit("line", told, f"{quote}{new}{quote}", where)
    return None


def is_valued(where: str, text: str, new: str) -> bool:
    """Return whether a quoted value stands on the line `path:number`."""
    return _holds(_line(where, text), new)


def _holds(line: str, value: str) -> bool:
    return any(f"{quote}{value}{quote}" in line for quote in _QUOTES)


def _line(where: str, text: str) -> str:
    number = where.rpartition(":")[2]
    return dict(_lines(text)).get(int(number) if number.isdigit() else 0, "")


def renamed(path: str, text: str, old: str, new: str) -> tuple[Edit, ...]:
    """Return the edits that give a key another name, in headers and before `=`.

    There are none if the new name is a key somewhere already, or the old one is nowhere.
    """
    edits = []
    for number, line in _lines(text):
        key = line if _END.match(line) else line.partition("=")[0]
        for quote in ('"', "'", ""):
            edge = "" if quote else r"(?<![\w\"'.-])|(?<=\.)"
            end = "" if quote else r"(?![\w\"'-])"
            if re.search(f"(?:{edge}){re.escape(quote + new + quote)}{end}", key):
                return ()
            told = f"{quote}{old}{quote}"
            if re.search(f"(?:{edge}){re.escape(told)}{end}", key) and key.count(told) == 1:
                edits.append(Edit("line", told, f"{quote}{new}{quote}", f"{path}:{number}"))
    return tuple(edits)


def header(text: str, host: str) -> int:
    """Return the number of the line `[host."..."]` of a host, 0 if there is not the one."""
    pattern = re.compile(rf"\s*\[\s*host\s*\.\s*([\"']){re.escape(host)}\1\s*\]\s*(?:#.*)?\Z")
    found = [number for number, line in _lines(text) if pattern.match(line)]
    return found[0] if len(found) == 1 else 0


def assignment(text: str, key: str, after: int = 0) -> tuple[int, str]:
    """Return number and text of the line that sets a key, in whatever letter case.

    `after` is the line of the table's header, 0 for the top of the file. 0 and "" if no line does,
    or several do.
    """
    found = _assignments(text, key, after)
    return found[0] if len(found) == 1 else (0, "")


def _assignments(text: str, key: str, after: int) -> list[tuple[int, str]]:
    found = []
    for number, line in _lines(text):
        if number > after and _END.match(line):
            break
        if number > after and re.match(rf"\s*{re.escape(key)}\s*=", line, re.IGNORECASE):
            found.append((number, line.strip()))
    return found


def option(path: str, text: str, line: str, after: int, table: int) -> Edit | None:
    """Return the edit that sets an option by a line, in the place of one or else after a line.

    `table` is the line of the table's header, 0 for the top of the file. None where the option is
    set on more lines than one.
    """
    found = _assignments(text, line.partition("=")[0].strip(), table) or [(after, "")]
    number, old = found[0]
    whole = len(found) == 1 and _is_whole(old)
    return Edit("line", old, line, f"{path}:{number}") if whole else None


def removed(path: str, text: str, key: str, table: int) -> Edit | None:
    """Return the edit that removes the line of an option, None if it has more than one line."""
    number, line = assignment(text, key, table)
    return Edit("line", line, "", f"{path}:{number}") if number and _is_whole(line) else None


def _is_whole(line: str) -> bool:
    pairs = ("[]", "{}")
    closed = all(line.count(pair[0]) == line.count(pair[1]) for pair in pairs)
    return closed and '"""' not in line and "'''" not in line


__all__ = ("assignment", "header", "is_valued", "option", "removed", "renamed", "value")
