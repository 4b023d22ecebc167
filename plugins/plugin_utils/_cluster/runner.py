# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules of kubernetes.core and helm, run by a task so that secrets are redacted, not blanked.

Under `no_log` Ansible censors the error and the diff together with the secret. So an action runs
the modules itself and shows what is left after redaction. Values reach a module on its standard
input alone: not in arguments, not in the environment, not in a file, not in syslog.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import functools
import os
import pathlib
import sys
import typing as t

from ...module_utils._evidence import Finding
from ...module_utils._redact import Redactor
from .._failure import Failure
from .access import ClusterAccess, cluster_access
from .environment import Plugins, chooses_cluster, without_cluster_variables
from .helm import HELM_ENVIRONMENT, helm_version
from .in_process import Here, runs_here
from .private_kubeconfig import PrivateKubeconfig
from .processes import bounded

Result = dict[str, t.Any]


class Runner:
    """Runs what a task of Ansible asks of one cluster, whose kubeconfig is always named.

    `action` is Ansible's action, which runs modules; `folder` is private to the task. An answer of
    the cluster may take `answer_seconds`: kubernetes.core itself waits for one without end.
    """

    # Whether what a module is not needed for is done in this process.
    RUNS_HERE: t.ClassVar[bool] = True

    # What Helm needs beside the cluster, such as where the credentials of a registry are.
    helm_environment: t.Mapping[str, str] = {}

    _kubeconfig: PrivateKubeconfig

    def __init__(
        self,
        action: t.Any,
        task_vars: t.Mapping[str, t.Any],
        redactor: Redactor,
        folder: pathlib.Path,
        answer_seconds: float,
    ) -> None:
        """Keep what runs modules. Nothing can be asked of a cluster until one is opened."""
        self._action = action
        self._task_vars = task_vars
        self._redactor = redactor
        self._folder = folder
        self._answer_seconds = answer_seconds
        self._playbook = os.getppid()
        self._here = Here(folder)

    def open(self, kubeconfig: str, context: str) -> None:
        """Take the kubeconfig that was named. Raises Failure when it gives no access."""
        plugins = Plugins(self.environment(), self.seconds(), self._playbook)
        open_access = functools.partial(cluster_access, kubeconfig, context, plugins)
        self._kubeconfig = PrivateKubeconfig(open_access, self._folder, self._redactor)

    @property
    def access(self) -> ClusterAccess:
        """Return what the kubeconfig names."""
        return self._kubeconfig.access

    def run(
        self,
        module: str,
        arguments: t.Mapping[str, t.Any],
        attempt: str,
        *,
        check_mode: bool,
        own: bool = False,
    ) -> Result:
        """Return a module's result, not redacted. Raises Failure, redacted, if it failed.

        It runs once more if the server has refused a credential that can be renewed. `own` says
        that the object is the run's own, see `runs_here`.
        """
        here = self.RUNS_HERE and runs_here(module, arguments, check_mode=check_mode, own=own)
        run = self._run_here if here else functools.partial(self._run, check_mode=check_mode)
        try:
            return run(module, arguments, attempt)
        except Failure as failure:
            refused = failure.code == "unauthorized" and module.startswith("k8s")
            if not refused or not self._kubeconfig.renew():
                raise
        return run(module, arguments, attempt)

    def _run(
        self, module: str, arguments: t.Mapping[str, t.Any], attempt: str, *, check_mode: bool
    ) -> Result:
        seconds = self.seconds(arguments.get("timeout"))
        access, environment = self._way_to_the_cluster(module, seconds)
        result = self._execute(
            f"kubernetes.core.{module}",
            {**access, **arguments},
            environment,
            seconds,
            check_mode=check_mode,
        )
        result.pop("invocation", None)
        if result.get("failed"):
            text = self._redactor.text(_said(result))
            raise Failure(_explained(text, f"kubernetes.core.{module}", attempt), said=text)
        return result

    def _run_here(self, module: str, arguments: t.Mapping[str, t.Any], attempt: str) -> Result:
        """Return what the module would return. Raises Failure."""
        self._require_playbook()
        seconds = self.seconds()
        access = self._kubeconfig.lasting(seconds)
        try:
            return self._here.run(access, module, arguments, self.environment(), seconds)
        except Exception as exc:  # whatever the client and its libraries raise
            text = self._redactor.text(f"{type(exc).__name__}: {exc}")
            raise Failure(_explained(text, access.server, attempt), said=text) from None

    def helm(self, argv: t.Sequence[str], attempt: str) -> None:
        """Run helm against the cluster, in check mode as well. Raises Failure, redacted.

        No shell reads `argv`, in which everybody on the controller can see a secret. It ends
        after its own `--timeout` and the time of an answer.
        """
        timeout = argv[argv.index("--timeout") + 1] if "--timeout" in argv else ""
        seconds = self.seconds(timeout)
        _access, environment = self._way_to_the_cluster("helm", seconds)
        command = [*argv, "--kube-context", self.access.context]
        result = self._execute(
            "ansible.legacy.command", {"argv": command}, environment, seconds, check_mode=False
        )
        if result.get("failed"):
            text = self._redactor.text(_said(result))
            raise Failure(_explained(text, pathlib.PurePath(argv[0]).name, attempt))

    def helm_version(self, program: str) -> str | None:
        """Return what `helm version --short` prints, None if that program does not run."""
        return helm_version(program, self.environment(), self._answer_seconds)

    def environment(self) -> dict[str, str]:
        """Return the environment that a module of this task would have, with its proxies."""
        return {**os.environ, **self._given_environment}

    def seconds(self, own: t.Any = None) -> float:
        """Return how long an answer may take, and a module's own timeout on top of that."""
        return self._answer_seconds + float(str(own or "0s").removesuffix("s"))

    @functools.cached_property
    def _given_environment(self) -> dict[str, str]:
        """Return what the task adds to the environment; it is a template."""
        given: dict[str, str] = {}
        self._action._compute_environment_string(given)
        return given

    def _way_to_the_cluster(
        self, module: str, seconds: float
    ) -> tuple[dict[str, t.Any], dict[str, str]]:
        """Return the options and the environment with which a module finds the cluster."""
        helm = {**HELM_ENVIRONMENT, **self.helm_environment}
        if module == "helm_template":
            # It asks no cluster, and there may be none.
            return {}, {**helm, "KUBECONFIG": os.devnull}
        return self._kubeconfig.way(module, seconds, helm)

    def _execute(
        self,
        module: str,
        arguments: t.Mapping[str, t.Any],
        environment: t.Mapping[str, str],
        seconds: float,
        *,
        check_mode: bool,
    ) -> Result:
        """Let Ansible run a module, which ends after some seconds and with the playbook.

        `ansible_no_target_syslog` makes it log no arguments. Its libraries are the controller's.
        """
        variables = {**self._task_vars, "ansible_no_target_syslog": True}
        variables.setdefault("ansible_python_interpreter", sys.executable)
        with self._task_as(check_mode, environment), self.bounded(seconds):
            return t.cast(
                "Result",
                self._action._execute_module(
                    module_name=module, module_args=dict(arguments), task_vars=variables
                ),
            )

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
    def bounded(self, seconds: float) -> t.Iterator[None]:
        """Let what the connection runs end after some seconds, and with the playbook."""
        self._require_playbook()
        owners = (os.getpid(), self._playbook)
        connection = self._action._connection
        unbounded = connection.exec_command

        def exec_command(cmd: str, *args: t.Any, **kwargs: t.Any) -> t.Any:
            return unbounded(bounded(cmd, seconds, owners), *args, **kwargs)

        connection.exec_command = exec_command
        try:
            yield
        finally:
            connection.exec_command = unbounded

    @contextlib.contextmanager
    def _task_as(self, check_mode: bool, environment: t.Mapping[str, str]) -> t.Iterator[None]:
        """Give the task another check mode and environment, without what chooses a cluster."""
        task = self._action._task
        kept = task.check_mode, task.environment
        given = self._given_environment.items()
        allowed = {name: value for name, value in given if not chooses_cluster(name)}
        task.check_mode = check_mode
        task.environment = [{**allowed, "TMPDIR": str(self._folder), **environment}]
        try:
            with without_cluster_variables():
                yield
        finally:
            task.check_mode, task.environment = kept


def _explained(text: str, subject: str, attempt: str) -> Finding:
    """Return a finding for what something said that failed; most runs have none to explain."""
    from .errors import explain

    return explain(text, subject, attempt)


def _said(result: t.Mapping[str, t.Any]) -> str:
    """Return everything that a failed module said.

    One that crashed has its exception in `exception`: a traceback up to ansible-core 2.18, from
    2.19 on an object with the message in its event.
    """
    keys = ("msg", "module_stderr", "module_stdout", "stderr")
    parts = [str(result.get(key) or "") for key in keys]
    exception = result.get("exception")
    if exception and not parts[0]:
        event = getattr(exception, "event", None)
        parts.append(str(getattr(event, "msg", "") or exception))
    return "\n".join(part for part in parts if part)


__all__ = ("Result", "Runner")
