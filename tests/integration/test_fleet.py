# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workload clusters and their nodes: real API servers, real sshd, two management planes."""

from __future__ import annotations

import collections.abc
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import typing as t

import pytest

from tests.integration.tasks import HOSTILE_ENVIRONMENT
from tests.sandbox import inventory, node_files, pki
from tests.sandbox.kubernetes import seed
from tests.sandbox.kubernetes.faults import Fault
from tests.sandbox.kubernetes.server import ApiServer
from tests.sandbox.nodes import Nodes, NodeSpec
from tests.sandbox.paths import COLLECTIONS
from tests.sandbox.processes import ProcessTable

pytestmark = pytest.mark.sandbox

BIN = pathlib.Path(sys.executable).parent
PORT = "example.org/ssh-port"
CONTROL_PLANE = {"node-role.kubernetes.io/control-plane": ""}
TAINT = {"key": "gpu", "effect": "NoSchedule"}
PAGE = inventory.page_registry()
# What staging has more: its nodes do not show it.
MORE = {**PAGE, "mirrors": f"{PAGE['mirrors']},extra.io::harbor.example.org/airgap-images/extra"}


@dataclasses.dataclass
class Fleet:
    """Two workload clusters that answer, one that does not, and the nodes of the two.

    edge-1 belongs to production. edge-2 belongs to staging; one of its nodes has no sshd.
    """

    folder: pathlib.Path
    servers: dict[str, ApiServer]
    nodes: Nodes

    def start(self) -> None:
        names = ("n1", "n2", "n3", "n4", "n5")
        started = self.nodes.start([NodeSpec(name, name != "n1", "certs.d") for name in names])
        objects = {
            node.name: seed.Node(node.name, node.address, {PORT: str(node.port)})
            for node in started
        }
        labels = {**objects["n1"].labels, **CONTROL_PLANE}
        objects["n1"] = dataclasses.replace(objects["n1"], labels=labels, taints=[TAINT])
        objects["n2"] = dataclasses.replace(objects["n2"], ready=False)
        off = seed.Node("off", "127.0.0.1", {PORT: "1"})
        self.servers["edge-1"].set_nodes([objects["n1"], objects["n2"]])
        self.servers["edge-2"].set_nodes([objects["n3"], objects["n4"], objects["n5"], off])
        static = inventory.inventory({}, [], self.nodes)
        local = {"ansible_connection": "local"}
        static["all"]["children"]["palette_clusters"]["hosts"] = {
            "production": {**local, "palette_registry": PAGE},
            "staging": {**local, "palette_registry": MORE},
        }
        inventory.write(self.folder / "inventory" / "clusters.yml", static)
        self.write_source("edge-1", "edge-2")

    def write_source(self, *names: str, **more: t.Any) -> None:
        clusters = [
            {
                "name": name,
                "kubeconfig": str(self.folder / name / "kubeconfig"),
                "palette_cluster": "production" if name == "edge-1" else "staging",
            }
            for name in names
        ]
        source = {
            "plugin": "palette.image_registry.cluster_nodes",
            "clusters": clusters,
            "ansible_user": "root",
            "compose": {"ansible_port": f"node_labels['{PORT}'] | int"},
            "keyed_groups": [{"key": "node_taints | map(attribute='key')", "prefix": "taint"}],
            **more,
        }
        # After clusters.yml: a later source wins, as with ansible_user here.
        inventory.write(self.folder / "inventory" / "fleet.cluster_nodes.yml", source)

    def command(self, program: str, *arguments: str) -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            **HOSTILE_ENVIRONMENT,
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_HOME": str(self.folder / "home"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_SSH_ARGS": "-o ControlMaster=no",
            "ANSIBLE_FORKS": "8",
        }
        return subprocess.Popen(
            [str(BIN / program), "-i", str(self.folder / "inventory"), *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, program: str, *arguments: str) -> tuple[int, str]:
        process = self.command(program, *arguments)
        output, _error = process.communicate(timeout=120)
        return process.returncode, output


@pytest.fixture(scope="module")
def fleet(
    plane: ApiServer, tmp_path_factory: pytest.TempPathFactory
) -> collections.abc.Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("fleet")
    (folder / "inventory").mkdir()
    processes = ProcessTable(folder / "processes.json", folder / "logs")
    # Whose kubeconfig the source names lies in a folder of the cluster's name.
    (folder / "edge-1").symlink_to(plane.state_dir)
    with ApiServer(folder / "edge-2") as second:
        servers = {"edge-1": plane, "edge-2": second}
        made = Fleet(folder, servers, Nodes(folder / "nodes", processes))
        try:
            made.start()
            yield made
        finally:
            processes.stop_all()


def test_the_groups_and_hosts_of_the_inventory(fleet: Fleet) -> None:
    code, output = fleet.run("ansible-inventory", "--list")
    assert code == 0, output
    listed = json.loads(output)
    assert listed["palette_nodes"]["hosts"] == [
        "edge-1-n1",
        "edge-1-n2",
        "edge-2-n3",
        "edge-2-n4",
        "edge-2-n5",
        "edge-2-off",
    ]
    assert listed["palette_nodes_control_plane"]["hosts"] == ["edge-1-n1"]
    assert listed["palette_nodes_not_ready"]["hosts"] == ["edge-1-n2"]
    assert listed["palette_nodes_of_edge_1"]["hosts"] == ["edge-1-n1", "edge-1-n2"]
    assert listed["taint_gpu"]["hosts"] == ["edge-1-n1"]
    node = fleet.nodes.get("n1")
    # Text that is no template has a mark.
    marked = listed["_meta"]["hostvars"]["edge-1-n1"]
    found = {
        name: value["__ansible_unsafe"] if isinstance(value, dict) and len(value) == 1 else value
        for name, value in marked.items()
    }
    assert found["ansible_port"] == node.port
    assert found["ansible_host"] == node.address
    assert found["palette_cluster"] == "production"


def test_ssh_finds_the_nodes(fleet: Fleet) -> None:
    code, output = fleet.run(
        "ansible", "palette_nodes:!edge-2-off", "-m", "ansible.builtin.raw", "-a", "hostname"
    )
    assert code == 0, output
    for host in ("edge-1-n1", "edge-1-n2", "edge-2-n3", "edge-2-n4", "edge-2-n5"):
        assert f"{host} | CHANGED | rc=0 >>\n{host.rpartition('-')[2]}\n" in output


PLAYBOOKS = ("palette.image_registry.verify_nodes", "palette.image_registry.report")


def test_each_node_shows_its_own_cluster_and_who_was_not_seen_is_said(
    fleet: Fleet, tmp_path: pathlib.Path
) -> None:
    """One node hangs at login, one has another host key, one has no sshd, one cluster is gone."""
    stuck, changed = fleet.nodes.get("n3"), fleet.nodes.get("n4")
    fleet.nodes.write("n3", {"/root/.bashrc": "sleep 600\n"})
    known = fleet.nodes.known_hosts_file
    before = known.read_text(encoding="utf-8")
    place = f"[{changed.address}]:{changed.port} "
    others = [line for line in before.splitlines() if not line.startswith(place)]
    known.write_text("\n".join([*others, place + pki.make_ssh_key().public, ""]), encoding="utf-8")
    fleet.write_source("edge-1", "edge-2", "edge-3")
    variables = {"verify_nodes_timeout": 1, "palette_report_dir": str(tmp_path)}
    try:
        code, output = fleet.run("ansible-playbook", *PLAYBOOKS, "-e", json.dumps(variables))
    finally:
        known.write_text(before, encoding="utf-8")
        (fleet.nodes.root(stuck.name) / "root/.bashrc").unlink()
        fleet.write_source("edge-1", "edge-2")
    assert code != 0, output
    text = " ".join(output.split())
    assert "nodes of edge-3 are not listed" in text
    assert "3 nodes were not seen: " in text
    for cause, host in (("timeout", "n3"), ("host_key", "n4"), ("refused", "off")):
        assert f"{cause}: edge-2-{host}" in text
    assert "unreachable=0" in output
    report = json.loads(next(tmp_path.glob("*.json")).read_text(encoding="utf-8"))
    assert report["clusters"] == {"production": "warn", "staging": "fail"}
    failed = {
        host["host"]: [check["name"] for check in host["checks"] if check["status"] == "fail"]
        for host in report["hosts"]
        if host["status"] == "fail"
    }
    assert failed == {
        "staging": ["nodes of edge-3"],
        "edge-2-n3": ["node read"],
        "edge-2-n4": ["node read"],
        "edge-2-off": ["node read"],
        "edge-2-n5": ["mirror of extra.io"],
    }


def test_waiting_looks_again_only_where_it_helps(fleet: Fleet) -> None:
    files = node_files.certs_d_files(node_files.PAGE_MIRRORS)
    name = next(path for path in files if "quay.io" in path)
    (fleet.nodes.root("n2") / name.lstrip("/")).unlink()
    variables = {"verify_nodes_retries": "30", "verify_nodes_delay": 1}
    process = fleet.command(
        "ansible-playbook",
        *PLAYBOOKS,
        "--limit=palette_nodes_of_edge_1,production",
        "-e",
        json.dumps(variables),
    )
    lines = []
    if process.stdout is None:
        raise TypeError(process.stdout)
    for line in process.stdout:
        lines.append(line)
        if "Wait before a look at those left, 2 of 30, nodes: 1" in line:
            fleet.nodes.write("n2", {name: files[name]})
    assert process.wait(timeout=60) == 0, "".join(lines)
    output = "".join(lines)
    assert "left, 2 of 30" in output
    assert "left, 30 of 30" not in output
    # One look: the play that waits is not its.
    assert output.count("ok: [edge-1-n1]") == 1
    assert "nodes were not seen" not in output


@pytest.mark.parametrize("strict", [False, True])
def test_a_cluster_that_stalls_holds_nobody_up(fleet: Fleet, strict: bool) -> None:
    fleet.write_source("edge-1", "edge-2", strict=strict, timeout=1)
    fault = Fault(kind="stall", path="^/api/v1/nodes", count=0)
    try:
        with fleet.servers["edge-2"].failing(fault):
            _code, output = fleet.run("ansible-inventory", "--list", "--limit", "palette_nodes")
    finally:
        fleet.write_source("edge-1", "edge-2")
    text = " ".join(output.split())
    assert "nodes of edge-2 are not listed" in text
    assert ("edge-1-n1" in text) is not strict
