# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster that somebody else runs (`SANDBOX_KUBECONFIG`) as a backend.

Its current context is used. What the seed makes stays there when the sandbox stops; nodes of
the cluster's own are left alone.
"""

from __future__ import annotations

import asyncio
import pathlib

from tests.sandbox.kubernetes import kubeconfig, seed
from tests.sandbox.kubernetes.backend import Access
from tests.sandbox.kubernetes.client import ApiClient, RequestFailed, client_of
from tests.sandbox.paths import SandboxError

FOUND = "found"


class Found:
    """A cluster that is there already."""

    kind = FOUND

    def __init__(self, config: pathlib.Path) -> None:
        self._config = config

    async def start(self) -> Access:
        """Read the kubeconfig. Raises SandboxError."""
        try:
            return await asyncio.to_thread(self._access)
        except (OSError, ValueError, RequestFailed) as error:
            raise SandboxError(f"SANDBOX_KUBECONFIG: {error}") from error

    def _access(self) -> Access:
        cluster, user = kubeconfig.read(self._config)
        client_of(self._config)  # it has to be one that the sandbox can use
        return Access(cluster, user)

    def seed(self, client: ApiClient) -> None:
        """Seed what is missing."""
        seed.seed(client, with_nodes=seed.has_only_our_nodes(client), with_statuses=True)

    async def died(self) -> str:
        """Never return: how long this cluster lives is not ours to know."""
        await asyncio.Event().wait()
        return ""

    async def stop(self) -> None:
        """Do nothing: others run this cluster."""


__all__ = ("FOUND", "Found")
