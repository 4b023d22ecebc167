# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules of kubernetes.core, run without a trace of what is secret."""

from __future__ import annotations

import os
import pathlib
import sys
import typing as t

import pytest
from ansible import constants

from ansible_collections.palette.image_registry.plugins.plugin_utils._action import (
    KubernetesCoreAction,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.processes import LATE
from tests.unit.helpers.acting import run_action, write_kubeconfig

PASSWORD = "planted-password"


class Action(KubernetesCoreAction):
    """Runs the modules that its arguments name."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {"modules": {"type": "list"}}

    def work(self, arguments: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        self.redactor.add([PASSWORD])
        for module in arguments["modules"]:
            run = self.cluster._read if "info" in module else self.cluster._write
            run(module, {"given": 1}, f"running {module}")
        return {"changed": True}


@pytest.fixture(name="kubeconfig")
def fixture_kubeconfig(tmp_path: pathlib.Path) -> str:
    """Return the path of a kubeconfig."""
    return write_kubeconfig(tmp_path)


def fine(_module: str, _arguments: dict[str, t.Any]) -> dict[str, t.Any]:
    """Answer every module."""
    return {"changed": False, "invocation": {"module_args": {"data": PASSWORD}}}


HOSTILE = {
    "KUBECONFIG": "/elsewhere",
    "K8S_AUTH_HOST": "https://elsewhere",
    "K8S_AUTH_API_KEY": "elsewhere",
    "HELM_KUBEAPISERVER": "https://elsewhere",
    "HELM_KUBETOKEN": "elsewhere",
    "HELM_NAMESPACE": "elsewhere",
    "HELM_DRIVER": "memory",
    "KUBERNETES_SERVICE_HOST": "10.0.0.1",
}


def test_the_environment_never_chooses_the_cluster(
    kubeconfig: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    run = run_action(
        Action,
        {"kubeconfig": kubeconfig, "modules": ["k8s", "helm", "helm_pull"]},
        fine,
        environment=[{"K8S_AUTH_HOST": "", "HTTPS_PROXY": "http://proxy"}, {"HELM_KUBETOKEN": "x"}],
    )
    assert run.result["changed"] is True
    k8s, helm, pull = run.calls
    for call in run.calls:
        assert not set(HOSTILE) & set(call.process_environment)
        assert call.environment.pop("HTTPS_PROXY") == "http://proxy"
        folder = call.environment.pop("TMPDIR")
        assert "/palette.image_registry." in folder
    assert k8s.environment == {}
    private = f"{folder}/kubeconfig"
    helms = {"HELM_DEBUG": "false", "HELM_PLUGINS": "/dev/null", "KUBECONFIG": private}
    assert helm.environment == pull.environment == helms
    assert k8s.arguments == {"kubeconfig": private, "context": "mgmt", "given": 1}
    assert helm.arguments == {"context": "mgmt", "given": 1}
    assert pull.arguments == {"given": 1}
    assert {name: os.environ[name] for name in HOSTILE} == HOSTILE


class Helm(KubernetesCoreAction):
    """Runs helm, and nothing else."""

    def work(self, arguments: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        self.redactor.add([PASSWORD])
        self.cluster.helm_command(["/opt/helm", "rollback", "image-swap", "1"], "rolling back")
        return {"changed": True}


@pytest.mark.parametrize("check_mode", [False, True])
def test_helm_runs_against_the_named_cluster_alone(
    kubeconfig: str, monkeypatch: pytest.MonkeyPatch, check_mode: bool
) -> None:
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    run = run_action(
        Helm,
        {"kubeconfig": kubeconfig},
        lambda _module, _arguments: {"rc": 0, "stdout": f"done with {PASSWORD}"},
        environment=[{"HTTPS_PROXY": "http://proxy", "HELM_KUBETOKEN": "x"}],
        check_mode=check_mode,
    )
    (call,) = run.calls
    assert call.module == "ansible.legacy.command"
    argv = ["/opt/helm", "rollback", "image-swap", "1", "--kube-context", "mgmt"]
    assert call.arguments == {"argv": argv}
    assert call.check_mode is False
    folder = call.environment.pop("TMPDIR")
    assert "/palette.image_registry." in folder
    assert call.environment == {
        "HTTPS_PROXY": "http://proxy",
        "HELM_DEBUG": "false",
        "HELM_PLUGINS": "/dev/null",
        "KUBECONFIG": f"{folder}/kubeconfig",
    }
    assert not set(HOSTILE) & set(call.process_environment)
    assert PASSWORD not in str(run.result)


def test_a_failed_helm_is_readable_and_holds_no_secret(kubeconfig: str) -> None:
    said = f"Error: release: not found ({PASSWORD})"
    answer = {"failed": True, "rc": 1, "msg": "non-zero return code", "stderr": said}
    run = run_action(Helm, {"kubeconfig": kubeconfig}, lambda _module, _arguments: dict(answer))
    assert "helm: rolling back failed: release: not found (<redacted " in run.result["msg"]
    assert PASSWORD not in str(run.result)


def test_modules_log_nothing_and_run_on_the_controllers_python(kubeconfig: str) -> None:
    run = run_action(Action, {"kubeconfig": kubeconfig, "modules": ["k8s"]}, fine)
    assert run.calls[0].variables["ansible_no_target_syslog"] is True
    assert run.calls[0].variables["ansible_python_interpreter"] == sys.executable


class Patient(Action):
    """Runs a command for as long as an answer may take."""

    def work(self, arguments: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        with self.cluster.runner.bounded(self.cluster.runner.seconds()):
            code, _out, _err = self._connection.exec_command("sleep 60")
        return {"code": code}


class Sleeper(Action):
    """Runs a command over the connection that takes long."""

    def work(self, arguments: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        with self.cluster.runner.bounded(0.5):
            code, _out, err = self._connection.exec_command("sleep 60")
        return {"code": code, "error": err.decode()}


def test_what_runs_is_bounded(kubeconfig: str) -> None:
    result = run_action(Sleeper, {"kubeconfig": kubeconfig, "modules": []}, fine).result
    assert result["code"] == LATE
    assert "no answer within 0.5 s" in result["error"]


class Answers:
    """Answers modules with failures at first."""

    def __init__(self, *failures: str) -> None:
        self.failures = list(failures)

    def __call__(self, _module: str, _arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        return {"failed": True, "msg": self.failures.pop(0)} if self.failures else {}


PASSING = ["(500) Reason: Internal Server Error", "Connection refused"]
TEST_TRIED_AGAIN: list[tuple[str, list[str], int, bool]] = [
    ("k8s_info", [], 1, True),
    ("k8s_info", PASSING, 3, True),
    ("k8s_info", [*PASSING, "palette.image_registry: no answer within 60 s"], 3, False),
    ("k8s_info", ["(403) Reason: Forbidden"], 1, False),
    ("k8s", PASSING, 1, False),
]


@pytest.mark.parametrize(("module", "failures", "calls", "succeeds"), TEST_TRIED_AGAIN)
def test_a_question_is_asked_again_and_a_write_is_not(
    kubeconfig: str, module: str, failures: list[str], calls: int, succeeds: bool
) -> None:
    run = run_action(Action, {"kubeconfig": kubeconfig, "modules": [module]}, Answers(*failures))
    assert len(run.calls) == calls
    assert run.result.get("failed", False) is not succeeds


def test_nothing_is_done_for_a_playbook_that_was_killed(
    kubeconfig: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parents = iter([os.getppid(), 1])
    monkeypatch.setattr(os, "getppid", lambda: next(parents, 1))
    run = run_action(Action, {"kubeconfig": kubeconfig, "modules": ["k8s"]}, fine)
    assert run.calls == []
    assert run.result["findings"][0]["code"] == "playbook_gone"


def test_what_only_reads_runs_in_check_mode_as_well(kubeconfig: str) -> None:
    arguments = {"kubeconfig": kubeconfig, "modules": ["k8s_info", "k8s"]}
    run = run_action(Action, arguments, fine, check_mode=True)
    assert [call.check_mode for call in run.calls] == [False, True]


def test_a_failure_is_readable_and_holds_no_secret(kubeconfig: str) -> None:
    def fail(module: str, _arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        return {
            "failed": True,
            "msg": f"helm upgrade --set {PASSWORD}: Bearer kubeconfig-token-planted",
            "module_stderr": "cGxhbnRlZC1wYXNzd29yZA==",
            "command": PASSWORD,
            "invocation": {"module_args": {"data": PASSWORD}},
        }

    result = run_action(Action, {"kubeconfig": kubeconfig, "modules": ["helm"]}, fail).result
    assert result["failed"] is True
    assert "running helm failed: helm upgrade --set <redacted " in result["msg"]
    for planted in (PASSWORD, "kubeconfig-token-planted", "cGxhbnRlZC1wYXNzd29yZA"):
        assert planted not in str(result)


def test_the_time_for_an_answer_is_a_variable(kubeconfig: str) -> None:
    variables = {"palette_api_timeout": "0.5"}
    arguments = {"kubeconfig": kubeconfig, "modules": []}
    result = run_action(Patient, arguments, fine, variables=variables).result
    assert result["code"] == LATE


def test_another_connection_is_refused(kubeconfig: str) -> None:
    arguments = {"kubeconfig": kubeconfig, "modules": ["k8s"]}
    run = run_action(Action, arguments, fine, connection="ssh")
    assert run.calls == []
    assert run.result["findings"][0]["code"] == "connection_not_local"
    assert "delegate_to: localhost" in run.result["msg"]


def test_without_pipelining_nothing_runs(kubeconfig: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DEFAULT_KEEP_REMOTE_FILES", True)
    run = run_action(Action, {"kubeconfig": kubeconfig, "modules": ["k8s"]}, fine)
    assert run.calls == []
    assert run.result["findings"][0]["code"] == "pipelining_off"
    assert "Unset ANSIBLE_KEEP_REMOTE_FILES" in run.result["msg"]
