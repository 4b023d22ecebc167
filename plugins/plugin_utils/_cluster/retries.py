# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work that is tried again where what was wrong may pass, a bounded number of times."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import random
import time
import typing as t

from .._failure import Failure

DELAYS: tuple[float, ...] = (0.5, 1.0, 2.0)
"""How long to wait before it is tried again, in seconds, more or less."""

# However many attempts are left: an API server that does not answer takes a minute each time.
_LONGEST_SECONDS = 90.0
PASSING = frozenset({"no_answer", "server_error", "unreachable"})

T = t.TypeVar("T")


def persistently(
    work: t.Callable[[], T],
    delays: t.Sequence[float] = DELAYS,
    sleep: t.Callable[[float], None] = time.sleep,
    also: t.Collection[str] = (),
) -> T:
    """Return what the work returns; it has to be harmless if it is done twice. Raises Failure.

    `also` are codes of failures that may pass in this case.
    """
    end = time.monotonic() + _LONGEST_SECONDS
    for delay in delays:
        try:
            return work()
        except Failure as failure:
            passes = failure.code in PASSING or failure.code in also
            if not passes or time.monotonic() > end:
                raise
        sleep(delay * random.uniform(0.5, 1.5))
    return work()


__all__ = ("DELAYS", "PASSING", "persistently")
