# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib
import signal
import subprocess
import typing as t

import pytest
from ansible.errors import AnsibleAuthenticationFailure, AnsibleConnectionFailure, AnsibleError

from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.connection import (
    ConnectionShell,
    explain_failure,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.script import (
    Answer,
    NodeError,
)

TEST_FAILURES: list[tuple[str, str]] = [
    ("Failed to connect to the host via ssh: Host key verification failed.", "host_key"),
    ("@@@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @@@", "host_key"),
    ("ops@n1: Permission denied (publickey).", "authentication"),
    ("Invalid/incorrect password: Permission denied, please try again.", "authentication"),
    ("Incorrect sudo password", "become"),
    ("Missing sudo password", "become"),
    ("Timeout (12s) waiting for privilege escalation prompt:", "become"),
    ("ssh: Could not resolve hostname n1: Name or service not known", "unknown_host"),
    ("ssh: connect to host n1 port 22: Connection refused", "refused"),
    ("ssh: connect to host n1 port 22: Connection timed out", "timeout"),
    ("ssh: connect to host n1 port 22: No route to host", "no_route"),
    ("something new", "unreachable"),
]


@pytest.mark.parametrize(("text", "cause"), TEST_FAILURES)
def test_explain_failure(text: str, cause: str) -> None:
    error = explain_failure(AnsibleConnectionFailure(text))
    assert error.cause == cause
    assert text.split(":", maxsplit=1)[0] in str(error)
    assert error.fix


@pytest.mark.parametrize("cause", sorted({cause for _error, cause in TEST_FAILURES}))
def test_which_causes_may_pass(cause: str) -> None:
    passing = {"refused", "timeout", "no_route", "unreachable"}
    assert NodeError(cause, "text").may_pass is (cause in passing)


def test_explain_failure_of_a_kind() -> None:
    assert explain_failure(AnsibleAuthenticationFailure("no")).cause == "authentication"


@pytest.mark.parametrize("kind", [AnsibleConnectionFailure, AnsibleError, OSError])
def test_every_failure_has_a_cause(kind: type[Exception]) -> None:
    def command(cmd: str, *, in_data: bytes) -> t.Mapping[str, t.Any]:
        raise kind("Connection refused")

    with pytest.raises(NodeError) as caught:
        ConnectionShell(command, 5)(b"")
    assert caught.value.cause == "refused"


def test_answer() -> None:
    calls: list[tuple[str, bytes]] = []

    def command(cmd: str, *, in_data: bytes) -> t.Mapping[str, t.Any]:
        calls.append((cmd, in_data))
        return {"rc": 3, "stdout": "out", "stderr": "err", "stdout_lines": ["out"]}

    assert ConnectionShell(command, 5)(b"echo") == Answer(3, "out", "err")
    assert calls == [("/bin/sh", b"echo")]
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_deadline_ends_what_the_connection_started() -> None:
    started: list[int] = []

    def command(cmd: str, *, in_data: bytes) -> t.Mapping[str, t.Any]:
        program = subprocess.Popen(["sleep", "60"])
        started.append(program.pid)
        program.wait()
        return {}

    with pytest.raises(NodeError) as caught:
        ConnectionShell(command, 0.2)(b"")
    assert caught.value.cause == "timeout"
    assert not pathlib.Path(f"/proc/{started[0]}").exists()
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL


def test_a_timeout_of_the_task_stays() -> None:
    def command(cmd: str, *, in_data: bytes) -> t.Mapping[str, t.Any]:
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 100
        return {"rc": 0, "stdout": "", "stderr": ""}

    signal.alarm(1000)
    try:
        ConnectionShell(command, 5)(b"")
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 100
    finally:
        signal.alarm(0)
