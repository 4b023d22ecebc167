# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules of kubernetes.core, run by an action so that secrets are redacted, not blanked.

Under `no_log` Ansible censors the error and the diff together with the secret. So these actions
run the modules themselves and show what is left after redaction. Values reach a module on its
standard input alone: not in arguments, not in the environment, not in a file, not in syslog.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import abc
import contextlib
import functools
import os
import pathlib
import sys
import typing as t

from ..module_utils._evidence import Check
from ..module_utils._redact import Redactor
from ._cluster.access import ClusterAccess, cluster_access
from ._cluster.environment import chooses_cluster, without_cluster_variables
from ._cluster.errors import explain
from ._cluster.exec_credential import Plugins
from ._cluster.helm import HELM_ENVIRONMENT, helm_version
from ._cluster.in_process import run_here, runs_here
from ._cluster.private_files import private_folder, sweep, temporary_files_in
from ._cluster.private_kubeconfig import PrivateKubeconfig
from ._cluster.processes import bounded
from ._cluster.retries import DELAYS, persistently
from ._cluster.runner import Result, said
from ._failure import Failure
from ._guarded_action import GuardedAction
from ._numbers import A_DAY, Range, require_numbers
from ._override.transaction import Token, Transaction

# kubernetes.core waits for an answer without end.
_ANSWER_SECONDS = 60.0
_ANSWER_VARIABLE = "palette_api_timeout_seconds"

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

    # Whether what a module is not needed for is done in this process.
    RUNS_HERE: t.ClassVar[bool] = True

    # How long to wait before a question is asked again, if what was wrong may pass.
    RETRY_SECONDS: t.ClassVar[tuple[float, ...]] = DELAYS

    # What Helm needs beside the cluster, such as where the credentials of a registry are.
    helm_environment: t.Mapping[str, str] = {}

    _kubeconfig: PrivateKubeconfig
    _folder: pathlib.Path
    _secrets: tuple[str, ...] = ()
    transaction: Transaction | None = None

    def answer(self, task_vars: dict[str, t.Any]) -> Result:
        """Validate the arguments and work."""
        self._playbook = os.getppid()
        self._task_vars = dict(task_vars)
        arguments = self.valid_arguments(
            {**ACCESS_ARGUMENTS, **self.ARGUMENTS}, mutually_exclusive=self.MUTUALLY_EXCLUSIVE
        )
        require_numbers(arguments, self.NUMBERS)
        self._refuse_to_leave_traces()
        with private_folder() as folder, temporary_files_in(folder):
            self._folder = folder
            self.open_cluster(arguments)
            return self.work(arguments)

    def open_cluster(self, arguments: t.Mapping[str, t.Any]) -> None:
        """Take the kubeconfig that was named. Raises Failure when it gives no access."""
        open_access = functools.partial(
            cluster_access,
            arguments["kubeconfig"],
            arguments["context"],
            Plugins(self.environment(), self._seconds({}), self._playbook),
        )
        self._kubeconfig = PrivateKubeconfig(open_access, self._folder, self.keep_secret)
        if arguments["transaction"] and not self.check_mode:
            self.transaction = self.transaction_of(Token.from_dict(arguments["transaction"]))

    @property
    def _access(self) -> ClusterAccess:
        return self._kubeconfig.access

    def transaction_of(self, token: Token) -> Transaction:
        """Return the transaction of a token, which works through this action."""
        return Transaction(token, self.run_module, self.keep_secret, self.say)

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

    @abc.abstractmethod
    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Do what the action is for, and return its result."""

    def keep_secret(self, secrets: t.Iterable[str]) -> None:
        """Redact these from now on as well."""
        self._secrets = (*self._secrets, *secrets)
        self._redactor = Redactor(self._secrets)

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

    def run_module(
        self, module: str, arguments: t.Mapping[str, t.Any], attempt: str, *, reads: bool = False
    ) -> Result:
        """Run a module of kubernetes.core: see ModuleRunner. What only reads is tried again."""
        check_mode = self.check_mode and not reads
        delays = self.RETRY_SECONDS if reads else ()
        return persistently(lambda: self._renewing(module, arguments, attempt, check_mode), delays)

    def dry_run(self, module: str, arguments: t.Mapping[str, t.Any], attempt: str) -> Result:
        """Run a module in check mode, for `k8s` a server-side dry run: see ModuleRunner."""
        return self._renewing(module, arguments, attempt, check_mode=True)

    def _renewing(
        self, module: str, arguments: t.Mapping[str, t.Any], attempt: str, check_mode: bool
    ) -> Result:
        """Run a module, once more if the server has refused a credential that can be renewed."""
        try:
            return self._run(module, arguments, attempt, check_mode)
        except Failure as failure:
            refused = failure.code == "unauthorized" and module.startswith("k8s")
            if not refused or not self._kubeconfig.renew():
                raise
        return self._run(module, arguments, attempt, check_mode)

    def _run(
        self, module: str, arguments: t.Mapping[str, t.Any], attempt: str, check_mode: bool
    ) -> Result:
        if self.RUNS_HERE and runs_here(module, arguments, check_mode=check_mode):
            return self._run_here(module, arguments, attempt)
        seconds = self._seconds(arguments)
        access, environment = self._way_to_the_cluster(module, seconds)
        with (
            self._task_as(check_mode=check_mode, environment=environment),
            self._bounded(seconds),
        ):
            result: Result = self._execute_module(
                module_name=f"kubernetes.core.{module}",
                module_args={**access, **arguments},
                task_vars=self._variables(),
            )
        result.pop("invocation", None)
        if result.get("failed"):
            text = self.redacted(said(result))
            raise Failure(explain(text, f"kubernetes.core.{module}", attempt), said=text)
        return result

    def _run_here(self, module: str, arguments: t.Mapping[str, t.Any], attempt: str) -> Result:
        """Return what the module would return. Raises Failure."""
        self._require_playbook()
        environment = self.environment()
        allowed = {key: text for key, text in environment.items() if not chooses_cluster(key)}
        seconds = self._seconds({})
        options = self._kubeconfig.options_here(seconds)
        try:
            return run_here(options, module, arguments, allowed, seconds)
        except Exception as exc:  # whatever the client and its libraries raise
            text = self.redacted(f"{type(exc).__name__}: {exc}")
            raise Failure(explain(text, "kubernetes.core.k8s", attempt), said=text) from None

    def run_command(
        self,
        argv: t.Sequence[str],
        attempt: str,
        environment: t.Mapping[str, str] | None = None,
        seconds: float = _ANSWER_SECONDS,
    ) -> str:
        """Run a program of the controller, in check mode as well, and return what it prints.

        What it prints is redacted. Raises Failure, redacted, if it failed. No shell reads `argv`,
        in which everybody on the controller can see a secret; no variable of `environment` may
        hold one either. It ends after some seconds.
        """
        with (
            self._task_as(check_mode=False, environment=dict(environment or {})),
            self._bounded(seconds),
        ):
            result: Result = self._execute_module(
                module_name="ansible.legacy.command",
                module_args={"argv": list(argv)},
                task_vars=self._variables(),
            )
        if result.get("failed"):
            text = self.redacted(said(result))
            raise Failure(explain(text, pathlib.PurePath(argv[0]).name, attempt))
        return self.redacted(str(result.get("stdout", "")))

    def run_helm(self, argv: t.Sequence[str], attempt: str) -> str:
        """Run helm against the cluster: see HelmRunner."""
        timeout = argv[argv.index("--timeout") + 1] if "--timeout" in argv else ""
        seconds = self._seconds({"timeout": timeout})
        _access, environment = self._way_to_the_cluster("helm", seconds)
        return self.run_command(
            [*argv, "--kube-context", self._access.context],
            attempt,
            environment,
            seconds,
        )

    def helm_version(self, program: str) -> str | None:
        """Return what `helm version --short` prints, None if that program does not run."""
        version = helm_version(program, self.environment(), _ANSWER_SECONDS)
        return None if version is None else self.redacted(version)

    def _way_to_the_cluster(
        self, module: str, seconds: float
    ) -> tuple[dict[str, t.Any], dict[str, str]]:
        """Return the options and the environment with which a module finds the cluster."""
        helm = {**HELM_ENVIRONMENT, **self.helm_environment}
        if module == "helm_template":
            # It asks no cluster, and there may be none.
            return {}, {**helm, "KUBECONFIG": os.devnull}
        return self._kubeconfig.way(module, seconds, helm)

    def environment(self) -> dict[str, str]:
        """Return the environment that a module of this task would have, with its proxies."""
        given: dict[str, str] = {}
        self._compute_environment_string(given)
        return {**os.environ, **given}

    def _seconds(self, arguments: t.Mapping[str, t.Any]) -> float:
        """Return how long an answer may take, and a module's own `timeout` on top of that."""
        told = self._templar.template(self._task_vars.get(_ANSWER_VARIABLE) or _ANSWER_SECONDS)
        require_numbers({_ANSWER_VARIABLE: told}, {_ANSWER_VARIABLE: (0.1, A_DAY)})
        own = str(arguments.get("timeout") or "0s").removesuffix("s")
        return float(told) + float(own)

    def _variables(self) -> dict[str, t.Any]:
        """Return the task's variables with those that keep a module quiet and find its libraries.

        `ansible_no_target_syslog` makes it log no arguments. The libraries are the controller's.
        """
        variables = {**self._task_vars, "ansible_no_target_syslog": True}
        variables.setdefault("ansible_python_interpreter", sys.executable)
        return variables

    def _require_playbook(self) -> None:
        """Raise Failure where the playbook was killed."""
        if os.getppid() != self._playbook:
            raise Failure.of(
                "playbook_gone",
                "ansible-playbook",
                "it was killed, so nothing more is done for it",
                "run it again: it goes on from here",
            )

    @contextlib.contextmanager
    def _bounded(self, seconds: float) -> t.Iterator[None]:
        """Let what the connection runs end after some seconds, and with the playbook."""
        self._require_playbook()
        owners = (os.getpid(), self._playbook)
        unbounded = self._connection.exec_command

        def exec_command(cmd: str, *args: t.Any, **kwargs: t.Any) -> t.Any:
            return unbounded(bounded(cmd, seconds, owners), *args, **kwargs)

        self._connection.exec_command = exec_command
        try:
            yield
        finally:
            self._connection.exec_command = unbounded

    @contextlib.contextmanager
    def _task_as(self, *, check_mode: bool, environment: dict[str, str]) -> t.Iterator[None]:
        """Give the task another check mode and environment, without what chooses a cluster."""
        kept = self._task.check_mode, self._task.environment
        given: dict[str, str] = {}
        self._compute_environment_string(given)
        allowed = {name: value for name, value in given.items() if not chooses_cluster(name)}
        self._task.check_mode = check_mode
        self._task.environment = [{**allowed, "TMPDIR": str(self._folder), **environment}]
        try:
            with without_cluster_variables():
                yield
        finally:
            self._task.check_mode, self._task.environment = kept

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
