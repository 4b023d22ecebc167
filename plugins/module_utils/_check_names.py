# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of checks that more than one part of the collection has to know."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

_LITERAL = "mirror of "
_WORKING = ("endpoint of ", " works")


def literal_name(source: str) -> str:
    """Return the name of the check whether a source's endpoint is configured to the letter."""
    return f"{_LITERAL}{source}"


def working_name(source: str) -> str:
    """Return the name of the check whether a registry answers what containerd requests."""
    before, after = _WORKING
    return f"{before}{source}{after}"


def literal_source(name: str) -> str:
    """Return the source of a check named by `literal_name`, empty for any other check."""
    return name.removeprefix(_LITERAL) if name.startswith(_LITERAL) else ""


def source_of(name: str) -> str:
    """Return the source of a check about one source of a node, empty for any other check."""
    before, after = _WORKING
    if name.startswith(before) and name.endswith(after):
        return name[len(before) : -len(after)]
    return literal_source(name)


__all__ = ("literal_name", "literal_source", "source_of", "working_name")
