# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An end to what takes too long, by a timer of the process."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import signal
import threading
import types
import typing as t

_SIGNALS = {
    signal.ITIMER_REAL: signal.SIGALRM,
    signal.ITIMER_VIRTUAL: signal.SIGVTALRM,
}


@contextlib.contextmanager
def alarm(timer: int, seconds: float, late: type[BaseException]) -> t.Iterator[None]:
    """Raise `late` inside when a timer has run for some seconds.

    Signals are the main thread's, and a timer is one: where it runs already, its alarm stands.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getitimer(timer)[0]:
        yield
        return

    def ring(_number: int, _frame: types.FrameType | None) -> t.NoReturn:
        raise late

    before = signal.signal(_SIGNALS[timer], ring)
    try:
        signal.setitimer(timer, seconds)
        try:
            yield
        finally:
            signal.setitimer(timer, 0)
    finally:
        signal.signal(_SIGNALS[timer], before)


__all__ = ("alarm",)
