# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real API server from binaries: etcd and kube-apiserver in `KUBEBUILDER_ASSETS`.

The convention of controller-runtime's envtest: both programs in one folder, no controllers, no
kubelet. So nothing runs a Deployment there: the seed writes the statuses itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import dataclasses
import pathlib
import secrets
import signal
import socket
import subprocess
import typing as t
import urllib.error
import urllib.request

from tests.sandbox.kubernetes import access, seed
from tests.sandbox.kubernetes.backend import Access
from tests.sandbox.kubernetes.client import ApiClient, RequestFailed
from tests.sandbox.kubernetes.kubeconfig import cluster_entry
from tests.sandbox.kubernetes.layout import StateDir
from tests.sandbox.paths import SandboxError
from tests.sandbox.pki import Authority, write_private

_ADDRESS = "127.0.0.1"
_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
_POLL_SECONDS = 0.1
_PR_SET_PDEATHSIG = 1


@dataclasses.dataclass(frozen=True)
class Ports:
    """The loopback ports of one control plane."""

    etcd: int
    etcd_peer: int
    api: int

    @classmethod
    def free(cls) -> Ports:
        """Return three ports that nobody uses now."""
        with contextlib.ExitStack() as stack:
            sockets = [stack.enter_context(socket.socket()) for _port in dataclasses.fields(cls)]
            for item in sockets:
                item.bind((_ADDRESS, 0))
            return cls(*(item.getsockname()[1] for item in sockets))

    @property
    def etcd_url(self) -> str:
        """Where etcd serves clients."""
        return f"http://{_ADDRESS}:{self.etcd}"

    @property
    def api_url(self) -> str:
        """Where the API server serves."""
        return f"https://{_ADDRESS}:{self.api}"


@dataclasses.dataclass(frozen=True)
class Files:
    """The files that the two programs are given."""

    state: StateDir

    @property
    def etcd_data(self) -> pathlib.Path:
        """The folder of etcd's data."""
        return self.state.path / "etcd"

    @property
    def tokens(self) -> pathlib.Path:
        """The static tokens: `token,user,uid,"group,group"` lines."""
        return self.state.path / "tokens.csv"

    @property
    def account_key(self) -> pathlib.Path:
        """The private key that signs the tokens of service accounts."""
        return self.state.path / "service-accounts.key"

    @property
    def account_certificate(self) -> pathlib.Path:
        """The certificate with the public part of that key."""
        return self.state.path / "service-accounts.crt"


def etcd_command(program: pathlib.Path, ports: Ports, files: Files, *, fsync: bool) -> list[str]:
    """Return the command line of etcd. Without `fsync` it is faster, but needs etcd 3.5."""
    peer = f"http://{_ADDRESS}:{ports.etcd_peer}"
    command = [
        str(program),
        "--name=sandbox",
        f"--data-dir={files.etcd_data}",
        f"--listen-client-urls={ports.etcd_url}",
        f"--advertise-client-urls={ports.etcd_url}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=sandbox={peer}",
    ]
    return command if fsync else [*command, "--unsafe-no-fsync=true"]


def api_server_command(program: pathlib.Path, ports: Ports, files: Files) -> list[str]:
    """Return the command line of kube-apiserver. Tokens are in files, not in here."""
    return [
        str(program),
        f"--etcd-servers={ports.etcd_url}",
        f"--bind-address={_ADDRESS}",
        f"--secure-port={ports.api}",
        # Without these two it looks for an outward address of the host, and fails without one.
        f"--advertise-address={_ADDRESS}",
        "--endpoint-reconciler-type=none",
        f"--cert-dir={files.state.path}",
        f"--tls-cert-file={files.state.server_certificate}",
        f"--tls-private-key-file={files.state.server_key}",
        f"--token-auth-file={files.tokens}",
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.0.0.0/24",
        f"--service-account-issuer={ports.api_url}/",
        f"--service-account-key-file={files.account_certificate}",
        f"--service-account-signing-key-file={files.account_key}",
        # No controller makes the `default` accounts that this plugin would ask for.
        "--disable-admission-plugins=ServiceAccount",
        "--allow-privileged=true",
    ]


