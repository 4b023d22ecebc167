# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many real sshd nodes, verified in one run, against plain ssh and Ansible's smallest task.

`BENCH_NODES` says how many; 200 by default. Everything is measured in turn, round by round, and the
best round of each figure counts, so that load on the machine hits all alike. No connection is kept
for later (`ControlMaster=no`): its master would live on, and its work would be nobody's.

The inventory tells the version of containerd, as `cluster_nodes` does; `asking` is the same run
where each node is asked for it.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import time
import typing as t

from tests.bench.runner import Bench, measured
from tests.sandbox import inventory, node_files
from tests.sandbox.nodes import Node, Nodes, NodeSpec, ssh_command
from tests.sandbox.paths import COLLECTIONS
from tests.sandbox.processes import ProcessTable

SIZE = int(os.environ.get("BENCH_NODES", "200"))
FORKS = 50
ROUNDS = 3
# slurp is asked on a few nodes only: it costs each node a second.
SLURPED = min(SIZE, 20)
_EACH_OF = f"xargs -P{FORKS} -d'\\n' -I{{}} sh -c 'exec {{}}' <"  # and the name of a file
# A containerd that waits for its configuration, for ever: as many that work do not fit here.
# The pipe at which it waits is then replaced by what it would have read.
_DAEMON = (
    "mkfifo /run/c.toml; setsid containerd --config /run/c.toml >&- 2>&- <&- & sleep 3; "
    "rm /run/c.toml; cp /etc/containerd/config.toml /run; mv /run/config.toml /run/c.toml; "
    "touch -d @0 /run/c.toml"
)
_FILES = sorted(node_files.certs_d_files(node_files.PAGE_MIRRORS))
_PLAY = "- hosts: palette_nodes\n  gather_facts: false\n  tasks:\n    - "
_PLAYS = {
    "debug": _PLAY + "ansible.builtin.debug: {msg: hello}\n",
    "slurp": _PLAY + 'ansible.builtin.slurp: {src: "{{ item }}"}\n'
    f"      loop: {json.dumps(_FILES)}\n      register: slurped\n",
    "verify": "- ansible.builtin.import_playbook: palette.image_registry.verify_nodes\n",
}


@dataclasses.dataclass(frozen=True)
class Cost:
    """Seconds of wall, of CPU here and of CPU on the nodes; peak memory of one process in MiB."""

    wall: float
    cpu: float
    node_cpu: float
    peak: float

    @classmethod
    def best(cls, costs: t.Sequence[Cost]) -> Cost:
        """Return the least of each figure."""
        return cls(
            *(min(figures) for figures in zip(*map(dataclasses.astuple, costs), strict=True))
        )


