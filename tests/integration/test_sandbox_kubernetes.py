# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox's API server under its real clients: kubectl, both helms, kubernetes.core."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import typing as t

import pytest
import yaml

from tests.integration.kubernetes_api import encoded, secret
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.paths import COLLECTIONS, TOOLS

pytestmark = pytest.mark.sandbox

CHART = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: "{{ .Release.Name }}"}
spec:
  replicas: {{ .Values.count }}
  selector: {matchLabels: {app: "{{ .Release.Name }}"}}
  template:
    metadata: {labels: {app: "{{ .Release.Name }}"}}
    spec: {containers: [{name: main, image: "nginx:{{ .Values.tag }}"}]}
---
apiVersion: v1
kind: Service
metadata: {name: "{{ .Release.Name }}"}
spec: {ports: [{port: 80}]}
"""


@dataclasses.dataclass(frozen=True)
class Tools:
    """kubectl and helm of one generation, with a home of their own."""

    folder: pathlib.Path
    home: pathlib.Path
    server: ApiServer

    @property
    def environment(self) -> dict[str, str]:
        """Only what these programs need: nothing of the user's leads them elsewhere."""
        return {
            "HOME": str(self.home),
            "PATH": f"{self.folder}:{os.environ['PATH']}",
            "KUBECONFIG": str(self.server.kubeconfig),
        }

    def run(self, *command: str, stdin: str = "", fails: bool = False) -> str:
        """Return what a command prints, both streams if it has to fail."""
        done = subprocess.run(
            command,
            input=stdin,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode != 0) is fails, done.stdout + done.stderr
        return done.stdout + (done.stderr if fails else "")


@pytest.fixture(name="server", scope="module")
def fixture_server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("api"), built_in=True) as server:
        yield server


@pytest.fixture(name="tools", scope="module", params=["helm-v3", "helm-v4"])
def fixture_tools(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, server: ApiServer
) -> Tools:
    return Tools(TOOLS / request.param, tmp_path_factory.mktemp("home"), server)


@pytest.fixture(name="kubectl", scope="module")
def fixture_kubectl(tmp_path_factory: pytest.TempPathFactory, server: ApiServer) -> Tools:
    """Return tools for what does not depend on the Helm."""
    return Tools(TOOLS / "helm-v4", tmp_path_factory.mktemp("home"), server)


