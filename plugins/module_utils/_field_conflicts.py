# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who owns which fields, out of what a server-side apply says when it was refused."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import re

# As kube-apiserver writes it: one field on the same line, or each on a line of its own.
_CONFLICT = re.compile(
    r'conflicts? with "(?P<manager>[^"]+)"[^\n]*?:(?P<fields>(?:\s+(?:- )?\.[^\s,]+)+)'
)
_OBJECT = re.compile(r"applying object (?P<name>\S+) \S+, Kind=(?P<kind>\w+)")


def owners_in(text: str) -> str:
    """Return in words who owns which fields of which object, empty if the text names nobody."""
    owners = []
    for match in _CONFLICT.finditer(text.replace("\\n", "\n").replace('\\"', '"')):
        fields = re.findall(r"\.[^\s,]+", match["fields"])
        owners.append(f"{match['manager']} owns {', '.join(fields)}")
    found = _OBJECT.search(text)
    place = f" of {found['kind'].lower()} {found['name']}" if found and owners else ""
    return "; ".join(dict.fromkeys(owners)) + place


__all__ = ("owners_in",)
