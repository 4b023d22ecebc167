# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The built-in API server under its real clients: kubectl, both Helms, kubernetes.core.

That its answers are those of a real server, `test_sandbox_differential` shows, and that it asks
webhooks, `test_sandbox_webhook`.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import sys
import typing as t

import pytest
import yaml

from tests.finished import finished
from tests.integration.kubernetes_api import encoded, secret, wait_for
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.paths import CHECKOUT, COLLECTIONS, TOOLS

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


def test_kubectl_writes(tools: Tools) -> None:
    manifest = json.dumps(secret("by-kubectl", data={"a": encoded("x")}))
    jsonpath = ("-o", "jsonpath={.data.a}")
    assert "created" in tools.run("kubectl", "apply", "-f", "-", stdin=manifest)
    assert "unchanged" in tools.run("kubectl", "apply", "-f", "-", stdin=manifest)
    tools.run("kubectl", "patch", "secret", "by-kubectl", "-p", '{"stringData": {"a": "y"}}')
    assert tools.run("kubectl", "get", "secret", "by-kubectl", *jsonpath) == encoded("y")
    apply = ("kubectl", "apply", "--server-side", "--force-conflicts", "-f", "-")
    assert "serverside-applied" in tools.run(*apply, stdin=manifest)
    assert tools.run("kubectl", "get", "secret", "by-kubectl", *jsonpath) == encoded("x")
    tools.run("kubectl", "delete", "secret", "by-kubectl")
    missing = tools.run("kubectl", "get", "secret", "by-kubectl", fails=True)
    assert 'secrets "by-kubectl" not found' in missing
    shown = tools.run("kubectl", "create", "namespace", "dry", "--dry-run=server", "-o", "name")
    assert shown == "namespace/dry\n"
    assert "NotFound" in tools.run("kubectl", "get", "namespace", "dry", fails=True)


POD = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: changing}
spec:
  selector: {matchLabels: {app: changing}}
  template:
    metadata: {labels: {app: changing}}
    spec:
      containers: [{name: main, image: nginx, env: [ENVIRONMENT]}]
      volumes: [{name: kept, VOLUME}]
