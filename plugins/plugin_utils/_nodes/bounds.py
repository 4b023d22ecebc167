# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A deadline and a memory limit for what is made of a node's answer.

The answer is bounded on its way. What a parser makes of it is not: a few kilobytes can be built to
cost hours or gigabytes. Both limits cost microseconds. A program that is started inside would
inherit the one of memory: start none.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import pathlib
import resource
import signal
import typing as t

from .alarm import alarm

CPU_SECONDS = 10
MEMORY_BYTES = 256 * 1024 * 1024
_STATM = pathlib.Path("/proc/self/statm")


class BoundError(Exception):
    """What a node said takes more to judge than it may: the text says of what, and how much."""


class _OverdueError(BaseException):
    """No Exception: nobody on the way shall take it for an error of the input."""


@contextlib.contextmanager
def bounded(cpu_seconds: float = CPU_SECONDS, memory: int = MEMORY_BYTES) -> t.Iterator[None]:
    """Bound what is done inside, by CPU time and by memory that is new. Raises BoundError."""
    try:
        # CPU time of this process alone: a busy controller makes nobody late.
        with alarm(signal.ITIMER_VIRTUAL, cpu_seconds, _OverdueError), _memory_limit(memory):
            yield
    except _OverdueError:
        raise BoundError(f"it takes more than {cpu_seconds:g} seconds of CPU time") from None
    except MemoryError:
        raise BoundError(f"it takes more than {memory // 2**20} MiB of memory") from None
    except RecursionError:
        raise BoundError("it is nested too deep") from None


@contextlib.contextmanager
def _memory_limit(more: int) -> t.Iterator[None]:
    """Limit the address space to what it is and some more; only Linux tells how much it is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    try:
        limit = int(_STATM.read_bytes().split()[0]) * resource.getpagesize() + more
    except OSError:
        yield
        return
    limit = min([limit, *(one for one in (soft, hard) if one != resource.RLIM_INFINITY)])
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


__all__ = ("BoundError", "bounded")
