# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real control plane for a real node: nothing is played, kube-scheduler binds the pods.

It runs in the network of the node, so that the API server reaches kubelet and pods.
"""

from __future__ import annotations

import base64
import dataclasses
import pathlib
import typing as t

from tests.sandbox.kubernetes import kubeconfig, seed
from tests.sandbox.kubernetes.access import MASTERS, User
from tests.sandbox.kubernetes.backend import Access
from tests.sandbox.kubernetes.client import ApiClient
from tests.sandbox.kubernetes.kubeconfig import cluster_entry
from tests.sandbox.kubernetes.layout import StateDir
from tests.sandbox.kubernetes.programs import ADDRESS, Programs
from tests.sandbox.kubernetes.readiness import Readiness
from tests.sandbox.kubernetes.real import Real
from tests.sandbox.pki import write_private

_KUBELET_CLIENT = User("sandbox:kubelet-client", (MASTERS,))
_SCHEDULER = User("system:kube-scheduler", (MASTERS,))
# A node reads what its own pods need, and no more; Services lead to the pods themselves.
_CHANGED = {
    "--authorization-mode": "Node,RBAC",
    "--enable-admission-plugins": "NodeRestriction",
    "--enable-aggregator-routing": "true",
    "--kubelet-preferred-address-types": "InternalIP",
}
_LEFT_OUT = "--egress-selector-config-file"


@dataclasses.dataclass(frozen=True)
class NodeOptions:
    """The node: its name, the folder of kube-scheduler, and the port of the API server."""

    name: str
    programs: pathlib.Path
    port: int


class WithNode(Real):
    """The programs of a control plane, kube-scheduler among them."""

    def __init__(self, state: StateDir, programs: Programs, node: NodeOptions) -> None:
        super().__init__(state, programs, port=node.port)
        self._node = node

    async def start(self) -> Access:
        """Start all; the kubeconfig of the node's kubelet lies with the others."""
        access = await super().start()
        node = User(f"system:node:{self._node.name}", ("system:nodes",))
        self._write_kubeconfig("kubeconfig-kubelet", node)
        self._write_kubeconfig("kubeconfig-scheduler", _SCHEDULER)
        config = self._files.path("kubeconfig-scheduler")
        command = [str(self._node.programs / "kube-scheduler"), f"--kubeconfig={config}"]
        command += [f"--bind-address={ADDRESS}", "--secure-port=0", "--leader-elect=false"]
        await self._run("kube-scheduler", command)
        return access

    def _write_kubeconfig(self, name: str, user: User) -> None:
        authority = self._identities.authority
        issued = authority.issue_client(user.name, user.groups)
        kubeconfig.write(
            self._files.path(name),
            cluster_entry(self._ports.api_url, authority.pem),
            {
                "client-certificate-data": _base64(issued.certificate),
                "client-key-data": _base64(issued.key),
            },
        )

    def _controller_manager_command(self) -> list[str]:
        # All controllers: some watch over nodes, and let pods onto one that is ready.
        return _changed(super()._controller_manager_command(), {"--controllers": "*"})

    def _api_server_command(self) -> list[str]:
        client = self._identities.authority.issue_client(
            _KUBELET_CLIENT.name, _KUBELET_CLIENT.groups
        )
        files = {"certificate": client.certificate, "key": client.key}
        changed = dict(_CHANGED)
        for part, content in files.items():
            path = self._files.path(f"kubelet-client.{part}")
            write_private(path, content)
            changed[f"--kubelet-client-{part}"] = str(path)
        command = super()._api_server_command()
        return _changed([word for word in command if not word.startswith(_LEFT_OUT)], changed)

    def _start_player(self, readiness: Readiness) -> t.Callable[[], t.Awaitable[None]]:
        return _nothing_to_play

    def seed(self, client: ApiClient) -> None:
        """Seed the cluster; its pods come up once its node does."""
        seed.seed(client, with_nodes=False)


def _changed(command: t.Iterable[str], options: t.Mapping[str, str]) -> list[str]:
    """Return a command line with other values of some options."""
    kept = (word for word in command if word.partition("=")[0] not in options)
    return [*kept, *(f"{name}={value}" for name, value in options.items())]


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def _nothing_to_play() -> None:
    """Real pods are ready when they are."""


__all__ = ("NodeOptions", "WithNode")
