# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What anybody on the machine could read of the processes that a run starts."""

from __future__ import annotations

import contextlib
import os
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
        self._family = _Family()
        self._before = self._family.members()
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
            for process in self._family.members() - self._before:
                for name in ("cmdline", "environ"):
                    self._seen.add(_content(f"/proc/{process}/{name}"))
            self.rounds += 1


class _Family:
    """This process and all that it has started, directly or not, and that has not ended.

    Only what is new asks for a look: who is whose child never changes but by the parent's end, and
    one whose parent has ended stays in the family.
    """

    def __init__(self) -> None:
        """Know of nothing but this process."""
        self._known: set[str] = set()
        self._members = {str(os.getpid())}

    def members(self) -> set[str]:
        """Return which there are now."""
        there = {name for name in os.listdir("/proc") if name.isdigit()}
        self._members &= there
        parents = {process: _parent(process) for process in there - self._known}
        self._known = there
        while found := {child for child, parent in parents.items() if parent in self._members}:
            self._members |= found
            parents = {child: of for child, of in parents.items() if child not in found}
        return set(self._members)


def _parent(process: str) -> str:
    """Return a process's parent: the second field after the name, in which anything may stand."""
    fields = _content(f"/proc/{process}/stat").rpartition(b")")[2].split()
    return fields[1].decode() if fields else ""


def _content(path: str) -> bytes:
    """Return what a file holds, nothing where its process has ended. It is read thousands of times."""
    content = b""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            while part := os.read(descriptor, 1 << 20):
                content += part
        finally:
            os.close(descriptor)
    return content
