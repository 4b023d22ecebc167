# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the parts of the sandbox answer, and how its nodes break on demand."""

from __future__ import annotations

import base64
import http.client
import json
import os
import pathlib
import shlex
import signal
import ssl
import subprocess
import time
import typing as t

import pytest
import yaml

from tests.integration.sandbox_commands import run, sandbox
from tests.sandbox import images, nodes
from tests.sandbox.faults import break_node, mend_node
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.registry import BASE_PATH
from tests.sandbox.world import Options, World

pytestmark = pytest.mark.sandbox

NODE_NAMES = ("node-page", "node-certsd", "node-nopython")

# As Palette's documentation prints it.
PAGE_CONFIG = """\
## template: jinja

# Use config version 2 to enable new configuration fields.
# Config file is parsed as version 1 by default.
version = 2

imports = ["/etc/containerd/conf.d/*.toml"]

[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
    SystemdCgroup = true


  # contains spectro changes
  [plugins."io.containerd.grpc.v1.cri".registry]
    [plugins."io.containerd.grpc.v1.cri".registry.mirrors]
      [plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]
        endpoint = ["harbor.example.org/airgap-images/docker.io"]
      [plugins."io.containerd.grpc.v1.cri".registry.mirrors."gcr.io"]
        endpoint = ["harbor.example.org/airgap-images/gcr.io"]
      [plugins."io.containerd.grpc.v1.cri".registry.mirrors."ghcr.io"]
        endpoint = ["harbor.example.org/airgap-images/ghcr.io"]
      [plugins."io.containerd.grpc.v1.cri".registry.mirrors."k8s.gcr.io"]
        endpoint = ["harbor.example.org/airgap-images/gcr.io"]
      [plugins."io.containerd.grpc.v1.cri".registry.mirrors."registry.k8s.io"]
        endpoint = ["harbor.example.org/airgap-images/k8s.io"]
      [plugins."io.containerd.grpc.v1.cri".registry.mirrors."quay.io"]
        endpoint = ["harbor.example.org/airgap-images/quay.io"]
      [plugins."io.containerd.grpc.v1.cri".registry.mirrors."us-docker.pkg.dev"]
        endpoint = ["harbor.example.org/airgap-images"]
"""


