# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way to a node: any Ansible connection, with a deadline, and causes instead of tracebacks."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import re
import signal
import subprocess
import traceback
import typing as t

from ansible.errors import AnsibleAuthenticationFailure, AnsibleConnectionFailure, AnsibleError

from ...module_utils._redact import cut
from .alarm import alarm
from .script import Answer, NodeError

_EXCERPT = 400

_RUN_AGAIN = "Check address, port and the way there, then run again."
_CAUSES: tuple[tuple[str, str, str], ...] = (
    (
        r"host key verification failed|remote host identification has changed",
        "host_key",
        "Compare the node's host key with what its console shows, then correct known_hosts.",
    ),
    (
        r"incorrect \S+ password|missing \S+ password|privilege escalation|"
        r"a password is required|not in the sudoers|may not run sudo",
        "become",
        "Check ansible_become, its method and its password for this node.",
    ),
    (
        r"permission denied|authentication|unprotected private key",
        "authentication",
        "Check ansible_user and the key or password for this node.",
    ),
    (
        r"could not resolve hostname|name or service not known|nodename nor servname",
        "unknown_host",
        "Correct ansible_host, or make the name known to the controller.",
    ),
    (r"connection refused", "refused", "Check ansible_port and that sshd runs on the node."),
    (r"timed out|timeout", "timeout", _RUN_AGAIN),
    (r"no route to host|network is unreachable", "no_route", _RUN_AGAIN),
)


class LowLevelCommand(t.Protocol):
    """`ActionBase._low_level_execute_command`, as far as it is used here."""

    def __call__(self, cmd: str, *, in_data: bytes) -> t.Mapping[str, t.Any]:
        """Run a command over the connection."""


class _DeadlineError(BaseException):
    """No Exception: connection plugins retry on these."""


class ConnectionShell:
    """A node's `/bin/sh`, over the connection of a task.

    `seconds` bounds the whole round trip on the controller, for nodes where not even the login
    shell answers. A task that has a `timeout` of its own keeps that one.
    """

    def __init__(self, command: LowLevelCommand, seconds: float) -> None:
        """Keep the command and the deadline."""
        self._command = command
        self._seconds = seconds

    def __call__(self, script: bytes) -> Answer:
        """Run the script. Raises NodeError if the node is out of reach."""
        try:
            with alarm(signal.ITIMER_REAL, self._seconds, _DeadlineError):
                # Data on stdin also keeps Ansible from asking for a terminal, which would mix
                # stderr in and turn every line end into CRLF.
                answer = self._command("/bin/sh", in_data=script)
        except _DeadlineError as error:
            _end_programs(error)
            raise NodeError(
                "timeout",
                f"no answer within {self._seconds} seconds",
                "See what blocks logins on the node (profile, network file system, load).",
            ) from None
        except (AnsibleConnectionFailure, AnsibleError, OSError) as error:
            raise explain_failure(error) from error
        return Answer(int(answer["rc"]), str(answer["stdout"]), str(answer["stderr"]))


def explain_failure(error: Exception) -> NodeError:
    """Return what a connection plugin's error means, by its text: plugins have no codes."""
    text = cut(" ".join(str(error).split()), _EXCERPT, tail=True)
    for pattern, cause, fix in _CAUSES:
        if re.search(pattern, text, re.IGNORECASE):
            return NodeError(cause, text, fix)
    if isinstance(error, AnsibleAuthenticationFailure):
        return NodeError("authentication", text, "Check ansible_user and its credentials.")
    return NodeError("unreachable", text, _RUN_AGAIN)


def _end_programs(error: BaseException) -> None:
    """End what the connection plugin started (ssh) and left when it was interrupted."""
    for frame, _line in traceback.walk_tb(error.__traceback__):
        for value in list(frame.f_locals.values()):
            if isinstance(value, subprocess.Popen) and value.poll() is None:
                value.kill()
                value.wait()


__all__ = ("ConnectionShell", "LowLevelCommand", "explain_failure")