"""


def test_kubectl_takes_away_what_is_no_longer_applied(tools: Tools) -> None:
    for environment, volume in (
        ('{name: A, value: "1"}, {name: B, value: "2"}', "emptyDir: {}"),
        ('{name: B, value: "3"}', "configMap: {name: other}"),
    ):
        manifest = POD.replace("ENVIRONMENT", environment).replace("VOLUME", volume)
        tools.run("kubectl", "apply", "-f", "-", stdin=manifest)
    shown = json.loads(tools.run("kubectl", "get", "deployment", "changing", "-o", "json"))
    spec = shown["spec"]["template"]["spec"]
    assert spec["containers"][0]["env"] == [{"name": "B", "value": "3"}]
    (kept,) = spec["volumes"]
    assert sorted(kept) == ["configMap", "name"]
    tools.run("kubectl", "delete", "deployment", "changing")


# What a person types, or a console such as k9s asks for, and what the answer has to say.
READS = [
    (("version",), "v1.33"),
    (("api-resources",), "mutatingwebhookconfigurations"),
    (("get", "all", "--namespace=jet-system"), "deployment.apps/jet"),
    (("get", "nodes,namespaces,secrets,configmaps", "--all-namespaces"), "node/sandbox-1"),
    (("get", "pods", "-A", "--selector=app in (jet, hubble)", "-o", "name"), "pod/jet-"),
    (("get", "pods", "-A", "--field-selector=status.phase=Running", "-o", "name"), "pod/jet-"),
    (("get", "--raw=/api/v1/pods?limit=500&resourceVersion=0"), '"PodList"'),
    (("describe", "--namespace=jet-system", "deployment", "jet"), "1 available"),
    (("describe", "node", "sandbox-1"), "containerd://"),
    (("auth", "can-i", "create", "secrets"), "yes"),
    (("auth", "whoami"), "sandbox:admin"),
]


@pytest.mark.parametrize(("command", "words"), READS, ids=lambda value: value[0])
def test_kubectl_reads(tools: Tools, command: tuple[str, ...], words: str) -> None:
    assert words in tools.run("kubectl", *command)


# What is left out is refused: by the words that a real server has for it, or in a sentence.
LEFT_OUT = [
    (("get", "endpointslices"), "the server doesn't have a resource type"),
    (("logs", "deployment/jet", "--namespace=jet-system"), "could not find the requested resource"),
    (("get", "--raw=/sandbox/faults"), "could not find the requested resource"),
]


@pytest.mark.parametrize(("command", "words"), LEFT_OUT, ids=lambda value: value[0])
def test_what_is_left_out_is_refused(tools: Tools, command: tuple[str, ...], words: str) -> None:
    assert words in tools.run("kubectl", *command, fails=True)


def test_protobuf_is_read_of_what_helm_sends_so(server: ApiServer, tmp_path: pathlib.Path) -> None:
    newest = Tools(TOOLS / "helm-v4", tmp_path, server)
    create = ("kubectl", "create", "deployment", "web", "--image=nginx")
    assert "protobuf of kind 'Deployment' is not supported" in newest.run(*create, fails=True)


def test_nobody_is_let_in_without_a_token(tools: Tools) -> None:
    stranger = ("kubectl", "--token=wrong", "get", "secrets")
    assert "must be logged in" in tools.run(*stranger, fails=True)


def test_kubectl_waits_for_a_rollout(tools: Tools) -> None:
    deploy = ("kubectl", "-n", "jet-system")
    tools.run(*deploy, "set", "image", "deployment/jet", f"jet=jet:{tools.folder.name}")
    rollout = tools.run(*deploy, "rollout", "status", "deployment/jet", "--timeout=120s")
    assert "successfully rolled out" in rollout
    images = tools.run(*deploy, "get", "pods", "-o", "jsonpath={..image}")
    assert f"jet:{tools.folder.name}" in images
    tools.run(*deploy, "delete", "pods", "--all")
    wait_for(lambda: tools.run(*deploy, "get", "pods", "-o", "name").count("pod/") == 1, 60)


def test_helm(tools: Tools, chart: pathlib.Path) -> None:
    install = ("helm", "upgrade", "--install", "web", str(chart), "--wait", "--timeout", "120s")
    tools.run(*install)
    tools.run(*install, "--set", "count=2,tag=stable")
    (release,) = json.loads(tools.run("helm", "list", "--output", "json"))
    assert (release["name"], release["revision"], release["status"]) == ("web", "2", "deployed")
    values = json.loads(tools.run("helm", "get", "values", "web", "--output", "json"))
    assert values == {"count": 2, "tag": "stable"}
    assert replicas_and_image(tools) == "2 nginx:stable"
    tools.run("helm", "rollback", "web", "1", "--wait", "--timeout", "120s")
    assert replicas_and_image(tools) == "1 nginx:1.25"
    history = json.loads(tools.run("helm", "history", "web", "--output", "json"))
    assert [entry["status"] for entry in history] == ["superseded", "superseded", "deployed"]
    tools.run("helm", "uninstall", "web")
    assert json.loads(tools.run("helm", "list", "--output", "json")) == []
    assert tools.run("kubectl", "get", "all", "-o", "name") == ""


def replicas_and_image(tools: Tools) -> str:
    path = "jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image}"
    return tools.run("kubectl", "get", "deployment", "web", "-o", path)


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
        "TMPDIR": str(tools.home),  # kubernetes keeps what it discovers there
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_NOCOLOR": "1",
        "LC_ALL": "C.UTF-8",
    }
    done = finished([program, path], environment)
    assert done.returncode == 0, done.stdout


def check(*that: str) -> dict[str, t.Any]:
    return {"ansible.builtin.assert": {"that": list(that)}}


def test_kubernetes_core(server: ApiServer, tmp_path: pathlib.Path) -> None:
    wanted = secret("by-ansible", type="Opaque", data={"a": encoded("x")})
    wanted["metadata"]["namespace"] = "default"
    named = {"api_version": "v1", "kind": "Secret", "name": "by-ansible", "namespace": "default"}
    patch = [
        {"op": "test", "path": "/metadata/resourceVersion", "value": "1"},
        {"op": "add", "path": "/data/b", "value": encoded("y")},
    ]
    locked = {"kubernetes.core.k8s_json_patch": {**named, "patch": patch}}
    play(
        Tools(TOOLS / "helm-v4", tmp_path, server),
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
        ],
    )


def test_helm_by_kubernetes_core(tools: Tools, chart: pathlib.Path) -> None:
    release = {"name": "by-ansible", "chart_ref": str(chart), "release_namespace": "default"}
    helm = {**release, "release_values": {"count": 2}, "wait": True}
    absent = {"name": "by-ansible", "release_namespace": "default", "state": "absent"}
    play(
        tools,
        [
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


def test_identity_of_a_cluster_lasts_and_differs(tmp_path: pathlib.Path) -> None:
    uids = []
    for folder in ("one", "one", "two"):
        with ApiServer(tmp_path / folder, built_in=True) as server:
            assert server.is_ours
            namespace = server.client.get("/api/v1/namespaces/kube-system")
            uids.append(namespace["metadata"]["uid"])
            for name in ("kubeconfig", "kubeconfig-readonly", "ready.json"):
                assert (server.state_dir / name).stat().st_mode & 0o077 == 0, name
    assert uids[0] == uids[1] != uids[2]


def test_server_ends_with_its_parent(tmp_path: pathlib.Path) -> None:
    script = (
        "import sys, time\n"
        "from tests.sandbox.kubernetes import ApiServer\n"
        "server = ApiServer(sys.argv[1], built_in=True)\n"
        "server.start()\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=CHECKOUT)
    try:
        wait_for((tmp_path / "ready.json").exists, 60)
        server = json.loads((tmp_path / "ready.json").read_text(encoding="utf-8"))["pid"]
        os.kill(server, 0)
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    wait_for(lambda: not (tmp_path / "ready.json").exists(), 20)
