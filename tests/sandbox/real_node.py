# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster with a real node: its pods run, and its webhook is one of them.

Registry, control plane, node and pods share a network of their own (`network.py`). The registry
has the name of the documentation's example there; ports of loopback lead to it, to the API server
and to the node's sshd.
"""

from __future__ import annotations

import base64
import concurrent.futures
import os
import pathlib
import secrets
import socket
import time
import typing as t

from . import go_programs, node_files
from .cgroups import ControlGroups
from .cluster import Cluster
from .kubelet import Kubelet
from .kubernetes import seed
from .kubernetes.backend import ASSETS_VARIABLE
from .kubernetes.client import ApiClient, client_of
from .network import Network
from .nodes import Node, Nodes, NodeSpec
from .paths import PartMissingError, SandboxError
from .pki import Authority
from .processes import ProcessTable
from .registry import Registry, RegistryInfo

NAME = "node-pods"
PATH_STYLE = "v2_prefix"
"""How the override must write mirrors for this registry to answer; so is the node at its start."""

_SERVICE = "imageswap.imageswap-system.svc"
_NEEDED = ("kube-scheduler", "kubelet")
_READY_SECONDS = 60.0
_POLL_SECONDS = 0.2


class RealNode:
    """The parts of one world that a real node needs."""

    def __init__(
        self, state_dir: pathlib.Path, processes: ProcessTable, network: Network, nodes: Nodes
    ) -> None:
        self._state_dir = state_dir
        self._processes = processes
        self._network = network
        self._nodes = nodes
        self.groups = ControlGroups(state_dir)

    def start(self, more: t.Sequence[NodeSpec]) -> tuple[RegistryInfo, list[Node]]:
        """Start all, and more nodes without pods. Raises SandboxError saying what is missing."""
        folder = programs()
        if os.geteuid() != 0:
            raise PartMissingError("A real node needs root: namespaces, mounts, control groups.")
        self.groups.make()
        self._network.start()
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            cluster = pool.submit(self._start_cluster, folder)
            registry, nodes = self._start_nodes(more)
            cluster.result()
        real = next(node for node in nodes if node.runs_pods)
        kubelet = self._state_dir / "kubernetes" / "kubeconfig-kubelet"
        authority = (self._state_dir / "kubernetes" / "cluster-ca.crt").read_text(encoding="utf-8")
        Kubelet(real, self._nodes, self._network, self._processes).start(
            folder, kubelet.read_text(encoding="utf-8"), authority, self.groups
        )
        client = client_of(self._state_dir / "kubeconfig")
        _wait_until_ready(client, real)
        try:
            seed.wait_until_ready(client, _READY_SECONDS)
        except TimeoutError as error:
            raise SandboxError(f"The first pods do not come up: {error}") from error
        return registry, nodes

    def _start_cluster(self, programs: pathlib.Path) -> None:
        # Taken here first, so that it is the same port in both networks.
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._network.forward("kubernetes", ("127.0.0.1", port), port=port)
        options = ["--node", NAME, "--node-programs", str(programs), "--port", str(port)]
        Cluster(self._state_dir, self._processes).start_server(options, self._network.enter())

    def _start_nodes(self, more: t.Sequence[NodeSpec]) -> tuple[RegistryInfo, list[Node]]:
        folder = self._state_dir / "registry"
        registry = Registry(folder, self._processes, self._network).start(secrets.token_urlsafe(12))
        mirrors = tuple(
            (source, node_files.api_url(target)) for source, target in node_files.PAGE_MIRRORS
        )
        access = node_files.RegistryAccess(
            registry.endpoint, registry.username, registry.password, registry.ca
        )
        real = NodeSpec(NAME, True, "config.toml", mirrors, access)
        return registry, self._nodes.start([*more, real])


def chart_values() -> dict[str, str]:
    """Return the values with which the chart's webhook runs in its own pods."""
    authority = Authority("imageswap")
    certificate = authority.issue((_SERVICE, "localhost"))
    return {
        "caBundle": base64.b64encode(authority.pem.encode()).decode(),
        "certificate": certificate.certificate,
        "key": certificate.key,
    }


def programs() -> pathlib.Path:
    """Return the folder of kubelet and kube-scheduler. Raises PartMissingError."""
    assets = os.environ.get(ASSETS_VARIABLE)
    folder = pathlib.Path(assets).expanduser() if assets else go_programs.node()
    missing = [name for name in _NEEDED if not (folder / name).is_file()]
    if missing:
        raise PartMissingError(
            f"There is no {' and no '.join(missing)} in {folder}: "
            "`.venv/bin/python -m tests.sandbox build --node` builds them."
        )
    return folder


def _wait_until_ready(client: ApiClient, node: Node) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        for item in client.get("/api/v1/nodes")["items"]:
            conditions = item["status"].get("conditions") or []
            states = {condition["type"]: condition["status"] for condition in conditions}
            if item["metadata"]["name"] == node.name and states.get("Ready") == "True":
                return
        time.sleep(_POLL_SECONDS)
    raise SandboxError(f"{node.name} is not ready after {_READY_SECONDS:.0f} s, see its logs")


__all__ = ("NAME", "PATH_STYLE", "RealNode", "chart_values")
