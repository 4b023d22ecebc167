# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nodes: real sshd, each in namespaces of its own, each on its own loopback address.

One process holds a mount namespace with a tmpfs; the nodes are made in it. No mount is ever seen
by the host, and none outlives its process. From here a node's files are reached through /proc.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import secrets
import shlex
import signal
import socket
import time
import typing as t

from . import node_files, node_roots, pki
from .network import REGISTRY_ADDRESS, Network
from .paths import PartMissingError, SandboxError
from .processes import Process, ProcessTable, child_of

_SCRIPT = pathlib.Path(__file__).with_name("node.sh")
_HOLDER = "nodes"
CONTAINERD_SOCKET = "/run/containerd/containerd.sock"
_NODES_PER_RANGE = 250
_START_TIMEOUT = 30.0
_SECONDS_A_NODE = 0.3
_HOLDER_SCRIPT = (
    'mount -t tmpfs -o size=4g,mode=755 sandbox "$1" && : >"$1/ready" && exec sleep infinity'
)
# Files of the host that must not shine through in a node.
_HIDDEN_FOLDERS = ("etc/containerd", "etc/ssh", "etc/sudoers.d", "etc/rancher", "home")


@dataclasses.dataclass(frozen=True)
class NodeSpec:
    """A node to start. `mirrors_in` is where its containerd keeps them: config.toml or certs.d.

    With `access` to a registry it is one that runs pods, see `kubelet.py`; one that `pulls` runs
    containerd alone, see `node_containerd.py`.
    """

    name: str
    python: bool
    mirrors_in: t.Literal["config.toml", "certs.d"]
    mirrors: tuple[tuple[str, str], ...] = node_files.PAGE_MIRRORS
    access: node_files.RegistryAccess | None = None
    pulls: bool = False

    def containerd_files(self) -> dict[str, str]:
        """Return containerd's files, absolute paths to contents."""
        if self.access or (self.pulls and self.mirrors_in == "config.toml"):
            return node_files.running_files(self.mirrors, self.access)
        if self.mirrors_in == "certs.d":
            return node_files.certs_d_files(self.mirrors)
        return node_files.legacy_files(self.mirrors)


@dataclasses.dataclass(frozen=True)
class Node:
    """A node that was started."""

    name: str
    python: bool
    mirrors_in: t.Literal["config.toml", "certs.d"]
    address: str
    port: int
    runs_pods: bool = False
    pulls: bool = False


def default_specs(clean: bool = False, more: int = 0, *, pulls: bool = False) -> list[NodeSpec]:
    """Return the three nodes of the sandbox, and more; `clean` leaves their mirrors out.

    The three run a containerd if they are to pull.
    """
    mirrors = () if clean else node_files.PAGE_MIRRORS
    return [
        NodeSpec("node-page", True, "config.toml", mirrors, pulls=pulls),
        NodeSpec("node-certsd", True, "certs.d", mirrors, pulls=pulls),
        NodeSpec("node-nopython", False, "config.toml", mirrors, pulls=pulls),
        *(NodeSpec(f"node-{number:03}", False, "certs.d", mirrors) for number in range(more)),
    ]


