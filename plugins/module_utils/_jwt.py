# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a JSON Web Token ends, as it says itself. Nobody's signature is checked."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import json
import math


def end_of_jwt(token: str) -> float | None:
    """Return the `exp` of a token, seconds since 1970; None where it has none or is no such token.

    What stands before the first dot does not matter, so tokens of others with a prefix, such as
    `ghs_1234_eyJ...`, are read, too.
    """
    try:
        payload = token.split(".")[1]
        raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        end = float(json.loads(raw)["exp"])
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, RecursionError):
        return None
    return end if math.isfinite(end) else None


__all__ = ("end_of_jwt",)
