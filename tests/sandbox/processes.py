# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes of the sandbox: noted in a file when they start, ended by their pid.

A pid comes with the time at which its process started, so that a pid that was given to another
process since is never signalled. Each process also carries its world's folder in its environment:
so one is found that was started but not noted any more, because its starter was killed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import threading
import time
import typing as t

from .paths import SandboxError

_MARK = "SANDBOX_STATE_DIR"


@dataclasses.dataclass(frozen=True)
class Process:
    """One process of ours. `started` is its start in clock ticks since boot.

    `polite` is false for what has nothing to put in order before it ends.
    """

    name: str
    pid: int
    started: str
    polite: bool = True

    @property
    def alive(self) -> bool:
        """Return whether this very process still runs."""
        return _start_of(self.pid) == self.started != ""

    def child(self) -> int:
        """Return the pid of its first child. Raises SandboxError where there is none."""
        return child_of(self.pid)


def child_of(pid: int) -> int:
    """Return the first child of a process. Raises SandboxError where there is none."""
    with contextlib.suppress(OSError, IndexError):
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
        return int(children.read_text(encoding="ascii").split()[0])
    raise SandboxError(f"process {pid} has no child")


class ProcessTable:
    """The processes of one world, kept in a JSON file."""

    def __init__(self, path: pathlib.Path, logs: pathlib.Path) -> None:
        self._path = path
        self._logs = logs
        self._lock = threading.Lock()
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._closed = False

    def __iter__(self) -> t.Iterator[Process]:
        return iter(self._read())

    def get(self, name: str) -> Process:
        """Return the running process of that name. Raises SandboxError."""
        for process in self._read():
            if process.name == name and process.alive:
                return process
        raise SandboxError(f"{name} does not run")

    def log_file(self, name: str) -> pathlib.Path:
        """Return where a process writes its output."""
        return self._logs / f"{name}.log"

    def start(
        self,
        name: str,
        argv: t.Sequence[str | pathlib.Path],
        *,
        env: dict[str, str] | None = None,
        polite: bool = True,
    ) -> Process:
        """Start a process in a session of its own, its output in its log file."""
        self._logs.mkdir(parents=True, exist_ok=True)
        with self._lock, self.log_file(name).open("ab") as log:
            if self._closed:
                raise SandboxError(f"{name} is not started: the sandbox is being stopped")
            child = subprocess.Popen(
                [str(argument) for argument in argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**(os.environ if env is None else env), _MARK: str(self._path.parent)},
                start_new_session=True,
            )
            self._children[child.pid] = child
            process = Process(name, child.pid, _start_of(child.pid), polite)
            self._write([*self._read(), process])
        return process

    def stop_all(self, grace_seconds: float = 20.0) -> None:
        """End every process: the last started first, politely, then by force.

        From then on none is started, until `reopen`: an interrupted start may still have threads
        at work.
        """
        with self._lock:
            self._closed = True
            noted = self._read()
            processes = [*reversed(noted), *self._unnoted(noted)]
        for process in processes:
            _signal(process, signal.SIGTERM if process.polite else signal.SIGKILL)
        deadline = time.monotonic() + grace_seconds
        while self._running(processes) and time.monotonic() < deadline:
            time.sleep(0.01)
        for process in self._running(processes):
            _signal(process, signal.SIGKILL)
        while self._running(processes):
            time.sleep(0.01)
        if processes:
            with self._lock:
                self._write([])

    def reopen(self) -> None:
        """Let processes start again."""
        with self._lock:
            self._closed = False

    def _unnoted(self, noted: t.Iterable[Process]) -> list[Process]:
        """Return processes with our mark that are not in the file."""
        known = {process.pid for process in noted}
        mark = f"{_MARK}={self._path.parent}".encode()
        found = []
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            pid = int(folder.name)
            with contextlib.suppress(OSError):
                marked = mark in (folder / "environ").read_bytes().split(b"\0")
                if marked and pid not in known:
                    found.append(Process("unnoted", pid, _start_of(pid)))
        return found

    def _running(self, processes: t.Iterable[Process]) -> list[Process]:
        for child in self._children.values():
            child.poll()  # a dead child stays in the process list until it is asked
        return [process for process in processes if process.alive]

    def _read(self) -> list[Process]:
        try:
            records = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []
        return [Process(**record) for record in records]

    def _write(self, processes: t.Iterable[Process]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        records = [dataclasses.asdict(process) for process in processes]
        fresh.write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")
        fresh.replace(self._path)


def _start_of(pid: int) -> str:
    """Return field 22 of /proc/PID/stat, "" for a process that is gone or a zombie."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()  # the name in front may hold blanks
    return "" if fields[0] == "Z" else fields[19]


def _signal(process: Process, number: signal.Signals) -> None:
    if process.alive:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)
