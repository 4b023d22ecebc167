# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A containerd that runs on a node of the sandbox, alone: it pulls, and nobody asks for pods."""

from __future__ import annotations

import pathlib
import shlex
import subprocess
import typing as t

from . import go_programs
from .nodes import Node, Nodes
from .paths import PartMissingError, debian_program
from .processes import ProcessTable

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Whoever ends containerd, as `Nodes.restart_containerd` does, sees it come again.
LOOP = "while :; do /usr/bin/containerd; sleep 0.1; done"


class NodeContainerd:
    """What makes one node pull images."""

    def __init__(self, node: Node, nodes: Nodes, processes: ProcessTable) -> None:
        self._node = node
        self._nodes = nodes
        self._processes = processes

    def start(self, program: pathlib.Path | None = None) -> None:
        """Start containerd, and wait until it answers; `program` is one in place of Debian's.

        Raises SandboxError.
        """
        root = self._nodes.folder(self._node.name) / "root"
        lines: list[list[str | pathlib.Path]] = [
            ["mkdir", "-p", root / "var/lib/containerd", root / "usr/local/bin"],
            ["mount", "-t", "tmpfs", "-o", "mode=711", "images", root / "var/lib/containerd"],
            ["cp", debian_program("usr/bin/ctr"), root / "usr/bin/ctr"],
        ]
        if go_programs.crictl().is_file():
            lines.append(["cp", go_programs.crictl(), root / "usr/local/bin/crictl"])
        if program:
            lines.append(["cp", "--remove-destination", program, root / "usr/bin/containerd"])
        in_node(self._pid, lines, self._node.name)
        command = ["/bin/sh", "-c", LOOP]
        enter = ["nsenter", f"--target={self._pid}", "--mount", "--pid", "--uts", "--root"]
        clean = ["env", "-i", f"PATH={PATH}", "HOME=/root"]
        name = f"{self._node.name}-containerd"
        self._processes.start(name, [*enter, "--wd=/", "--", *clean, *command], polite=False)
        self._nodes.wait_for_containerd(self._node)

    @property
    def _pid(self) -> int:
        """Return the node's first process."""
        return self._processes.get(self._node.name).child()


def in_node(pid: int, lines: t.Iterable[t.Sequence[object]], name: str) -> None:
    """Run commands in the mount namespace of a node. Raises PartMissingError."""
    script = "\n".join(shlex.join(map(str, line)) for line in lines)
    enter = ["nsenter", f"--target={pid}", "--mount", "--net", "--"]
    done = subprocess.run(
        [*enter, "sh", "-e", "-c", script], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise PartMissingError(
            f"{name} cannot be made to run containers: {done.stderr.strip()} "
            "It needs root; a container needs --privileged."
        )


__all__ = ("LOOP", "PATH", "NodeContainerd", "in_node")
