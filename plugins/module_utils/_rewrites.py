# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rewrites of repositories that k3s and RKE2 know."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import re
import typing as t

_WHOLE_PATH = re.compile(r"\^?\(\.[*+]\)\$?\Z")
_PREFIXED = re.compile(r"([^$]+)/\$\{?1\}?\Z")


def rewrite_prefix(rewrite: object) -> str:
    """Return the path that a rewrite puts before every repository, empty if it does another."""
    rules = list(rewrite.items()) if isinstance(rewrite, t.Mapping) else []
    if len(rules) != 1:
        return ""
    pattern, replacement = (str(side) for side in rules[0])
    prefixed = _PREFIXED.match(replacement)
    return prefixed[1] if prefixed and _WHOLE_PATH.match(pattern) else ""


__all__ = ("rewrite_prefix",)