@pytest.fixture(scope="module")
def world(plane: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[World]:
    """One world for all tests that do not start or stop one."""
    with World(tmp_path_factory.mktemp("world") / "state", Options(strict=True), plane) as started:
        yield started


def shell(world: World, name: str, command: str) -> str:
    """Return what a command on a node prints."""
    ssh = nodes.ssh_command(world.nodes.get(name), world.nodes)
    result = subprocess.run(
        f"{ssh} {shlex.quote(command)}", shell=True, capture_output=True, text=True, check=False
    )
    return result.stdout.strip()


def test_ansible_reaches_the_nodes(world: World) -> None:
    result = run(world, "ansible", "palette_nodes", "-m", "ansible.builtin.raw", "-a", "hostname")
    assert result.returncode == 0, result.stdout + result.stderr
    assert set(NODE_NAMES) < set(result.stdout.splitlines())


def test_the_node_without_python_has_no_bash_either(world: World) -> None:
    assert shell(world, "node-nopython", "command -v python3 bash || echo neither") == "neither"


def test_an_operator_becomes_root(world: World) -> None:
    command = ["ansible", "node-page", "-u", "operator", "-b", "-m", "ansible.builtin.command"]
    result = run(world, *command, "-a", "id -u")
    assert result.stdout.splitlines()[-1] == "0", result.stdout


def test_node_page_is_as_the_documentation_prints_it(world: World) -> None:
    root = world.nodes.root("node-page")
    assert (root / "etc/containerd/config.toml").read_text(encoding="utf-8") == PAGE_CONFIG


@pytest.mark.parametrize("name", NODE_NAMES)
def test_containerd_reads_the_configuration(world: World, name: str) -> None:
    expected = "/etc/containerd/certs.d" if name == "node-certsd" else "harbor.example.org"
    assert expected in shell(world, name, "containerd config dump")


def test_no_pull_leaves_the_machine(world: World) -> None:
    found = shell(world, "node-page", "grep registry-1.docker.io /etc/hosts")
    assert found == "127.44.255.254 registry-1.docker.io"


def test_nodes_know_the_registry_by_name(world: World) -> None:
    hosts = (world.nodes.root("node-nopython") / "etc/hosts").read_text(encoding="utf-8")
    assert "127.0.0.1 registry.sandbox.test" in hosts.splitlines()


class RegistryClient:
    """Asks the sandbox's registry, with or without its password."""

    def __init__(self, world: World) -> None:
        if world.registry is None:
            raise TypeError("the world has no registry")
        self._registry = world.registry

    def ask(self, method: str, path: str, login: bool) -> http.client.HTTPResponse:
        context = ssl.create_default_context(cadata=self._registry.ca)
        connection = http.client.HTTPSConnection(self._registry.endpoint, context=context)
        pair = f"{self._registry.username}:{self._registry.password}".encode()
        token = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"} if login else {}
        connection.request(method, path, headers={"Accept": images.MANIFEST_TYPE, **token})
        response = connection.getresponse()
        response.read()
        connection.close()
        return response


TEST_ANSWERS: list[tuple[str, str, bool, int]] = [
    ("GET", "/v2/", False, 401),
    ("GET", "/v2/", True, 200),
    ("HEAD", f"/v2/{BASE_PATH}/docker.io/library/nginx/manifests/1.25", False, 401),
    ("HEAD", f"/v2/{BASE_PATH}/docker.io/library/nginx/manifests/0.0", True, 404),
    ("HEAD", f"/v2/{BASE_PATH}/docker.io/library/absent/manifests/1.25", True, 404),
    *(
        ("HEAD", f"/v2/{BASE_PATH}/{repository}/manifests/{tag}", True, 200)
        for repository, tag in images.IMAGES
    ),
]


@pytest.mark.parametrize(("method", "path", "login", "status"), TEST_ANSWERS)
def test_registry_answers(world: World, method: str, path: str, login: bool, status: int) -> None:
    response = RegistryClient(world).ask(method, path, login)
    assert response.status == status
    if path.endswith("manifests/1.25") and status == 200:
        assert response.headers["Docker-Content-Digest"].startswith("sha256:")
    assert f'"{method} {path} HTTP/1.1" {status}' in world.registry_log.read_text(encoding="utf-8")


def test_inventory_names_cluster_and_nodes(world: World) -> None:
    result = run(world, "ansible-inventory", "--list")
    listing = json.loads(result.stdout)
    assert listing["palette_clusters"]["hosts"] == ["sandbox"]
    assert tuple(listing["palette_nodes"]["hosts"]) == NODE_NAMES
    variables = listing["_meta"]["hostvars"]
    assert {variables[name]["palette_cluster"] for name in NODE_NAMES} == {"sandbox"}
    assert pathlib.Path(variables["sandbox"]["palette_image_swap_chart"]).is_file()
    assert len(variables["sandbox"]["palette_registry"]["mirrors"].split(",")) == 7


def test_second_variables_file_names_the_sandbox_registry(world: World) -> None:
    variables = yaml.safe_load(world.sandbox_registry_vars.read_text(encoding="utf-8"))
    settings = variables["palette_registry"]
    endpoint = settings["endpoint"]
    assert all(entry["target"].startswith(f"{endpoint}/") for entry in settings["mirrors"])
    assert world.sandbox_registry_vars.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("layout", ["nested", "toplevel"])
def test_helm_reads_the_charts(world: World, layout: str) -> None:
    result = run(world, "helm", "show", "chart", world.chart(layout))
    assert "name: image-swap" in result.stdout


def test_propagation_break_and_mend(world: World) -> None:
    state = ("--state-dir", world.state_dir)
    assert "no Secret" in sandbox("propagate", *state).stderr
    secret = ["kubectl", "create", "secret", "generic", "registry-info", "-n", "jet-system"]
    run(world, *secret, "--from-literal", "MIRROR_REGISTRIES=quay.io::a.example/q", check=True)
    first, second = sandbox("propagate", *state), sandbox("propagate", *state)
    assert [line.split(":")[0] for line in first.stderr.splitlines()] == list(NODE_NAMES)
    assert second.stderr == ""
    hosts = world.nodes.root("node-certsd") / "etc/containerd/certs.d"
    assert [path.name for path in hosts.iterdir()] == ["quay.io"]
    for node in world.nodes.all():
        mend_node(world.nodes, node)
    config = world.nodes.root("node-page") / "etc/containerd/config.toml"
    assert config.read_text(encoding="utf-8") == PAGE_CONFIG
    assert "another registry" in sandbox("break-node", "node-page", *state).stderr
    assert "harbor.example.com/airgap-images/docker.io" in config.read_text(encoding="utf-8")
    assert "There are: node-page" in sandbox("break-node", "node-none", *state).stderr
    assert sandbox("mend-node", "node-page", *state).returncode == 0


def test_the_stand_in_for_palette_follows_the_secret(tmp_path: pathlib.Path) -> None:
    options = Options(clean_nodes=True, propagate=True, strict=True)
    with World(tmp_path / "state", options) as world:
        config = world.nodes.root("node-page") / "etc/containerd/config.toml"
        assert "mirrors" not in config.read_text(encoding="utf-8")
        os.kill(world.nodes.process("node-nopython").pid, signal.SIGKILL)
        secret = ["kubectl", "create", "secret", "generic", "registry-info", "-n", "jet-system"]
        run(world, *secret, "--from-literal", "MIRROR_REGISTRIES=quay.io::a.example/q", check=True)
        deadline = time.monotonic() + 20
        while "a.example/q" not in config.read_text(encoding="utf-8"):
            assert time.monotonic() < deadline
            time.sleep(0.05)


FAULTS: list[tuple[str, str, str, str]] = [
    # node, fault, what a shell on the node then says of it, what it answers
    ("node-page", "endpoint", "grep -c harbor.example.com /etc/containerd/config.toml", "1"),
    ("node-certsd", "mirrors", "ls /etc/containerd/certs.d | wc -l", "0"),
    ("node-nopython", "toml", "containerd config dump >/dev/null 2>&1; echo $?", "1"),
    ("node-page", "import", "containerd config dump | grep -c harbor.example.org", "0"),
]


@pytest.mark.parametrize(("name", "fault", "question", "answer"), FAULTS)
def test_faults(world: World, name: str, fault: str, question: str, answer: str) -> None:
    node = world.nodes.get(name)
    break_node(world.nodes, node, fault)
    said = shell(world, name, question)
    mend_node(world.nodes, node)
    assert said == answer
