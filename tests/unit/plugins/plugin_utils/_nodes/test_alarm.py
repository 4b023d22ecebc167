# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import signal
import threading

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.alarm import alarm


class LateError(BaseException):
    """It took too long."""


def spin() -> None:
    """Use CPU time, and real time with it, until somebody ends it."""
    while True:
        sum(range(1000))


TIMERS = [signal.ITIMER_REAL, signal.ITIMER_VIRTUAL]


@pytest.mark.parametrize("timer", TIMERS)
def test_what_takes_too_long_ends(timer: int) -> None:
    with pytest.raises(LateError), alarm(timer, 0.01, LateError):
        spin()
    assert signal.getitimer(timer)[0] == 0


@pytest.mark.parametrize("timer", TIMERS)
def test_what_is_in_time_leaves_no_trace(timer: int) -> None:
    number = {signal.ITIMER_REAL: signal.SIGALRM}.get(timer, signal.SIGVTALRM)
    before = signal.getsignal(number)
    with alarm(timer, 60, LateError):
        assert signal.getitimer(timer)[0] > 0
    assert (signal.getitimer(timer)[0], signal.getsignal(number)) == (0, before)


@pytest.mark.parametrize("timer", TIMERS)
def test_an_alarm_that_is_set_already_stands(timer: int) -> None:
    with pytest.raises(LateError), alarm(timer, 0.01, LateError), alarm(timer, 60, ValueError):
        spin()


def test_in_another_thread_nothing_rings() -> None:
    done: list[bool] = []

    def work() -> None:
        with alarm(signal.ITIMER_REAL, 60, LateError):
            done.append(signal.getitimer(signal.ITIMER_REAL)[0] == 0)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]