class Nodes:
    """The nodes of one world."""

    def __init__(
        self, folder: pathlib.Path, processes: ProcessTable, network: Network | None = None
    ) -> None:
        """Take the network in which nodes that run pods are put."""
        self._folder = folder
        self._processes = processes
        self._network = network
        self.key_file = folder.parent / "ssh" / "id"
        self.known_hosts_file = folder.parent / "ssh" / "known_hosts"
        self._list_file = folder.parent / "nodes.json"

    def start(
        self, specs: t.Sequence[NodeSpec], registry_names: tuple[str, ...] = ()
    ) -> list[Node]:
        """Start the nodes and wait until each answers. Raises SandboxError."""
        if os.geteuid() != 0:
            raise PartMissingError(
                "The nodes need root: each is a set of namespaces with mounts of its own. "
                "Run as root, or go without them (`up --without-nodes`)."
            )
        inside = self._start_holder()
        node_roots.make_program_layer(inside / "programs")
        node_roots.make_busybox_root(inside / "busybox")
        user_key, host_key = pki.make_ssh_key(), pki.make_ssh_key()
        nodes = self._place(specs)
        for spec in specs:
            files = {
                **node_files.system_files(
                    spec.name,
                    python=spec.python,
                    registry_names=(spec.access.host,) if spec.access else registry_names,
                    registry_address=REGISTRY_ADDRESS if spec.access else "127.0.0.1",
                ),
                **spec.containerd_files(),
                "/etc/ssh/sandbox_authorized_keys": user_key.public + "\n",
            }
            _populate(inside / spec.name / "upper", files, host_key.private)
        self._write_ssh(user_key, host_key, nodes)
        for node in nodes:
            self._start_node(node)
        deadline = time.monotonic() + _START_TIMEOUT + _SECONDS_A_NODE * len(nodes)
        for node in nodes:
            self._wait_for(node, deadline)
        return nodes

    def all(self) -> list[Node]:
        """Return the nodes that were started, running or not."""
        try:
            records = json.loads(self._list_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []
        return [Node(**record) for record in records]

    def get(self, name: str) -> Node:
        """Return one node. Raises SandboxError naming those that there are."""
        for node in self.all():
            if node.name == name:
                return node
        names = ", ".join(node.name for node in self.all()) or "none"
        raise SandboxError(f"There is no node {name!r}. There are: {names}.")

    def is_running(self, node: Node) -> bool:
        """Return whether a node is up."""
        return any(item.name == node.name and item.alive for item in self._processes)

    def process(self, name: str) -> Process:
        """Return a node's process: what ends with it is the whole node. Raises SandboxError."""
        return self._processes.get(name)

    def root(self, name: str) -> pathlib.Path:
        """Return a running node's root folder, as the host reaches it."""
        return pathlib.Path(f"/proc/{self.process(name).child()}/root")

    def write(self, name: str, files: t.Mapping[str, str]) -> None:
        """Write files on a running node, each replaced in one step."""
        root = self.root(name)
        for path, content in files.items():
            target = root / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_name(f".{target.name}.new")
            fresh.write_text(content, encoding="utf-8")
            fresh.replace(target)

    def folder(self, name: str) -> pathlib.Path:
        """Return a node's folder, as seen in its mount namespace: its root is `root` in there."""
        return self._folder / name

    def restart_containerd(self, node: Node) -> None:
        """Let the containerd of a node that runs pods read its files again. Containers go on."""
        loop = self._processes.get(f"{node.name}-containerd").child()
        before = child_of(loop)
        os.kill(before, signal.SIGTERM)
        self.wait_for_containerd(node, before)

    def wait_for_containerd(self, node: Node, other_than: int = 0) -> None:
        """Wait until containerd answers, in another process than before. Raises SandboxError."""
        name = f"{node.name}-containerd"
        socket_file = self.root(node.name) / CONTAINERD_SOCKET.lstrip("/")
        deadline = time.monotonic() + _START_TIMEOUT
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, SandboxError), socket.socket(socket.AF_UNIX) as probe:
                if child_of(self._processes.get(name).child()) != other_than:
                    probe.connect(str(socket_file))
                    return
            time.sleep(0.02)
        raise SandboxError(
            f"containerd of {node.name} does not answer, see {self._processes.log_file(name)}"
        )

    def _start_holder(self) -> pathlib.Path:
        """Start the process whose namespace holds the tmpfs; return that folder, seen from here."""
        self._folder.mkdir(parents=True, exist_ok=True)
        command = ["unshare", "--mount", "--propagation", "private"]
        holder = self._processes.start(
            _HOLDER, [*command, "sh", "-c", _HOLDER_SCRIPT, "sh", self._folder], polite=False
        )
        inside = pathlib.Path(f"/proc/{holder.pid}/root{self._folder}")
        deadline = time.monotonic() + _START_TIMEOUT
        while not (inside / "ready").exists():
            if not holder.alive or time.monotonic() > deadline:
                log = self._processes.log_file(_HOLDER).read_text(encoding="utf-8").strip()
                raise PartMissingError(
                    f"A mount namespace cannot be made here: {log} "
                    "In a container, give it CAP_SYS_ADMIN; or use `up --without-nodes`."
                )
            time.sleep(0.005)
        return inside

    def _place(self, specs: t.Sequence[NodeSpec]) -> list[Node]:
        # A range by chance: two worlds side by side rarely share addresses, and never ports.
        first = secrets.randbelow(200)
        nodes = []
        for index, spec in enumerate(specs):
            high, low = divmod(index, _NODES_PER_RANGE)
            address = f"127.44.{first + high}.{low + 1}"
            place = (address, _free_port(address), spec.access is not None, spec.pulls)
            nodes.append(Node(spec.name, spec.python, spec.mirrors_in, *place))
        records = [dataclasses.asdict(node) for node in nodes]
        self._list_file.write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")
        return nodes

    def _write_ssh(self, user: pki.SshKey, host: pki.SshKey, nodes: list[Node]) -> None:
        pki.write_private(self.key_file, user.private)
        lines = [f"[{node.address}]:{node.port} {host.public}" for node in nodes]
        self.known_hosts_file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _start_node(self, node: Node) -> None:
        holder = self._processes.get(_HOLDER).pid
        enter = ["nsenter", f"--mount=/proc/{holder}/ns/mnt", "--"]
        unshare = ["unshare", "--mount", "--pid", "--uts", "--fork", "--kill-child"]
        lower = f"{self._folder}/programs:/" if node.python else f"{self._folder}/busybox"
        folder = self._folder / node.name
        script = ["sh", str(_SCRIPT), node.name, lower, str(folder), node.address, str(node.port)]
        if node.runs_pods and self._network:
            self._network.forward(node.name, (node.address, node.port), node.address, node.port)
            enter = [*self._network.enter(), *enter]
        self._processes.start(node.name, [*enter, *unshare, *script], polite=False)

    def _wait_for(self, node: Node, deadline: float) -> None:
        """Wait until sshd greets. Raises SandboxError with the node's log."""
        process = self.process(node.name)
        while process.alive and time.monotonic() < deadline:
            try:
                with socket.create_connection((node.address, node.port), timeout=2) as link:
                    if link.recv(4) == b"SSH-":
                        return
            except OSError:
                pass
            time.sleep(0.01)
        log = self._processes.log_file(node.name).read_text(encoding="utf-8").strip()
        raise SandboxError(f"{node.name} does not answer on {node.address}:{node.port}: {log}")


def _populate(upper: pathlib.Path, files: t.Mapping[str, str], host_key: str) -> None:
    for name in _HIDDEN_FOLDERS:
        folder = upper / name
        folder.mkdir(parents=True, exist_ok=True)
        os.setxattr(folder, "trusted.overlay.opaque", b"y")
    for path, content in files.items():
        target = upper / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
    for path in ("etc/shadow", "etc/sudoers"):
        if (upper / path).exists():
            (upper / path).chmod(0o440)
    pki.write_private(upper / "etc/ssh/sandbox_host_key", host_key)
    home = upper / "home" / node_files.OPERATOR
    home.mkdir()
    os.chown(home, 1000, 1000)


def _free_port(address: str) -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        port = probe.getsockname()[1]
    if not isinstance(port, int):
        raise TypeError(port)
    return port


def ssh_command(node: Node, nodes: Nodes, user: str = "root") -> str:
    """Return a command line that opens a shell on a node."""
    options = ["-i", str(nodes.key_file), "-o", f"UserKnownHostsFile={nodes.known_hosts_file}"]
    return shlex.join(["ssh", *options, "-p", str(node.port), f"{user}@{node.address}"])
