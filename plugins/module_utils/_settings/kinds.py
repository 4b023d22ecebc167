# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What YAML made of something, in words."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import datetime
import typing as t

_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "a boolean"),
    (int, "a number"),
    (float, "a number"),
    (str, "text"),
    (datetime.date, "a date"),
    (list, "a list"),
    (t.Mapping, "a mapping"),
)


def kind_of(value: object) -> str:
    """Return in words what a value is. Ansible's own subclasses count as what they extend."""
    if value is None:
        return "empty"
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "of a strange type")


__all__ = ("kind_of",)
