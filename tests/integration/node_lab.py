# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real sshd nodes, and the role verify_nodes on them."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import typing as t

import yaml

from tests.integration.tasks import KEEPING
from tests.sandbox import inventory
from tests.sandbox.nodes import Nodes, NodeSpec, ssh_command
from tests.sandbox.paths import COLLECTIONS
from tests.sandbox.processes import ProcessTable

PAGE, CERTSD, NO_PYTHON = "node-page", "node-certsd", "node-nopython"
THREE = f"{PAGE},{CERTSD},{NO_PYTHON}"
ENVIRONMENT = {
    "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
    **KEEPING,
    "ANSIBLE_SSH_ARGS": "-o ControlMaster=no",  # no connection outlives its run
    "ANSIBLE_FORKS": "10",
}
ROLE = """\
    - ansible.builtin.import_role:
        name: palette.image_registry.verify_nodes
"""
# The same, with everything as data.
ACTION = """\
    - palette.image_registry.containerd_mirrors_info:
        variables: verify_nodes
      register: verify_nodes_result
"""
PLAYBOOK = """\
- hosts: palette_nodes
  gather_facts: false
  tasks:
{look}
    - keep_result:
        content: "{{{{ verify_nodes_result | to_json }}}}"
        dest: "{{{{ evidence }}}}/{{{{ inventory_hostname }}}}.json"
"""


@dataclasses.dataclass(frozen=True)
class Run:
    """What a run of the role gave: its output, and the result of each node."""

    output: str
    results: dict[str, dict[str, t.Any]]

    def check(self, node: str, name: str) -> dict[str, t.Any]:
        checks = self.results[node]["checks"]
        return next(check for check in checks if check["name"] == name)

    def statuses(self, node: str) -> dict[str, str]:
        return {check["name"]: check["status"] for check in self.results[node]["checks"]}

    def codes(self, node: str) -> set[str]:
        return {finding["code"] for finding in self.results[node]["findings"]}


def _unpack(result: dict[str, t.Any]) -> None:
    """Put checks and findings into a compact result as the full one has them."""
    if "evidence" in result:
        result["checks"] = json.loads(result["evidence"])
        result["findings"] = [found for check in result["checks"] for found in check["findings"]]


class Lab:
    """Nodes, and a way to run the role on them."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.processes = ProcessTable(folder / "processes.json", folder / "logs")
        self.nodes = Nodes(folder / "nodes", self.processes)

    def start(
        self, specs: t.Sequence[NodeSpec], variables: t.Mapping[str, t.Mapping[str, t.Any]] = {}
    ) -> None:
        """Start nodes, some of which have variables of their own."""
        started = self.nodes.start(specs)
        content = inventory.inventory({}, started, self.nodes)
        hosts = content["all"]["children"]["palette_nodes"]["hosts"]
        for name, own in variables.items():
            hosts[name].update(own)
        inventory.write(self.folder / "inventory.yml", content)
        for name, look in (("role", ROLE), ("action", ACTION)):
            play = PLAYBOOK.format(look=look)
            (self.folder / f"{name}.yml").write_text(play, encoding="utf-8")

    def verify(
        self, *options: str, hosts: str = THREE, play: str = "role", **variables: t.Any
    ) -> Run:
        evidence = self.folder / "evidence"
        evidence.mkdir(exist_ok=True)
        for old in evidence.iterdir():
            old.unlink()
        (self.folder / "vars.yml").write_text(
            yaml.safe_dump({**variables, "evidence": str(evidence)}), encoding="utf-8"
        )
        program = str(pathlib.Path(sys.executable).with_name("ansible-playbook"))
        command = [
            program,
            "-i",
            "inventory.yml",
            "-e",
            "@vars.yml",
            "--limit",
            f"{hosts},localhost",
        ]
        done = subprocess.run(
            [*command, f"{play}.yml", *options],
            cwd=self.folder,
            env={**os.environ, **ENVIRONMENT},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        output = done.stdout + done.stderr
        assert done.returncode == 0, output
        results = {path.stem: json.loads(path.read_bytes()) for path in evidence.iterdir()}
        for result in results.values():
            _unpack(result)
        return Run(output, results)

    def shell(self, name: str, command: str) -> None:
        login = ssh_command(self.nodes.get(name), self.nodes)
        subprocess.run(f"{login} {command}", shell=True, check=True, timeout=30)

    @contextlib.contextmanager
    def changed(self, name: str, files: t.Mapping[str, str]) -> t.Iterator[pathlib.Path]:
        """Write files on a node for a while."""
        root = self.nodes.root(name)
        paths = [root / path.lstrip("/") for path in files]
        before = [path.read_bytes() if path.exists() else None for path in paths]
        self.nodes.write(name, files)
        try:
            yield root
        finally:
            for path, content in zip(paths, before, strict=True):
                if content is None:
                    path.unlink()
                else:
                    path.write_bytes(content)