class Fleet:
    """The nodes, and a way to measure commands that meet them."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.processes = ProcessTable(folder / "processes.json", folder / "logs")
        self.nodes = Nodes(folder / "nodes", self.processes)

    def start(self) -> None:
        started = self.nodes.start([NodeSpec(f"n{n}", True, "certs.d") for n in range(SIZE)])
        content = inventory.inventory({}, started, self.nodes)
        # As the inventory plugin cluster_nodes does, of daemons that run since before the report.
        content["all"]["children"]["palette_nodes"]["vars"] |= {
            "node_containerd_version": "1.6.20~ds1",
            "node_containerd_version_seen": int(time.time()) + 3600,
        }
        inventory.write(self.folder / "inventory.yml", content)
        # The options of the inventory's ssh, and nothing else.
        options = content["all"]["children"]["palette_nodes"]["vars"]["ansible_ssh_common_args"]
        self._write_logins("logins", started, options, "true")
        self._write_logins("starts", started, options, _DAEMON)
        self._cost(["sh", "-c", _EACH_OF + "starts"])
        for name, play in _PLAYS.items():
            (self.folder / f"{name}.yml").write_text(play, encoding="utf-8")

    def _write_logins(self, name: str, nodes: t.Sequence[Node], options: str, script: str) -> None:
        lines = [f"{self._login(node)} {options} {shlex.quote(script)}" for node in nodes]
        (self.folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _login(self, node: Node) -> str:
        return ssh_command(node, self.nodes).replace("ssh ", "ssh -o BatchMode=yes ", 1)

    def plain_ssh(self) -> Cost:
        """Log in to each node and do nothing there."""
        return self._cost(["sh", "-c", _EACH_OF + "logins"])

    def play(self, name: str, *options: str) -> Cost:
        """Run one of the plays."""
        program = pathlib.Path(sys.executable).with_name("ansible-playbook")
        return self._cost([str(program), f"{name}.yml", *options])

    def round(self) -> dict[str, Cost]:
        """Measure what is compared, in turn."""
        return {
            "ssh": self.plain_ssh(),
            "start": self.play("debug", "--limit", "n0"),
            "debug": self.play("debug"),
            "verify": self.play("verify"),
            "asking": self.play("verify", "-e", "node_containerd_version_seen=0"),
        }

    def _cost(self, command: list[str]) -> Cost:
        clean = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
        settings = {
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_HOME": str(self.folder / "home"),
            "ANSIBLE_INVENTORY": str(self.folder / "inventory.yml"),
            "ANSIBLE_SSH_ARGS": "-o ControlMaster=no",
            "ANSIBLE_FORKS": str(FORKS),
        }
        nodes_before, before = self._node_cpu(), time.monotonic()
        with (self.folder / "output").open("wb") as output:
            child = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**clean, **settings},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
            _pid, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            text = (self.folder / "output").read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"{shlex.join(command)}: {text[-2000:]}")
        wall = time.monotonic() - before
        time.sleep(0.5)  # until the last session on a node has ended
        node_cpu = self._node_cpu() - nodes_before
        return Cost(wall, usage.ru_utime + usage.ru_stime, node_cpu, usage.ru_maxrss / 1024)

    def _node_cpu(self) -> float:
        """Return the CPU seconds of all that has run on the nodes so far."""
        children: dict[int, list[int]] = {}
        ticks: dict[int, int] = {}
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                text = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue  # it has ended
            fields = text.rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(folder.name))
            ticks[int(folder.name)] = sum(map(int, fields[11:15]))
        waiting = [process.pid for process in self.processes]
        total = 0
        while waiting:
            pid = waiting.pop()
            total += ticks.get(pid, 0)
            waiting += children.get(pid, [])
        return total / os.sysconf("SC_CLK_TCK")


@functools.cache
def costs() -> dict[str, Cost]:
    """Measure everything, at the first use."""
    with tempfile.TemporaryDirectory(prefix="bench-nodes-") as name:
        fleet = Fleet(pathlib.Path(name))
        try:
            fleet.start()
            rounds = [fleet.round() for _round in range(ROUNDS)]
            best = {name: Cost.best([one[name] for one in rounds]) for name in rounds[0]}
            few = f"palette_nodes[0:{SLURPED - 1}]"
            return {**best, "slurp": fleet.play("slurp", "--limit", few)}
        finally:
            fleet.processes.stop_all()


def _figures(
    subject: t.Callable[[dict[str, Cost]], float], floor: t.Callable[[dict[str, Cost]], float]
) -> t.Callable[[], tuple[float, float]]:
    return lambda: (subject(costs()), floor(costs()))


def benches() -> list[Bench]:
    """Return the benches of this module. What Ansible's start costs is in none of the figures."""
    of_play = _figures(
        lambda cost: cost["verify"].cpu - cost["start"].cpu,
        lambda cost: cost["debug"].cpu - cost["start"].cpu + cost["ssh"].cpu,
    )
    wall = _figures(
        lambda cost: cost["verify"].wall - cost["start"].wall, lambda cost: cost["ssh"].wall
    )
    on_nodes = _figures(lambda cost: cost["verify"].node_cpu, lambda cost: cost["ssh"].node_cpu)
    asking = _figures(lambda cost: cost["asking"].node_cpu, lambda cost: cost["ssh"].node_cpu)
    of_slurp = _figures(
        lambda cost: cost["verify"].cpu - cost["start"].cpu,
        lambda cost: (cost["slurp"].cpu - cost["start"].cpu) / SLURPED * SIZE,
    )
    return [
        measured("nodes, controller CPU", of_play, "debug + ssh", SIZE, "nodes", 1.15),
        measured("nodes, wall", wall, "xargs -P50 ssh", SIZE, "nodes", 2.1),
        measured("nodes, node CPU", on_nodes, "ssh", SIZE, "nodes", 1.5),
        measured("nodes, node CPU, version asked", asking, "ssh", SIZE, "nodes", 1.5),
        measured(
            "nodes, controller CPU", of_slurp, f"slurp of {len(_FILES)} files", SIZE, "nodes", 1 / 6
        ),
    ]


if __name__ == "__main__":
    for command, cost in costs().items():
        print(f"{command:7} {dataclasses.asdict(cost)}")
