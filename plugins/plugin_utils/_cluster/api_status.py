# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Status object with which an API server refuses something, out of what a client says.

kubernetes.core's modules put it into their message as Python prints bytes, the Python client into
its exceptions as JSON.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import ast
import json
import re
import typing as t

# What Python prints of bytes: the text ends at the first quote that no backslash precedes.
_BYTES = re.compile(r"""\bb(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""", re.DOTALL)
_BEGIN = "{"
# Of any text, and of what is around a Status, more is never looked at.
_MOST_OBJECTS = 50


def status_in(said: str) -> dict[str, t.Any]:
    """Return the first Status of the API in a text, empty if there is none."""
    texts = [_decoded(match[0]) for match in _BYTES.finditer(said)]
    found = (status for text in (*texts, said) for status in _objects(text))
    return next((status for status in found if status.get("kind") == "Status"), {})


def message_in(said: str) -> str:
    """Return the message of the Status in a text, the text itself if there is none."""
    return str(status_in(said).get("message") or said)


def _decoded(literal: str) -> str:
    try:
        content: bytes = ast.literal_eval(literal)
    except (ValueError, SyntaxError, MemoryError):
        return ""
    return content.decode("utf-8", "replace")


def _objects(text: str) -> t.Iterator[dict[str, t.Any]]:
    """Yield the JSON objects in a text, those within others left out."""
    decoder = json.JSONDecoder()
    position = text.find(_BEGIN)
    for _number in range(_MOST_OBJECTS):
        if position < 0:
            return
        end = position + 1
        try:
            found, end = decoder.raw_decode(text, position)
            yield found
        except (ValueError, RecursionError):
            pass
        position = text.find(_BEGIN, end)


__all__ = ("message_in", "status_in")
