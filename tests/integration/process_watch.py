# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What anybody on the machine could read of the processes that a run starts."""

from __future__ import annotations

import contextlib
import os
import pathlib
import threading
import typing as t

_SAMPLE_SECONDS = 0.02


class ProcessWatch:
    """Reads arguments and environments again and again while a block runs.

    Only of what this process has started, directly or not, since the watch was made: others on the
    machine may well be at work with the same planted values.
    """

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self.rounds = 0
        self._seen: set[bytes] = set()
        self._before = set(_descendants(os.getpid()))
        self._ours: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @property
    def text(self) -> str:
        """Return all that was read, each once."""
        return "\n".join(content.decode("utf-8", "replace") for content in self._seen)

    def __enter__(self) -> t.Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(_SAMPLE_SECONDS):
            # One whose parent has ended stays ours.
            self._ours.update(set(_descendants(os.getpid())) - self._before)
            for process in self._ours:
                for name in ("cmdline", "environ"):
                    with contextlib.suppress(OSError):
                        self._seen.add(pathlib.Path("/proc", process, name).read_bytes())
            self.rounds += 1


def _descendants(process: int | str) -> t.Iterator[str]:
    for file in pathlib.Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in file.read_text(encoding="ascii").split():
                yield child
                yield from _descendants(child)
