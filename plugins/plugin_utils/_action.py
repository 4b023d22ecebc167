# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible wants of an action that works on one cluster: arguments, modes, no traces."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import abc
import typing as t

from ..module_utils._evidence import Check
from ._cluster.client import Client
from ._cluster.private_files import private_folder, sweep
from ._cluster.retries import DELAYS
from ._cluster.runner import Runner
from ._failure import Failure
from ._guarded_action import GuardedAction, Result
from ._numbers import A_DAY, Range, require_numbers
from ._override.transaction import Token, Transaction

# kubernetes.core waits for an answer without end.
_ANSWER_SECONDS = 60.0
_ANSWER_VARIABLE = "palette_api_timeout"

ACCESS_ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "kubeconfig": {"type": "path", "default": ""},
    "context": {"type": "str", "default": ""},
    "transaction": {"type": "dict", "default": {}},
}


class KubernetesCoreAction(GuardedAction):
    """An action that works on one cluster through kubernetes.core."""

    _supports_check_mode = True
    _supports_async = False

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {}
    MUTUALLY_EXCLUSIVE: t.ClassVar[list[tuple[str, ...]]] = []
    NUMBERS: t.ClassVar[dict[str, Range]] = {}

    RUNNER: t.ClassVar[type[Runner]] = Runner

    # How long to wait before a question is asked again, if what was wrong may pass.
    RETRY_SECONDS: t.ClassVar[tuple[float, ...]] = DELAYS

    cluster: Client
    transaction: Transaction | None = None

    def answer(self, task_vars: dict[str, t.Any]) -> Result:
        """Validate the arguments and work."""
        self._task_vars = dict(task_vars)
        arguments = self.valid_arguments(
            {**ACCESS_ARGUMENTS, **self.ARGUMENTS}, mutually_exclusive=self.MUTUALLY_EXCLUSIVE
        )
        require_numbers(arguments, self.NUMBERS)
        self._refuse_to_leave_traces()
        with private_folder() as folder:
            runner = self.RUNNER(self, self._task_vars, self.redactor, folder, self._seconds())
            self.cluster = Client(
                runner, self.redactor, self.say, self.check_mode, self.RETRY_SECONDS
            )
            self.open_cluster(arguments)
            return self.work(arguments)

    def open_cluster(self, arguments: t.Mapping[str, t.Any]) -> None:
        """Take the kubeconfig that was named. Raises Failure when it gives no access."""
        self.cluster.runner.open(arguments["kubeconfig"], arguments["context"])
        if arguments["transaction"] and not self.check_mode:
            token = Token.from_dict(arguments["transaction"])
            self.transaction = Transaction(token, self.cluster)

    @abc.abstractmethod
    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Do what the action is for, and return its result."""

    @property
    def subject(self) -> str:
        """Return what the findings are about where nothing else is named: the cluster's host."""
        return str(self._task_vars.get("inventory_hostname", "cluster"))

    def before_write(self, seconds: float = 0) -> None:
        """Do what a transaction asks for before a step that writes; none asks for nothing.

        `seconds` is how long the step may take. Raises Failure if nothing may be written.
        """
        if self.transaction:
            self.transaction.before_write(seconds)

    def heartbeat(self) -> None:
        """Keep the lock of the transaction, if there is one, while something is waited for."""
        if self.transaction:
            self.transaction.lock.keep()

    def say(self, text: str) -> None:
        """Tell a person while the task runs what it waits for."""
        host = self._task_vars.get("inventory_hostname", "localhost")
        self.tell(f"{host}: {text}")

    def shown(self, checks: t.Iterable[Check]) -> list[dict[str, t.Any]]:
        """Return checks as plain data in which no text holds a secret."""
        return [check.rewritten(self.redacted).to_dict() for check in checks]

    @property
    def check_mode(self) -> bool:
        """Return whether nothing may be written."""
        return bool(self._task.check_mode)

    @property
    def diff_mode(self) -> bool:
        """Return whether a diff was asked for."""
        return bool(self._task.diff)

    def _seconds(self) -> float:
        """Return how long an answer of the cluster may take."""
        told = self._templar.template(self._task_vars.get(_ANSWER_VARIABLE) or _ANSWER_SECONDS)
        require_numbers({_ANSWER_VARIABLE: told}, {_ANSWER_VARIABLE: (0.1, A_DAY)})
        return float(told)

    def _refuse_to_leave_traces(self) -> None:
        """Remove those of runs that were killed, and turn pipelining on.

        Without it Ansible writes a module and its values to a file.
        """
        sweep()
        if self._connection.transport != "local":
            raise Failure.of(
                "connection_not_local",
                f"connection {self._connection.transport}",
                "this action works on the controller, next to the kubeconfig and the chart",
                "set connection: local on the play, or delegate_to: localhost on the task",
            )
        self._connection.set_option("pipelining", True)
        if not self._is_pipelining_enabled("new"):
            raise Failure.of(
                "pipelining_off",
                "pipelining",
                "it cannot be turned on, and without it the password would stay in a file",
                "unset ANSIBLE_KEEP_REMOTE_FILES, and do not use become with su",
            )


__all__ = ("KubernetesCoreAction",)
