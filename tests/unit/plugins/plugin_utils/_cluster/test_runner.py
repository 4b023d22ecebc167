# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module as one task runs it; that of an action around it is tested with the action."""

from __future__ import annotations

import pathlib
import types
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._redact import Redactor
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.runner import Runner
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure

PLANTED = "planted-password"


class Modules(Runner):
    """Runs all as modules."""

    RUNS_HERE = False


class Task:
    """Ansible's side of a task: answers modules, and notes how the task looked meanwhile."""

    def __init__(self, *answers: dict[str, t.Any]) -> None:
        self.answers = list(answers)
        self.ran: list[tuple[str, dict[str, t.Any], t.Any, t.Any]] = []
        self.renewals = 0
        self._task = types.SimpleNamespace(check_mode=True, environment=["kept"])
        self._connection = types.SimpleNamespace(exec_command=len)

    def _compute_environment_string(self, given: dict[str, str]) -> None:
        given.update({"HTTPS_PROXY": "p", "K8S_AUTH_HOST": "elsewhere"})

    def _execute_module(
        self, module_name: str, module_args: dict[str, t.Any], task_vars: dict[str, t.Any]
    ) -> dict[str, t.Any]:
        assert task_vars["ansible_no_target_syslog"] is True
        (environment,) = self._task.environment
        self.ran.append((module_name, module_args, self._task.check_mode, environment))
        return self.answers.pop(0)

    def renew(self) -> bool:
        self.renewals += 1
        return self.renewals == 1

    def runner(self) -> Runner:
        """Return a runner of this task, its cluster opened."""
        runner = Modules(self, {}, Redactor([PLANTED]), pathlib.Path("/private"), 60.0)
        runner._kubeconfig = t.cast(
            t.Any,
            types.SimpleNamespace(
                way=lambda *_: ({"context": "c"}, {"KUBECONFIG": "k"}), renew=self.renew
            ),
        )
        return runner


def test_a_module_has_the_clusters_options_and_the_tasks_environment() -> None:
    task = Task({"changed": True, "invocation": {"data": PLANTED}})
    assert task.runner().run("k8s", {"a": 1}, "x", check_mode=False) == {"changed": True}
    environment = {"HTTPS_PROXY": "p", "TMPDIR": "/private", "KUBECONFIG": "k"}
    assert task.ran == [("kubernetes.core.k8s", {"context": "c", "a": 1}, False, environment)]
    assert (task._task.check_mode, task._task.environment) == (True, ["kept"])
    assert task._connection.exec_command is len


UNAUTHORIZED = {"failed": True, "msg": "(401) Unauthorized"}


@pytest.mark.parametrize(
    ("module", "answers", "calls"),
    [
        ("k8s", [UNAUTHORIZED, {}], 2),
        ("k8s", [UNAUTHORIZED, UNAUTHORIZED], 2),
        ("helm", [UNAUTHORIZED, {}], 1),
    ],
)
def test_a_refused_credential_is_renewed_once(
    module: str, answers: list[dict[str, t.Any]], calls: int
) -> None:
    task = Task(*answers)
    try:
        task.runner().run(module, {}, "x", check_mode=False)
    except Failure as failure:
        assert failure.code == "unauthorized" and answers[calls - 1] is UNAUTHORIZED
    else:
        assert answers[calls - 1] is not UNAUTHORIZED
    assert len(task.ran) == calls


CRASHES = [
    {"failed": True, "msg": f"no {PLANTED}"},
    {"failed": True, "msg": "", "module_stderr": f"no {PLANTED}"},
    {"failed": True, "msg": "", "exception": f"Traceback\nno {PLANTED}"},
    {
        "failed": True,
        "exception": types.SimpleNamespace(event=types.SimpleNamespace(msg=f"no {PLANTED}")),
    },
]


@pytest.mark.parametrize("answer", CRASHES)
def test_a_module_that_failed_is_heard_without_secrets(answer: dict[str, t.Any]) -> None:
    with pytest.raises(Failure, match=r"trying failed: .*no <redacted") as raised:
        Task(answer).runner().run("k8s", {}, "trying", check_mode=False)
    assert PLANTED not in raised.value.said
    assert "no <redacted" in raised.value.said


@pytest.mark.parametrize(("own", "seconds"), [(None, 60.0), ("", 60.0), ("300s", 360.0), (5, 65.0)])
def test_a_modules_own_timeout_comes_on_top(own: t.Any, seconds: float) -> None:
    assert Task().runner().seconds(own) == seconds
