# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes that end in time, and with those who started them.

Ansible leaves a module running when it is killed, and a module waits for an API server without
end. What this file runs, as a program of its own, does neither: nothing changes a cluster after
its playbook is gone.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import time
import typing as t

LATE = 124
"""The exit code where a command was ended since it took too long."""

ABANDONED = 125
"""The exit code where a command was ended since nobody waits for it any more."""

# A terminal that is closed sends SIGHUP to this process, and not to what it started.
_ENDINGS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT)

_LOOK_SECONDS = 0.2
_END_SECONDS = 5.0


def alive(process: int) -> bool:
    """Return whether a process runs. One that has ended and that nobody has asked about does not:

    the first process of a container often asks about none.
    """
    try:
        os.kill(process, 0)
        stat = pathlib.Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return not stat.rpartition(")")[2].lstrip().startswith("Z")


def bounded(command: str, seconds: float, owners: t.Iterable[int]) -> str:
    """Return, for a shell, the command that ends after some seconds or with its owners."""
    pids = ",".join(str(pid) for pid in owners)
    guard = [sys.executable, "-I", "-S", __file__, f"{seconds:g}", pids]
    return f"{shlex.join(guard)} {command}"


def run(
    seconds: float, owners: t.Sequence[int], command: t.Sequence[str], told: t.Sized = ()
) -> int:
    """Run a command to its end, or to ours; return its exit code, LATE or ABANDONED.

    It ends soon after something is put into `told`.
    """
    end = time.monotonic() + seconds
    with subprocess.Popen(command, start_new_session=True) as child:
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    return child.wait(_LOOK_SECONDS)
                if told:
                    return _end(child, ABANDONED, "interrupted")
                if not all(alive(pid) for pid in owners):
                    return _end(child, ABANDONED, "the playbook that started it is gone")
                if time.monotonic() > end:
                    return _end(child, LATE, f"no answer within {seconds:g} s")
        except BaseException:
            _end(child, ABANDONED, "interrupted")
            raise


def _end(child: subprocess.Popen[bytes], code: int, reason: str) -> int:
    """End a command with all that it has started, politely at first."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        if _ended(child):
            break
    with contextlib.suppress(OSError):
        print(f"palette.image_registry: {reason}", file=sys.stderr, flush=True)
    return code


def _ended(child: subprocess.Popen[bytes]) -> bool:
    """Return whether a command has ended soon, and what it has started: Helm outlives a module."""
    end = time.monotonic() + _END_SECONDS
    while time.monotonic() < end:
        child.poll()
        try:
            os.killpg(child.pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(_LOOK_SECONDS / 4)
    return False


def main(arguments: t.Sequence[str], told: t.Sized = ()) -> int:
    """Read `SECONDS PID,PID COMMAND...` and run the command, as `run` does."""
    seconds, owners, *command = arguments
    return run(float(seconds), [int(pid) for pid in owners.split(",")], command, told)


__all__ = ("ABANDONED", "LATE", "alive", "bounded", "main", "run")

if __name__ == "__main__":
    # Heeded where it is waited for alone: ended while it starts the command, it would leave that.
    signals: list[int] = []
    for ending in _ENDINGS:
        if signal.getsignal(ending) is not signal.SIG_IGN:  # as under nohup
            signal.signal(ending, lambda number, _frame: signals.append(number))
    raise SystemExit(main(sys.argv[1:], signals))
