# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real control plane: etcd, kube-apiserver and kube-controller-manager behind a proxy of ours.

Its controllers are the real ones. Scheduler and kubelets are played (`player`); requests are
logged, and fail on demand, in the proxy.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import signal
import subprocess
import typing as t
import urllib.error
import urllib.request

from aiohttp import web

from tests.sandbox.kubernetes import access, seed
from tests.sandbox.kubernetes.backend import Access
from tests.sandbox.kubernetes.caches import Caches
from tests.sandbox.kubernetes.client import ApiClient, RequestFailed
from tests.sandbox.kubernetes.control import Control
from tests.sandbox.kubernetes.etcd import Etcd, States
from tests.sandbox.kubernetes.faults import Faults
from tests.sandbox.kubernetes.front import Front
from tests.sandbox.kubernetes.kubeconfig import cluster_entry
from tests.sandbox.kubernetes.layout import StateDir
from tests.sandbox.kubernetes.player import Player
from tests.sandbox.kubernetes.programs import (
    ADDRESS,
    NAMES,
    Files,
    Identities,
    Ports,
    Programs,
    api_server_command,
    controller_manager_command,
    etcd_command,
)
from tests.sandbox.kubernetes.proxy import Proxy
from tests.sandbox.kubernetes.readiness import Readiness
from tests.sandbox.kubernetes.request_log import RequestLog
from tests.sandbox.kubernetes.services import Endpoints, Services
from tests.sandbox.paths import SandboxError
from tests.sandbox.tls import client_context, server_context

REAL = "real"
_START_SECONDS = 120.0
_STOP_SECONDS = 15.0
_POLL_SECONDS = 0.1
_SHUTDOWN_SECONDS = 0.2
_PR_SET_PDEATHSIG = 1


class Real:
    """The programs as children of this process; they end with it."""

    kind = REAL

    def __init__(self, state: StateDir, programs: Programs, port: int = 0) -> None:
        """Take the port of the proxy; 0 is any that is free."""
        self._port = port
        self._files = Files(state)
        self._programs = programs
        self._ports = Ports.free()
        self._identities = Identities.new()
        self._log = RequestLog(state.request_log)
        self._tokens = access.Tokens()
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._closing = contextlib.AsyncExitStack()

    async def start(self) -> Access:
        """Start all on random ports of loopback. Raises SandboxError."""
        ports, files, programs = self._ports, self._files, self._programs
        files.write(self._identities, ports)
        fsync = "--unsafe-no-fsync" not in await _output([str(programs.etcd), "--help"])
        await self._run("etcd", etcd_command(programs, ports, files, fsync=fsync))
        await self._wait_for("etcd", lambda: _etcd_is_healthy(ports))
        await self._run("kube-apiserver", self._api_server_command())
        await self._wait_for("kube-apiserver", lambda: _api_is_ready(self._client()))
        await self._run("kube-controller-manager", self._controller_manager_command())
        url = await self._serve()
        authority = self._identities.authority
        return Access(
            cluster_entry(url, authority.pem),
            {"token": self._tokens.issue(access.ADMIN)},
        )

    def _api_server_command(self) -> list[str]:
        return api_server_command(self._programs, self._ports, self._files)

    def _controller_manager_command(self) -> list[str]:
        return controller_manager_command(self._programs, self._ports, self._files)

    def _client(self) -> ApiClient:
        identities = self._identities
        return ApiClient(self._ports.api_url, identities.authority.pem, identities.player)

    async def _serve(self) -> str:
        """Start what is ours, and return the URL of the proxy."""
        identities, url = self._identities, self._ports.api_url
        anonymous = client_context(identities.authority.pem)
        readiness, faults = Readiness(), Faults()
        endpoints: Endpoints = {}
        services = Services(self._client(), endpoints)
        server = await services.start(
            ADDRESS, self._ports.services, server_context(identities.authority.issue(NAMES))
        )
        self._closing.callback(server.close)
        resync = self._start_player(readiness)
        states = States(Etcd(self._ports.etcd_url), Caches(self._client()))
        proxy = Proxy(
            url,
            anonymous,
            client_context(identities.authority.pem, identities.proxy),
            self._tokens,
            Control(faults, readiness, resync, self._tokens, states, endpoints),
            self._log,
        )
        await proxy.open()
        self._closing.push_async_callback(proxy.close)
        runner = web.AppRunner(
            Front(proxy.answer, faults, self._log).web_application(),
            access_log=None,
            shutdown_timeout=_SHUTDOWN_SECONDS,
        )
        await runner.setup()
        self._closing.push_async_callback(runner.cleanup)
        context = server_context(identities.authority.issue(NAMES), identities.authority.pem)
        await web.TCPSite(runner, ADDRESS, self._port, ssl_context=context).start()
        return f"https://{ADDRESS}:{runner.addresses[0][1]}"

    def _start_player(self, readiness: Readiness) -> t.Callable[[], t.Awaitable[None]]:
        """Play scheduler and kubelets; return what makes them look at all pods anew."""
        identities = self._identities
        context = client_context(identities.authority.pem)
        player = Player(self._ports.api_url, context, identities.player, readiness)
        playing = asyncio.create_task(player.run())
        self._closing.push_async_callback(_cancel, playing)
        return player.resync

    async def _run(self, name: str, command: t.Sequence[str]) -> None:
        with self._files.state.log_file.open("ab") as log:
            self._processes[name] = await asyncio.create_subprocess_exec(
                *command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_parent,
            )

    async def _wait_for(self, name: str, is_up: t.Callable[[], bool]) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            async with asyncio.timeout(_START_SECONDS):
                while self._processes[name].returncode is None:
                    if await asyncio.to_thread(is_up):
                        return
                    await asyncio.sleep(_POLL_SECONDS)
        log = self._files.state.log_file
        raise SandboxError(f"{name} did not start within {_START_SECONDS:.0f} s, see {log}")

    def seed(self, client: ApiClient) -> None:
        """Seed the cluster and wait for its workloads."""
        seed.seed(client)
        seed.wait_until_ready(client, _START_SECONDS)

    async def died(self) -> str:
        """Return a sentence when one of the programs has ended."""
        waiting = {
            asyncio.ensure_future(process.wait()): name for name, process in self._processes.items()
        }
        done, left = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for other in left:
            other.cancel()
        names = " and ".join(waiting[item] for item in done)
        return f"{names} has ended, see {self._files.state.log_file}"

    async def stop(self) -> None:
        """End all, in the opposite order."""
        await self._closing.aclose()
        for process in reversed(self._processes.values()):
            if process.returncode is not None:
                continue
            # Nothing of this cluster outlives it: there is nothing to put in order.
            process.kill()
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        self._processes.clear()
        self._log.close()


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


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


__all__ = ("REAL", "Real")
