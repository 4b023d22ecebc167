# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects of Kubernetes as plain data."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

JsonObject = t.Mapping[str, t.Any]


def dig(value: t.Any, *path: str | int) -> t.Any:
    """Return what stands at a path of a JSON value, None where it does not lead anywhere."""
    for key in path:
        if isinstance(value, t.Mapping):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and -len(value) <= key < len(value):
            value = value[key]
        else:
            return None
    return value


__all__ = ("JsonObject", "dig")
