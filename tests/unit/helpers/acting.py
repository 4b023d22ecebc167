# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An action of ours run without Ansible around it: real base class, modules answered by a test."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import types
import typing as t

from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader
from ansible.template import Templar

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.runner import Runner

KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: mgmt, context: {cluster: c, user: u}}, {name: pcg, context: {cluster: c}}]
current-context: mgmt
users: [{name: u, user: {token: kubeconfig-token-planted}}]
"""


@dataclasses.dataclass(frozen=True)
class Call:
    """One module that the action ran, and what it could see."""

    module: str
    arguments: dict[str, t.Any]
    check_mode: bool
    environment: dict[str, str]
    process_environment: dict[str, str]
    variables: dict[str, t.Any]


Answer = t.Callable[[str, dict[str, t.Any]], dict[str, t.Any]]


@dataclasses.dataclass
class Run:
    """What an action returned and what it ran for it."""

    result: dict[str, t.Any]
    calls: list[Call]

    def of(self, module: str) -> list[Call]:
        """Return the calls of one module of kubernetes.core."""
        return [call for call in self.calls if call.module == f"kubernetes.core.{module}"]


def write_kubeconfig(folder: pathlib.Path) -> str:
    """Write a kubeconfig and return its path."""
    path = folder / "kubeconfig"
    path.write_text(KUBECONFIG, encoding="utf-8")
    return str(path)


def run_action(
    action: type[t.Any],
    arguments: dict[str, t.Any],
    answer: Answer,
    *,
    check_mode: bool = False,
    diff: bool = False,
    environment: t.Sequence[dict[str, str]] = (),
    connection: str = "local",
    variables: dict[str, t.Any] | None = None,
) -> Run:
    """Run an action whose modules are answered by `answer(module, arguments)`."""
    calls: list[Call] = []

    class Modules(Runner):
        """Runs all as modules."""

        RUNS_HERE = False

        def helm_version(self, program: str) -> str | None:
            argv = [program, "version", "--short"]
            said = answer("ansible.legacy.command", {"argv": argv}).get("stdout")
            return None if said is None else str(said)

    class Answered(action):  # type: ignore[misc]  # the base is chosen here
        """The action, its modules answered, and no time lost between attempts."""

        RETRY_SECONDS = (0.0, 0.0)
        RUNNER = Modules

        def _execute_module(
            self,
            module_name: str = "",
            module_args: dict[str, t.Any] | None = None,
            task_vars: dict[str, t.Any] | None = None,
            **_more: t.Any,
        ) -> dict[str, t.Any]:
            given: dict[str, str] = {}
            self._compute_environment_string(given)
            calls.append(
                Call(
                    module_name,
                    module_args or {},
                    self._task.check_mode,
                    given,
                    dict(os.environ),
                    task_vars or {},
                )
            )
            return answer(module_name.removeprefix("kubernetes.core."), module_args or {})

    task = types.SimpleNamespace(
        action=action.__module__.rpartition(".")[2],
        args=arguments,
        async_val=0,
        check_mode=check_mode,
        diff=diff,
        delegate_to=None,
        environment=list(environment),
        no_log=False,
    )
    loader = DataLoader()
    context = PlayContext()
    plugin = connection_loader.get(connection, context, os.devnull)
    instance = Answered(task, plugin, context, loader, Templar(loader=loader), None)
    return Run(instance.run(task_vars=variables or {}), calls)
