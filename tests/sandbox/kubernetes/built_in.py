# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API server of our own as a backend: TLS, tokens and a random port around `App`."""

from __future__ import annotations

import asyncio
import uuid

from aiohttp import web

from tests.sandbox.kubernetes import access, seed
from tests.sandbox.kubernetes.app import App
from tests.sandbox.kubernetes.backend import Access
from tests.sandbox.kubernetes.client import ApiClient
from tests.sandbox.kubernetes.kubeconfig import cluster_entry
from tests.sandbox.kubernetes.layout import StateDir
from tests.sandbox.kubernetes.request_log import RequestLog
from tests.sandbox.pki import Authority
from tests.sandbox.tls import server_context

BUILT_IN = "built-in"
_ADDRESS = "127.0.0.1"
_NAMES = (_ADDRESS, "localhost", "kubernetes.default.svc")
# Idle clients must not hold up the end; a watch is cut.
_SHUTDOWN_SECONDS = 0.2


class BuiltIn:
    """The built-in API server in this process."""

    kind = BUILT_IN

    def __init__(self, state: StateDir) -> None:
        self._log = RequestLog(state.request_log)
        self._tokens = access.Tokens()
        # Other state folders are other clusters: their identities must differ, and last.
        uid = str(uuid.uuid5(uuid.NAMESPACE_URL, state.path.resolve().as_uri()))
        self._runner = web.AppRunner(
            App(uid, self._tokens, self._log).web_application(),
            access_log=None,
            shutdown_timeout=_SHUTDOWN_SECONDS,
        )

    async def start(self) -> Access:
        """Serve on a random port of loopback."""
        authority = Authority("sandbox kubernetes")
        await self._runner.setup()
        context = server_context(authority.issue(_NAMES))
        site = web.TCPSite(self._runner, _ADDRESS, 0, ssl_context=context)
        await site.start()
        url = f"https://{_ADDRESS}:{self._runner.addresses[0][1]}"
        return Access(
            cluster_entry(url, authority.pem),
            {"token": self._tokens.issue(access.ADMIN)},
        )

    def seed(self, client: ApiClient) -> None:
        """Seed the cluster and wait for its workloads."""
        seed.seed(client)
        seed.wait_until_ready(client)

    async def died(self) -> str:
        """Never return: this server is this process."""
        await asyncio.Event().wait()
        return ""

    async def stop(self) -> None:
        """Cut all connections and close the log."""
        await self._runner.cleanup()
        self._log.close()


__all__ = ("BUILT_IN", "BuiltIn")
