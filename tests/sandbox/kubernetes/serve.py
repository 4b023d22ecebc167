# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Serve a cluster from this process until it is told to stop.

Where no built-in server is asked for, the environment may name another one than the real server
that the sandbox builds: a cluster that is there (`SANDBOX_KUBECONFIG`), or a folder of programs
(`KUBEBUILDER_ASSETS`); `SANDBOX_KUBERNETES` names another release to build.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import pathlib
import signal
import sys
import typing as t

from tests.sandbox.go_programs import BUILD_HINT, NEWEST, control_plane
from tests.sandbox.kubernetes import accounts, kubeconfig
from tests.sandbox.kubernetes.backend import (
    ASSETS_VARIABLE,
    KUBECONFIG_VARIABLE,
    RELEASE_VARIABLE,
    Access,
    Backend,
)
from tests.sandbox.kubernetes.built_in import BuiltIn
from tests.sandbox.kubernetes.client import client_of
from tests.sandbox.kubernetes.found import Found
from tests.sandbox.kubernetes.layout import StateDir
from tests.sandbox.kubernetes.programs import Programs
from tests.sandbox.kubernetes.real import Real
from tests.sandbox.kubernetes.with_node import NodeOptions, WithNode
from tests.sandbox.paths import SandboxError
from tests.sandbox.pki import write_private


def backend_for(
    environment: t.Mapping[str, str], state: StateDir, node: NodeOptions | None = None
) -> Backend:
    """Return the real backend that the environment asks for. Raises SandboxError.

    With a real node it is one of ours, wherever its programs come from.
    """
    if node:
        return WithNode(state, _programs(environment), node)
    if found := environment.get(KUBECONFIG_VARIABLE):
        return Found(pathlib.Path(found).expanduser())
    return Real(state, _programs(environment))


def _programs(environment: t.Mapping[str, str]) -> Programs:
    if assets := environment.get(ASSETS_VARIABLE):
        folder = pathlib.Path(assets).expanduser()
        return Programs.of(folder, f"{ASSETS_VARIABLE} needs etcd and both programs")
    release = environment.get(RELEASE_VARIABLE) or NEWEST
    return Programs.of(control_plane(release), BUILD_HINT)


async def serve(
    state_dir: pathlib.Path,
    *,
    built_in: bool = False,
    node: NodeOptions | None = None,
    until_stdin_closes: bool = False,
) -> None:
    """Serve until SIGTERM or SIGINT (or the end of stdin). Raises SandboxError."""
    state = StateDir(state_dir)
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    state.ready_file.unlink(missing_ok=True)
    stop = _stop_event(until_stdin_closes)
    backend = BuiltIn(state) if built_in else backend_for(os.environ, state, node)
    try:
        access = await backend.start()
        _write_admin(state, access)
        seeded = asyncio.to_thread(_seed, backend, state, access)
        await _unless_it_dies(backend, seeded)
        _write_ready(state, access, backend.kind)
        print(f"serving {access.cluster['server']}", flush=True)
        print(f"export KUBECONFIG={state.kubeconfig.resolve()}", flush=True)
        await _unless_it_dies(backend, stop.wait())
    finally:
        state.ready_file.unlink(missing_ok=True)
        await backend.stop()


def _write_admin(state: StateDir, access: Access) -> None:
    authority = base64.b64decode(access.cluster.get("certificate-authority-data", ""))
    state.ca_file.write_bytes(authority)
    kubeconfig.write(state.kubeconfig, access.cluster, access.admin)


def _seed(backend: Backend, state: StateDir, access: Access) -> None:
    client = client_of(state.kubeconfig)
    backend.seed(client)
    for path, token in (
        (state.read_only_kubeconfig, accounts.reader_token(client)),
        (state.operator_kubeconfig, accounts.operator_token(client)),
    ):
        kubeconfig.write(path, access.cluster, {"token": token})


def _write_ready(state: StateDir, access: Access, kind: str) -> None:
    ready = {
        "url": access.cluster["server"],
        "token": access.admin.get("token", ""),
        "kind": kind,
        "pid": os.getpid(),
    }
    write_private(state.ready_file, json.dumps(ready, indent=2) + "\n")


async def _unless_it_dies(backend: Backend, work: t.Coroutine[t.Any, t.Any, object]) -> None:
    """Do something. Raises SandboxError when the API server ends before."""
    done, died = asyncio.ensure_future(work), asyncio.ensure_future(backend.died())
    await asyncio.wait((done, died), return_when=asyncio.FIRST_COMPLETED)
    if not done.done():
        done.cancel()
        raise SandboxError(died.result())
    died.cancel()
    done.result()


def _stop_event(until_stdin_closes: bool) -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if until_stdin_closes:
        # Whoever started this holds the other end: if it dies, even by SIGKILL, so do we.
        loop.add_reader(sys.stdin.fileno(), stop.set)
    return stop


__all__ = ("backend_for", "serve")
