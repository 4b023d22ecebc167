# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The programs of a real control plane: their files, ports and command lines."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import pathlib
import secrets
import socket
import typing as t

from tests.sandbox.kubernetes import kubeconfig
from tests.sandbox.kubernetes.access import MASTERS, User
from tests.sandbox.kubernetes.kubeconfig import cluster_entry
from tests.sandbox.kubernetes.layout import StateDir
from tests.sandbox.paths import SandboxError
from tests.sandbox.pki import Authority, Certificate, write_private

ADDRESS = "127.0.0.1"
NAMES = (ADDRESS, "localhost", "kubernetes.default.svc")
SERVICE_ADDRESSES = "10.0.0.0/20"
# They watch over nodes and volumes, of which there are none: the nodes are only played.
_CONTROLLERS_LEFT_OUT = (
    "node-lifecycle-controller",
    "node-ipam-controller",
    "taint-eviction-controller",
    "persistentvolume-attach-detach-controller",
    "persistentvolume-binder-controller",
    "persistentvolume-expander-controller",
)
_PROXY_USER = "sandbox:proxy"
_CONTROLLER_MANAGER = User("system:kube-controller-manager", (MASTERS,))
_PLAYER = User("sandbox:kubelets", (MASTERS,))


@dataclasses.dataclass(frozen=True)
class Programs:
    """Where the three programs are."""

    etcd: pathlib.Path
    api_server: pathlib.Path
    controller_manager: pathlib.Path

    @classmethod
    def of(cls, folder: pathlib.Path, hint: str) -> Programs:
        """Return the programs in a folder. Raises SandboxError, with a hint."""
        names = ("etcd", "kube-apiserver", "kube-controller-manager")
        for name in names:
            if not (folder / name).is_file():
                raise SandboxError(f"there is no {name} in {folder}: {hint}")
        return cls(*(folder / name for name in names))


@dataclasses.dataclass(frozen=True)
class Ports:
    """The loopback ports of one control plane. Behind `services` lead the cluster's Services."""

    etcd: int
    etcd_peer: int
    api: int
    controllers: int
    services: int

    @classmethod
    def free(cls) -> Ports:
        """Return ports that nobody uses now."""
        with contextlib.ExitStack() as stack:
            sockets = [stack.enter_context(socket.socket()) for _port in dataclasses.fields(cls)]
            for item in sockets:
                item.bind((ADDRESS, 0))
            return cls(*(item.getsockname()[1] for item in sockets))

    @property
    def etcd_url(self) -> str:
        """Where etcd serves clients."""
        return f"http://{ADDRESS}:{self.etcd}"

    @property
    def api_url(self) -> str:
        """Where the API server serves, behind the proxy."""
        return f"https://{ADDRESS}:{self.api}"


@dataclasses.dataclass(frozen=True)
class Identities:
    """Who is who. `front` is the authority of the proxy alone, which may speak for anybody."""

    authority: Authority
    front: Authority
    proxy: Certificate
    controllers: str
    player: str

    @classmethod
    def new(cls) -> Identities:
        """Make all keys and tokens anew."""
        front = Authority("sandbox front proxy")
        tokens = (secrets.token_urlsafe(32) for _token in range(2))
        return cls(Authority("sandbox kubernetes"), front, front.issue_client(_PROXY_USER), *tokens)


@dataclasses.dataclass(frozen=True)
class Files:
    """The files that the programs are given."""

    state: StateDir

    def path(self, name: str) -> pathlib.Path:
        """Return the path of a file."""
        return self.state.path / name

    def write(self, identities: Identities, ports: Ports) -> None:
        """Write all of them; keys and tokens for their owner alone."""
        authority = identities.authority
        server, accounts = authority.issue(NAMES), authority.issue(("service-accounts",))
        write_private(self.path("cluster-ca.crt"), authority.pem)
        write_private(self.path("cluster-ca.key"), authority.key)
        write_private(self.path("front-ca.crt"), identities.front.pem)
        write_private(self.state.server_certificate, server.certificate)
        write_private(self.state.server_key, server.key)
        write_private(self.path("service-accounts.crt"), accounts.certificate)
        write_private(self.path("service-accounts.key"), accounts.key)
        tokens = [
            token_line(identities.controllers, _CONTROLLER_MANAGER),
            token_line(identities.player, _PLAYER),
        ]
        write_private(self.path("tokens.csv"), "".join(tokens))
        kubeconfig.write(
            self.path("kubeconfig-controllers"),
            cluster_entry(ports.api_url, authority.pem),
            {"token": identities.controllers},
        )
        write_private(self.path("egress.json"), json.dumps(self._egress(ports)))
        self.path("etcd").mkdir(mode=0o700, exist_ok=True)

    def _egress(self, ports: Ports) -> dict[str, t.Any]:
        """Return how the API server reaches what runs in the cluster: by a proxy of ours.

        kube-apiserver wants to show a certificate there; it is not asked for.
        """
        tls = {
            "caBundle": str(self.path("cluster-ca.crt")),
            "clientCert": str(self.state.server_certificate),
            "clientKey": str(self.state.server_key),
        }
        transport = {"tcp": {"url": f"https://{ADDRESS}:{ports.services}", "tlsConfig": tls}}
        connection = {"proxyProtocol": "HTTPConnect", "transport": transport}
        return {
            "apiVersion": "apiserver.k8s.io/v1beta1",
            "kind": "EgressSelectorConfiguration",
            "egressSelections": [{"name": "cluster", "connection": connection}],
        }


