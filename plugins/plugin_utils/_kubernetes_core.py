# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

"""Modules of kubernetes.core, run by an action so that secrets are redacted, not blanked.

Under `no_log` Ansible censors the error and the diff together with the secret. So these actions
run the modules themselves and show what is left after redaction. Values reach a module on its
standard input alone: not in arguments, not in the environment, not in a file, not in syslog.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import sys
import typing as t

import yaml
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.palette.image_registry.plugins.module_utils._cluster_errors import explain
from ansible_collections.palette.image_registry.plugins.module_utils._cluster_state import dig
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    describe,
)
from ansible_collections.palette.image_registry.plugins.module_utils._redact import Redactor
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster_environment import (
    chooses_cluster,
    without_cluster_variables,
)

Result = dict[str, t.Any]

# Where a kubeconfig keeps what must not be shown; an exec plugin's environment counts as well.
_KUBECONFIG_SECRETS = ("token", "password", "client-key-data")

# Debug output holds every value. A diff plugin would decide in our place what is a change.
_HELM_ENVIRONMENT = {"HELM_DEBUG": "false", "HELM_PLUGINS": "/dev/null"}

ACCESS_ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "kubeconfig": {"type": "path", "default": ""},
    "context": {"type": "str", "default": ""},
}


class Failure(Exception):
    """Something that ends the action, as findings for a person."""

    def __init__(self, *findings: Finding) -> None:
        """Keep the findings; the text of the exception is their description."""
        super().__init__(describe(findings))
        self.findings = findings

    @classmethod
    def of(cls, code: str, subject: str, message: str, fix: str) -> Failure:
        """Return the failure of one error."""
        return cls(Finding(code, Severity.ERROR, subject, message, fix))

    @property
    def code(self) -> str:
        """Return the code of the first finding."""
        return self.findings[0].code


class ModuleRunner(t.Protocol):
    """Runs one module of kubernetes.core against the cluster."""

    def __call__(
        self, module: str, arguments: t.Mapping[str, t.Any], attempt: str, *, reads: bool = False
    ) -> Result:
        """Return the module's result, not redacted. Raises Failure, redacted, if it failed.

        `attempt` says in words what is tried; what only `reads` runs in check mode as well.
        """


@dataclasses.dataclass(frozen=True)
class ClusterAccess:
    """The kubeconfig and context that were named, the server that they lead to, their secrets."""

    kubeconfig: str
    context: str
    server: str
    secrets: tuple[str, ...]


def cluster_access(kubeconfig: str, context: str) -> ClusterAccess:
    """Return the access that a kubeconfig gives. Raises Failure when it gives none.

    An empty path is refused: kubernetes.core would take whatever cluster is near, such as the one
    on which AWX itself runs.
    """
    subject = "kubeconfig"
    if not kubeconfig.strip():
        raise Failure.of(
            "kubeconfig_missing",
            subject,
            "it is empty, and no cluster is ever guessed",
            "set palette_kubeconfig to the path of the management cluster's kubeconfig",
        )
    path = pathlib.Path(kubeconfig).expanduser().absolute()
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise Failure.of(
            "kubeconfig_unreadable",
            subject,
            f"{path} cannot be read: {exc.strerror}",
            "give the path of a kubeconfig file on the controller",
        ) from exc
    except (yaml.YAMLError, UnicodeDecodeError):
        content = None
    contexts = _names(content, "contexts")
    if not contexts:
        raise Failure.of(
            "kubeconfig_invalid",
            subject,
            f"{path} is no kubeconfig, or names no context",
            "download it again from the cluster's page, or ask the cluster's administrator",
        )
    chosen = context or content.get("current-context") or ""
    if chosen not in contexts:
        said = f"{path} has no context {chosen!r}" if chosen else f"{path} has no current-context"
        fix = f"set palette_context to one of {', '.join(contexts)}"
        raise Failure.of("context_missing", subject, said, fix)
    return ClusterAccess(str(path), chosen, _server(content, chosen), tuple(_secrets_in(content)))


def _server(content: t.Mapping[str, t.Any], context: str) -> str:
    """Return the URL of the API server to which a context of a kubeconfig leads."""
    cluster = dig(_entry(content, "contexts", context), "context", "cluster")
    return str(dig(_entry(content, "clusters", cluster), "cluster", "server") or "unknown")


def _entry(content: t.Mapping[str, t.Any], kind: str, name: t.Any) -> t.Any:
    entries = content.get(kind) or ()
    return next((entry for entry in entries if dig(entry, "name") == name), None)


def _names(content: t.Any, kind: str) -> list[str]:
    entries = content.get(kind) if isinstance(content, dict) else None
    return [str(entry.get("name")) for entry in entries or () if isinstance(entry, dict)]


def _secrets_in(content: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    for entry in content.get("users") or ():
        user = entry.get("user") if isinstance(entry, dict) else None
        if not isinstance(user, dict):
            continue
        for key in _KUBECONFIG_SECRETS:
            if user.get(key):
                yield str(user[key])
        for variable in (user.get("exec") or {}).get("env") or ():
            if isinstance(variable, dict) and variable.get("value"):
                yield str(variable["value"])


class KubernetesCoreAction(ActionBase):  # type: ignore[misc]  # ansible-core has no types
    """An action that works on one cluster through kubernetes.core."""

    _supports_check_mode = True
    _supports_async = False

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {}
    MUTUALLY_EXCLUSIVE: t.ClassVar[list[tuple[str, ...]]] = []

    # What Helm needs beside the cluster, such as where the credentials of a registry are.
    helm_environment: t.Mapping[str, str] = {}

    _access: ClusterAccess
    _redactor: Redactor
    _secrets: tuple[str, ...] = ()

    def run(
        self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None
    ) -> dict[str, t.Any]:
        """Validate the arguments, work, and return nothing that is secret."""
        result: Result = super().run(tmp, task_vars)
        self._task_vars = dict(task_vars or {})
        _validated, arguments = self.validate_argument_spec(
            {**ACCESS_ARGUMENTS, **self.ARGUMENTS}, mutually_exclusive=self.MUTUALLY_EXCLUSIVE
        )
        self._redactor = Redactor(())
        try:
            self._refuse_to_leave_traces()
            self.open_cluster(arguments)
            result.update(self.work(arguments))
        except Failure as failure:
            result.update(failed=True, msg=self._redactor.text(str(failure)))
            result["findings"] = [
                finding.rewritten(self._redactor.text).to_dict() for finding in failure.findings
            ]
        except AnsibleError as error:
            result.update(failed=True, msg=self._redactor.text(str(error)))
        return result

    def open_cluster(self, arguments: t.Mapping[str, t.Any]) -> None:
        """Take the kubeconfig that was named. Raises Failure when it gives no access."""
        self._access = cluster_access(arguments["kubeconfig"], arguments["context"])
        self.keep_secret(self._access.secrets)

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Do what the action is for, and return its result."""
        raise NotImplementedError

    def keep_secret(self, secrets: t.Iterable[str]) -> None:
        """Redact these from now on as well."""
        self._secrets = (*self._secrets, *secrets)
        self._redactor = Redactor(self._secrets)

    def shown(self, checks: t.Iterable[Check]) -> list[dict[str, t.Any]]:
        """Return checks as plain data in which no text holds a secret."""
        return [check.rewritten(self._redactor.text).to_dict() for check in checks]

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
        """Run a module of kubernetes.core: see ModuleRunner."""
        access, environment = self._way_to_the_cluster(module)
        with self._task_as(check_mode=self.check_mode and not reads, environment=environment):
            result: Result = self._execute_module(
                module_name=f"kubernetes.core.{module}",
                module_args={**access, **arguments},
                task_vars=self._variables(),
            )
        result.pop("invocation", None)
        if result.get("failed"):
            text = self._redactor.text(_said(result))
            raise Failure(explain(text, f"kubernetes.core.{module}", attempt))
        return result

    def _way_to_the_cluster(self, module: str) -> tuple[dict[str, str], dict[str, str]]:
        """Return the options and the environment with which a module finds the cluster."""
        if not module.startswith("helm"):
            return {"kubeconfig": self._access.kubeconfig, "context": self._access.context}, {}
        # Given as an option, the module would copy the kubeconfig into /tmp.
        environment = {
            **_HELM_ENVIRONMENT,
            **self.helm_environment,
            "KUBECONFIG": self._access.kubeconfig,
        }
        return ({"context": self._access.context} if module == "helm" else {}), environment

    def environment(self) -> dict[str, str]:
        """Return the environment that a module of this task would have, with its proxies."""
        given: dict[str, str] = {}
        self._compute_environment_string(given)
        return {**os.environ, **given}

    def _variables(self) -> dict[str, t.Any]:
        """Return the task's variables with those that keep a module quiet and find its libraries.

        `ansible_no_target_syslog` makes it log no arguments. The libraries are the controller's.
        """
        variables = {**self._task_vars, "ansible_no_target_syslog": True}
        variables.setdefault("ansible_python_interpreter", sys.executable)
        return variables

    @contextlib.contextmanager
    def _task_as(self, *, check_mode: bool, environment: dict[str, str]) -> t.Iterator[None]:
        """Give the task another check mode and environment, without what chooses a cluster."""
        kept = self._task.check_mode, self._task.environment
        given: dict[str, str] = {}
        self._compute_environment_string(given)
        allowed = {name: value for name, value in given.items() if not chooses_cluster(name)}
        self._task.check_mode = check_mode
        self._task.environment = [{**allowed, **environment}]
        try:
            with without_cluster_variables():
                yield
        finally:
            self._task.check_mode, self._task.environment = kept

    def _refuse_to_leave_traces(self) -> None:
        """Turn pipelining on, without which Ansible writes a module and its values to a file."""
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


def _said(result: t.Mapping[str, t.Any]) -> str:
    """Return everything that a failed module said.

    One that crashed has its exception in `exception`: a traceback up to ansible-core 2.18, from
    2.19 on an object with the message in its event.
    """
    parts = [str(result.get(key) or "") for key in ("msg", "module_stderr", "module_stdout")]
    exception = result.get("exception")
    if exception and not parts[0]:
        event = getattr(exception, "event", None)
        parts.append(str(getattr(event, "msg", "") or exception))
    return "\n".join(part for part in parts if part)


__all__ = (
    "ClusterAccess",
    "Failure",
    "KubernetesCoreAction",
    "ModuleRunner",
    "Result",
    "cluster_access",
)
