# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes that end in time, and with those who started them."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import time

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.processes import (
    ABANDONED,
    LATE,
    alive,
    bounded,
    run,
)


def guarded(
    seconds: float, owners: list[int], script: str, program: str = sys.executable
) -> subprocess.CompletedProcess[str]:
    """Run a script, given on standard input, as Ansible gives a module."""
    command = bounded(shlex.quote(program), seconds, owners)
    return subprocess.run(
        command, shell=True, input=script, capture_output=True, text=True, check=False
    )


def test_a_module_keeps_its_input_output_and_exit_code() -> None:
    done = guarded(30, [os.getpid()], "import sys; print('out'); sys.exit(3)")
    assert (done.returncode, done.stdout, done.stderr) == (3, "out\n", "")


def test_a_late_module_ends_with_all_that_it_started(tmp_path: pathlib.Path) -> None:
    child = tmp_path / "child"
    script = f"sleep 60 & echo $! > {child}; wait"
    done = guarded(1, [os.getpid()], script, "sh")
    assert done.returncode == LATE
    assert "no answer within 1 s" in done.stderr
    assert not alive(int(child.read_text(encoding="ascii")))


def test_a_module_ends_with_its_playbook() -> None:
    with subprocess.Popen(["sleep", "0.3"]) as playbook:
        done = guarded(30, [os.getpid(), playbook.pid], "import time; time.sleep(60)")
    assert done.returncode == ABANDONED
    assert "is gone" in done.stderr


def test_a_command_that_ignores_the_polite_signal_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.processes._END_SECONDS",
        0.3,
    )
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"
    started = time.monotonic()
    assert run(0.5, [os.getpid()], [sys.executable, "-c", stubborn]) == LATE
    assert time.monotonic() - started < 30


def test_a_module_ends_when_its_guard_is_told_to(tmp_path: pathlib.Path) -> None:
    """One guard a signal, side by side: the end of each is waited for."""
    with contextlib.ExitStack() as stack:
        guards = {
            number: stack.enter_context(_guard(number, tmp_path / str(int(number))))
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT)
        }
        for number, guard in guards.items():
            while not (tmp_path / str(int(number))).exists() and guard.poll() is None:
                time.sleep(0.02)
            guard.send_signal(number)
        ends = {number: guard.wait(30) for number, guard in guards.items()}
        said = {number: guard.stderr.read() for number, guard in guards.items() if guard.stderr}
    assert ends == dict.fromkeys(guards, ABANDONED)
    for number in guards:
        assert "interrupted" in said[number], number
        assert not alive(int((tmp_path / str(int(number))).read_text(encoding="ascii"))), number


def _guard(number: int, pid: pathlib.Path) -> subprocess.Popen[str]:
    """Start a guard, and under it what writes its process id into a file and sleeps."""
    script = f"echo $$ > {pid}.new; mv {pid}.new {pid}; sleep 60"
    command = bounded(shlex.join(["sh", "-c", script]), 30, [os.getpid()])

    def heed() -> None:  # whatever those ignore who run the tests, in the background or in CI
        signal.signal(number, signal.SIG_DFL)

    return subprocess.Popen(
        shlex.split(command), stderr=subprocess.PIPE, text=True, preexec_fn=heed
    )


def test_what_is_told_while_a_module_starts_ends_it_as_well() -> None:
    started = time.monotonic()
    assert run(30, [os.getpid()], ["sleep", "60"], told=[signal.SIGTERM]) == ABANDONED
    assert time.monotonic() - started < 30


def test_a_process_that_nobody_asked_about_is_not_alive() -> None:
    child = subprocess.Popen(["true"])
    try:
        for _attempt in range(100):
            if not alive(child.pid):
                break
            time.sleep(0.02)
        assert not alive(child.pid)
    finally:
        child.wait()
    assert alive(os.getpid())


def test_what_a_module_has_started_ends_even_if_it_ignores_the_polite_signal(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.processes._END_SECONDS",
        0.3,
    )
    pid = tmp_path / "pid"
    stubborn = f"trap '' TERM; echo $$ > {pid}.new; mv {pid}.new {pid}; sleep 60; true"
    module = f"{shlex.join(['sh', '-c', stubborn])} & wait"
    assert run(30, [os.getpid()], ["sh", "-c", module], told=_Written(pid)) == ABANDONED
    assert not alive(int(pid.read_text(encoding="ascii")))


class _Written:
    """Tells something as soon as a file is there."""

    def __init__(self, file: pathlib.Path) -> None:
        self.file = file

    def __len__(self) -> int:
        return int(self.file.exists())
