# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import resource
import signal

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.bounds import (
    BoundError,
    bounded,
)


def test_what_takes_too_long_is_ended() -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    with pytest.raises(BoundError, match=r"more than 0\.1 seconds of CPU time"), bounded(0.1):
        while True:
            pass
    assert signal.getsignal(signal.SIGVTALRM) == before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)


def test_what_takes_too_much_memory_is_ended() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(BoundError, match="more than 64 MiB of memory"), bounded(memory=2**26):
        bytearray(2**30)
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    assert len(bytearray(2**27)) == 2**27


def test_what_is_nested_without_end_is_ended() -> None:
    def deeper() -> None:
        deeper()

    with pytest.raises(BoundError, match="nested"), bounded():
        deeper()


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(KeyError), bounded():
        raise KeyError("x")