def token_line(token: str, user: User) -> str:
    """Return one line of the token file."""
    return f'{token},{user.name},{user.name},"{",".join(user.groups)}"\n'


def etcd_command(programs: Programs, ports: Ports, files: Files, *, fsync: bool) -> list[str]:
    """Return the command line of etcd. Without `fsync` it is faster, but needs etcd 3.5."""
    peer = f"http://{ADDRESS}:{ports.etcd_peer}"
    command = [
        str(programs.etcd),
        "--name=sandbox",
        f"--data-dir={files.path('etcd')}",
        f"--listen-client-urls={ports.etcd_url}",
        f"--advertise-client-urls={ports.etcd_url}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=sandbox={peer}",
        # A whole state comes back in one transaction.
        "--max-txn-ops=100000",
        "--max-request-bytes=104857600",
    ]
    return command if fsync else [*command, "--unsafe-no-fsync=true"]


def api_server_command(programs: Programs, ports: Ports, files: Files) -> list[str]:
    """Return the command line of kube-apiserver. Tokens are in files, not in here."""
    return [
        str(programs.api_server),
        f"--etcd-servers={ports.etcd_url}",
        f"--bind-address={ADDRESS}",
        f"--secure-port={ports.api}",
        # Without these two it looks for an outward address of the host, and fails without one.
        f"--advertise-address={ADDRESS}",
        "--endpoint-reconciler-type=none",
        f"--cert-dir={files.state.path}",
        f"--tls-cert-file={files.state.server_certificate}",
        f"--tls-private-key-file={files.state.server_key}",
        f"--client-ca-file={files.path('cluster-ca.crt')}",
        f"--requestheader-client-ca-file={files.path('front-ca.crt')}",
        f"--requestheader-allowed-names={_PROXY_USER}",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--token-auth-file={files.path('tokens.csv')}",
        "--authorization-mode=RBAC",
        f"--egress-selector-config-file={files.path('egress.json')}",
        f"--service-cluster-ip-range={SERVICE_ADDRESSES}",
        f"--service-account-issuer={ports.api_url}/",
        f"--service-account-key-file={files.path('service-accounts.crt')}",
        f"--service-account-signing-key-file={files.path('service-accounts.key')}",
        "--allow-privileged=true",
        "--profiling=false",
    ]


def controller_manager_command(programs: Programs, ports: Ports, files: Files) -> list[str]:
    """Return the command line of kube-controller-manager."""
    left_out = ",".join(f"-{name}" for name in _CONTROLLERS_LEFT_OUT)
    config = files.path("kubeconfig-controllers")
    return [
        str(programs.controller_manager),
        f"--kubeconfig={config}",
        f"--authentication-kubeconfig={config}",
        f"--authorization-kubeconfig={config}",
        f"--bind-address={ADDRESS}",
        f"--secure-port={ports.controllers}",
        f"--cert-dir={files.state.path}",
        "--leader-elect=false",
        f"--controllers=*,{left_out}",
        f"--service-account-private-key-file={files.path('service-accounts.key')}",
        f"--root-ca-file={files.path('cluster-ca.crt')}",
        f"--cluster-signing-cert-file={files.path('cluster-ca.crt')}",
        f"--cluster-signing-key-file={files.path('cluster-ca.key')}",
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
        "--profiling=false",
    ]


__all__ = (
    "Files",
    "Identities",
    "Ports",
    "Programs",
    "api_server_command",
    "controller_manager_command",
    "etcd_command",
    "token_line",
)
