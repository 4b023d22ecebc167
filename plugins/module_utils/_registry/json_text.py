# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON of others, such as a registry, which may be anything."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import json
import typing as t


def read_json(body: bytes | str) -> t.Any:
    """Return the data; None where it is no JSON: wrong bytes, endless depth or digits, NaN."""
    try:
        return json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(name: str) -> t.NoReturn:
    raise ValueError(f"{name} is no JSON")


__all__ = ("read_json",)