@pytest.fixture(name="chart", scope="module")
def fixture_chart(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("chart")
    (folder / "templates").mkdir()
    (folder / "templates" / "all.yaml").write_text(CHART, encoding="utf-8")
    (folder / "Chart.yaml").write_text(
        "apiVersion: v2\nname: web\nversion: 0.1.0\n", encoding="utf-8"
    )
    (folder / "values.yaml").write_text("count: 1\ntag: '1.25'\n", encoding="utf-8")
    return folder


def test_kubectl(kubectl: Tools) -> None:
    assert "v1.33" in kubectl.run("kubectl", "version")
    assert "deployment.apps/jet" in kubectl.run("kubectl", "get", "all", "-n", "jet-system")
    manifest = json.dumps(secret("by-kubectl", data={"a": encoded("x")}))
    jsonpath = ("-o", "jsonpath={.data.a}")
    assert "created" in kubectl.run("kubectl", "apply", "-f", "-", stdin=manifest)
    assert "unchanged" in kubectl.run("kubectl", "apply", "-f", "-", stdin=manifest)
    kubectl.run("kubectl", "patch", "secret", "by-kubectl", "-p", '{"stringData": {"a": "y"}}')
    assert kubectl.run("kubectl", "get", "secret", "by-kubectl", *jsonpath) == encoded("y")
    apply = ("kubectl", "apply", "--server-side", "--force-conflicts", "-f", "-")
    assert "serverside-applied" in kubectl.run(*apply, stdin=manifest)
    assert kubectl.run("kubectl", "get", "secret", "by-kubectl", *jsonpath) == encoded("x")
    kubectl.run("kubectl", "delete", "secret", "by-kubectl")
    missing = kubectl.run("kubectl", "get", "secret", "by-kubectl", fails=True)
    assert 'secrets "by-kubectl" not found' in missing


def test_kubectl_waits_for_a_rollout(kubectl: Tools) -> None:
    deploy = ("kubectl", "-n", "jet-system")
    kubectl.run(*deploy, "set", "image", "deployment/jet", f"jet=jet:{kubectl.folder.name}")
    rollout = kubectl.run(*deploy, "rollout", "status", "deployment/jet", "--timeout=20s")
    assert "successfully rolled out" in rollout
    images = kubectl.run(*deploy, "get", "pods", "-o", "jsonpath={..image}")
    assert f"jet:{kubectl.folder.name}" in images


def test_helm(tools: Tools, chart: pathlib.Path) -> None:
    install = ("helm", "upgrade", "--install", "web", str(chart), "--wait", "--timeout", "30s")
    tools.run(*install)
    tools.run(*install, "--set", "count=2,tag=stable")
    (release,) = json.loads(tools.run("helm", "list", "--output", "json"))
    assert (release["name"], release["revision"], release["status"]) == ("web", "2", "deployed")
    values = json.loads(tools.run("helm", "get", "values", "web", "--output", "json"))
    assert values == {"count": 2, "tag": "stable"}
    assert replicas_and_image(tools) == "2 nginx:stable"
    tools.run("helm", "rollback", "web", "1", "--wait", "--timeout", "30s")
    assert replicas_and_image(tools) == "1 nginx:1.25"
    history = json.loads(tools.run("helm", "history", "web", "--output", "json"))
    assert [entry["status"] for entry in history] == ["superseded", "superseded", "deployed"]
    tools.run("helm", "uninstall", "web")
    assert json.loads(tools.run("helm", "list", "--output", "json")) == []
    assert tools.run("kubectl", "get", "all", "-o", "name") == ""


def replicas_and_image(tools: Tools) -> str:
    path = "jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image}"
    return tools.run("kubectl", "get", "deployment", "web", "-o", path)


def test_helm_wait_fails_on_an_unready_workload(tools: Tools, chart: pathlib.Path) -> None:
    tools.server.set_ready("default", "broken", False)
    install = ("helm", "upgrade", "--install", "broken", str(chart), "--wait", "--timeout", "3s")
    tools.run(*install, fails=True)
    (release,) = json.loads(tools.run("helm", "list", "--filter", "broken", "--output", "json"))
    assert release["status"] == "failed"
    tools.run("helm", "uninstall", "broken")


def play(tools: Tools, tasks: list[dict[str, t.Any]]) -> None:
    """Run tasks with ansible-playbook on the controller."""
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "module_defaults": {
            "group/kubernetes.core.k8s": {"kubeconfig": str(tools.server.kubeconfig)},
            "group/kubernetes.core.helm": {"kubeconfig": str(tools.server.kubeconfig)},
        },
        "tasks": tasks,
    }
    path = tools.home / "play.yml"
    path.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
    program = pathlib.Path(sys.executable).with_name("ansible-playbook")
    environment = {
        **tools.environment,
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_NOCOLOR": "1",
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        [str(program), str(path)],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def check(*that: str) -> dict[str, t.Any]:
    return {"ansible.builtin.assert": {"that": list(that)}}


def test_kubernetes_core(tools: Tools, chart: pathlib.Path) -> None:
    wanted = secret("by-ansible", type="Opaque", data={"a": encoded("x")})
    wanted["metadata"]["namespace"] = "default"
    named = {"api_version": "v1", "kind": "Secret", "name": "by-ansible", "namespace": "default"}
    patch = [
        {"op": "test", "path": "/metadata/resourceVersion", "value": "1"},
        {"op": "add", "path": "/data/b", "value": encoded("y")},
    ]
    locked = {"kubernetes.core.k8s_json_patch": {**named, "patch": patch}}
    release = {"name": "by-ansible", "chart_ref": str(chart), "release_namespace": "default"}
    helm = {**release, "release_values": {"count": 2}, "wait": True}
    absent = {"name": "by-ansible", "release_namespace": "default", "state": "absent"}
    play(
        tools,
        [
            {"kubernetes.core.k8s": {"definition": wanted}, "register": "first"},
            {"kubernetes.core.k8s": {"definition": wanted}, "register": "second"},
            check("first is changed", "second is not changed"),
            {**locked, "register": "locked", "failed_when": "locked.status != 422"},
            {"kubernetes.core.k8s_json_patch": {**named, "patch": patch[1:]}, "register": "patch"},
            check("patch is changed"),
            {"kubernetes.core.k8s_info": named, "register": "info"},
            check("info.resources[0].data == {'a': 'eA==', 'b': 'eQ=='}"),
            {"kubernetes.core.k8s": {**named, "state": "absent"}, "register": "gone"},
            check("gone is changed"),
            {"kubernetes.core.helm": helm, "register": "first"},
            {"kubernetes.core.helm": helm, "register": "second"},
            check("first is changed", "second is not changed"),
            {
                "kubernetes.core.helm_info": {"name": "by-ansible", "release_namespace": "default"},
                "register": "info",
            },
            check("info.status.status == 'deployed'", "info.status['values'] == {'count': 2}"),
            {"kubernetes.core.helm": absent},
        ],
    )
