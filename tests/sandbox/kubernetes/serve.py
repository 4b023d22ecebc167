# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the built-in API server in this process until it is told to stop."""

from __future__ import annotations

import asyncio
import json
import os
import pathlib
import signal
import ssl
import sys
import uuid

from aiohttp import web

from tests.sandbox.kubernetes import access, kubeconfig, seed
from tests.sandbox.kubernetes.app import App
from tests.sandbox.kubernetes.client import ApiClient
from tests.sandbox.kubernetes.layout import StateDir
from tests.sandbox.kubernetes.request_log import RequestLog
from tests.sandbox.pki import Authority, write_private

_ADDRESS = "127.0.0.1"
_NAMES = (_ADDRESS, "localhost", "kubernetes.default.svc")
# Idle clients must not hold up the end; a watch is cut.
_SHUTDOWN_SECONDS = 0.2


async def serve(state_dir: pathlib.Path, *, until_stdin_closes: bool = False) -> None:
    """Serve until SIGTERM or SIGINT (or the end of stdin), then remove `ready.json`."""
    state = StateDir(state_dir)
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    state.ready_file.unlink(missing_ok=True)
    stop = _stop_event(until_stdin_closes)
    tokens = access.Tokens()
    admin, read_only = tokens.issue(access.ADMIN), tokens.issue(access.READ_ONLY)
    authority = Authority("sandbox kubernetes")
    log = RequestLog(state.request_log)
    # Other state folders are other clusters: their identities must differ, and last.
    uid = str(uuid.uuid5(uuid.NAMESPACE_URL, state_dir.resolve().as_uri()))
    runner = web.AppRunner(
        App(uid, tokens, log).web_application(),
        access_log=None,
        shutdown_timeout=_SHUTDOWN_SECONDS,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, _ADDRESS, 0, ssl_context=_tls(authority, state))
        await site.start()
        url = f"https://{_ADDRESS}:{runner.addresses[0][1]}"
        state.ca_file.write_text(authority.pem, encoding="utf-8")
        kubeconfig.write(state.kubeconfig, url, authority.pem, admin)
        kubeconfig.write(state.read_only_kubeconfig, url, authority.pem, read_only)
        await asyncio.to_thread(_seed, ApiClient(url, authority.pem, admin))
        ready = {"url": url, "token": admin, "read_only_token": read_only, "pid": os.getpid()}
        write_private(state.ready_file, json.dumps(ready, indent=2) + "\n")
        print(f"serving {url}, export KUBECONFIG={state.kubeconfig}", flush=True)
        await stop.wait()
    finally:
        state.ready_file.unlink(missing_ok=True)
        await runner.cleanup()
        log.close()


def _seed(client: ApiClient) -> None:
    seed.seed(client)
    seed.wait_until_ready(client)


def _tls(authority: Authority, state: StateDir) -> ssl.SSLContext:
    issued = authority.issue(_NAMES)
    write_private(state.server_certificate, issued.key + issued.certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(state.server_certificate)
    return context


def _stop_event(until_stdin_closes: bool) -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if until_stdin_closes:
        # Whoever started this holds the other end: if it dies, even by SIGKILL, so do we.
        loop.add_reader(sys.stdin.fileno(), stop.set)
    return stop


__all__ = ("serve",)
