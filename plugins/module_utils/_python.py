# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Python the collection needs, and what lets an older one load its files and say so.

ansible-core 2.16 and 2.17 run on Python 3.10 as well, and their ansible-test imports every file.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import enum
import sys
import typing as t

OLDEST = (3, 11)

if t.TYPE_CHECKING or sys.version_info >= OLDEST:
    import tomllib
    from enum import StrEnum
else:
    tomllib, StrEnum = None, enum.Enum


def refusal(version: tuple[int, ...] = sys.version_info[:3]) -> str:
    """Return why a Python cannot run the collection, "" if it can."""
    if version >= OLDEST:
        return ""
    named = ".".join(map(str, version))
    return f"palette.image_registry needs Python 3.11 or later, and this is Python {named}"


__all__ = ("OLDEST", "StrEnum", "refusal", "tomllib")
