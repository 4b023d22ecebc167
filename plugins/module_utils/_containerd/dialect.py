# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""TOML as containerd's parsers read it, where that is not TOML 1.0.

containerd 1.x has a lenient parser that cuts table headers at the first bracket; 2.x has a strict
one that knows parts of TOML 1.1, and all of it since 2.4. What is told here was seen on 1.6.20,
1.7.24, 2.1.9, 2.3.7 and 2.4.2. Left as TOML 1.0 has it: numbers, dates, multi-line strings, tables
that are opened twice.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import json
import re
import typing as t

from .._python import tomllib
from .version import Version

_MARK = "\ufeff"
_TOKEN = re.compile(
    # One that does not end goes to the end: else each of its quotes would be looked at anew.
    r'''(?P<long>"""(?:[^\\]|\\.|\\\Z)*?(?:"{3,5}|\Z)|\'\'\'.*?(?:'{3,5}|\Z))'''
    r"""|(?P<basic>"(?:[^"\\\n]|\\.)*")|(?P<literal>'[^'\n]*')|(?P<comment>\#[^\n]*)"""
    r"""|(?P<open>\{)|(?P<close>\})|(?P<line>\r?\n)|(?P<return>\r)""",
    re.DOTALL,
)
_ESCAPE_11 = re.compile(r"\\(?:e|x(?P<hex>[0-9A-Fa-f]{2})|.)", re.DOTALL)
_ESCAPE_E = re.compile(r"\\(?:e|(?P<hex>(?!))|.)", re.DOTALL)
_ESCAPED_SLASH = re.compile(r"\\(?:/|.)", re.DOTALL)
_HEADER = re.compile(
    r"""^[ \t]*\[\[?((?:[^\]"'\n\[#]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')*)""", re.MULTILINE
)


def parse_toml(text: str, version: Version) -> dict[str, t.Any]:
    """Return what a release reads from a file. Raises ValueError where its parser fails."""
    try:
        data = tomllib.loads(text)
    except ValueError as error:
        repaired = _repaired(text, version)
        if repaired == text:
            raise
        try:
            data = tomllib.loads(repaired)
        except ValueError:
            raise error from None
    if version.old:
        _check_headers(text, data)
    return data


def _check_headers(text: str, data: dict[str, t.Any]) -> None:
    """Raise ValueError for a bracket inside quotes in a table header, at which 1.x cuts it."""
    for found in _HEADER.finditer(text):
        name = found[1]
        if ("[" in name or "]" in name) and _opens_table(name, data):
            line = text.count("\n", 0, found.start()) + 1
            raise ValueError(
                "[ or ] inside the quotes of a table header, which containerd 1.x cannot read "
                f"(at line {line}, column 1)"
            )


def _opens_table(name: str, data: t.Any) -> bool:
    """Tell a header from a row of an array and from a line of a string: its table is there."""
    try:
        path: t.Any = tomllib.loads(f"{name} = 1")
    except ValueError:
        return False
    while isinstance(path, dict) and isinstance(data, dict):
        key = next(iter(path))
        path, data = path[key], data.get(key)
        if isinstance(data, list) and data and isinstance(path, dict):
            data = data[-1]
    return isinstance(data, dict | list) and not isinstance(path, dict)


def _repaired(text: str, version: Version) -> str:
    """Return a text that fails as TOML 1.0 in a form that says the same, if it can be told."""
    if version.old:
        text = text.removeprefix(_MARK)
    depth, place = 0, 0
    parts: list[str] = []
    for token in _TOKEN.finditer(text):
        kind = t.cast(str, token.lastgroup)
        depth += (kind == "open") - (kind == "close")
        parts.append(text[place : token.start()])
        if kind == "close" and version.knows_toml_1_1:
            _drop_comma(parts)
        parts.append(_token(kind, token[0], depth > 0, version))
        place = token.end()
    return "".join((*parts, text[place:]))


def _drop_comma(parts: list[str]) -> None:
    """Take the comma off the end of an inline table."""
    while parts and not parts[-1].strip():
        parts.pop()
    if parts:
        parts[-1] = parts[-1].rstrip().removesuffix(",")


def _token(kind: str, token: str, in_table: bool, version: Version) -> str:
    spans_lines = in_table and (version.old or version.knows_toml_1_1)
    if kind == "comment":
        return "" if version.old or spans_lines else token
    if kind == "line":
        return " " if spans_lines else token
    if kind == "return":
        return "\n" if version.old else token
    if kind == "basic":
        return _basic(token, version)
    if kind == "literal" and version.old:
        return _as_basic(token[1:-1])
    return token


def _as_basic(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _basic(token: str, version: Version) -> str:
    if version.old:
        token = _ESCAPED_SLASH.sub(lambda found: found[0].replace("\\/", "/"), token)
        return token.replace("\x7f", "\\u007f")
    return (_ESCAPE_11 if version.knows_toml_1_1 else _ESCAPE_E).sub(_escape, token)


def _escape(found: re.Match[str]) -> str:
    if found[0] == "\\e":
        return "\\u001b"
    return f"\\u00{found['hex']}" if found["hex"] else found[0]


__all__ = ("parse_toml",)