def token_line(token: str, user: access.User) -> str:
    """Return one line of the token file."""
    return f'{token},{user.name},{user.name},"{",".join(user.groups)}"\n'


class Binaries:
    """etcd and kube-apiserver as children of this process; they end with it."""

    kind = "binaries"

    def __init__(self, state: StateDir, assets: pathlib.Path) -> None:
        self._files = Files(state)
        self._etcd = _program(assets, "etcd")
        self._api_server = _program(assets, "kube-apiserver")
        self._processes: list[asyncio.subprocess.Process] = []

    async def start(self) -> Access:
        """Start both on random ports of loopback. Raises SandboxError."""
        ports = Ports.free()
        authority = Authority("sandbox kubernetes")
        admin, read_only = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self._write_files(authority, admin, read_only)
        fsync = "--unsafe-no-fsync" not in await _output([str(self._etcd), "--help"])
        await self._run(etcd_command(self._etcd, ports, self._files, fsync=fsync))
        await self._wait_for("etcd", lambda: _etcd_is_healthy(ports))
        await self._run(api_server_command(self._api_server, ports, self._files))
        client = ApiClient(ports.api_url, authority.pem, admin)
        await self._wait_for("kube-apiserver", lambda: _api_is_ready(client))
        cluster = cluster_entry(ports.api_url, authority.pem)
        return Access(cluster, {"token": admin}, {"token": read_only})

    def _write_files(self, authority: Authority, admin: str, read_only: str) -> None:
        files, state = self._files, self._files.state
        server = authority.issue((_ADDRESS, "localhost"))
        state.server_certificate.write_text(server.certificate, encoding="utf-8")
        write_private(state.server_key, server.key)
        accounts = authority.issue(("service-accounts",))
        files.account_certificate.write_text(accounts.certificate, encoding="utf-8")
        write_private(files.account_key, accounts.key)
        tokens = [token_line(admin, access.ADMIN), token_line(read_only, access.READ_ONLY)]
        write_private(files.tokens, "".join(tokens))
        files.etcd_data.mkdir(mode=0o700, exist_ok=True)

    async def _run(self, command: t.Sequence[str]) -> None:
        with self._files.state.log_file.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_parent,
            )
        self._processes.append(process)

    async def _wait_for(self, name: str, is_up: t.Callable[[], bool]) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            async with asyncio.timeout(_START_SECONDS):
                while self._processes[-1].returncode is None:
                    if await asyncio.to_thread(is_up):
                        return
                    await asyncio.sleep(_POLL_SECONDS)
        log = self._files.state.log_file
        raise SandboxError(f"{name} did not start within {_START_SECONDS:.0f} s, see {log}")

    def seed(self, client: ApiClient) -> None:
        """Seed the cluster, statuses included."""
        seed.seed(client, with_statuses=True)

    async def died(self) -> str:
        """Return a sentence when one of the two programs has ended."""
        waiting = [asyncio.ensure_future(process.wait()) for process in self._processes]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for other in waiting:
            other.cancel()
        return f"etcd or kube-apiserver has ended, see {self._files.state.log_file}"

    async def stop(self) -> None:
        """End both, the API server first."""
        while self._processes:
            process = self._processes.pop()
            if process.returncode is not None:
                continue
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()


def _program(assets: pathlib.Path, name: str) -> pathlib.Path:
    program = assets / name
    if not program.is_file():
        raise SandboxError(f"KUBEBUILDER_ASSETS: there is no {name} in {assets}")
    return program


def _end_with_parent() -> None:
    """Ask the kernel (Linux) to end this child when the process that made it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


async def _output(command: t.Sequence[str]) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output, _nothing = await process.communicate()
    return output.decode(errors="replace")


def _etcd_is_healthy(ports: Ports) -> bool:
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{ports.etcd_url}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _api_is_ready(client: ApiClient) -> bool:
    # The namespaces come last: a ready server without them refuses the seed.
    try:
        client.get("/readyz")
        client.get("/api/v1/namespaces/default")
        client.get("/api/v1/namespaces/kube-system")
    except (RequestFailed, OSError):
        return False
    return True


__all__ = ("Binaries", "Files", "Ports", "api_server_command", "etcd_command", "token_line")
