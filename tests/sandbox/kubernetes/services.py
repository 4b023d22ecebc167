# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network behind Services: where the API server gets when it calls one of them.

No pod runs, so what serves a Service is named by the tests: a port of loopback. kube-apiserver
asks for a connection to the Service's address as of an HTTP proxy (its egress selector).
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl

from tests.sandbox.kubernetes.client import ApiClient

_REFUSED = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
_ACCEPTED = b"HTTP/1.1 200 OK\r\n\r\n"
_CHUNK = 65536

# By namespace and name of a Service: `host:port` of what serves it.
Endpoints = dict[tuple[str, str], str]


class Services:
    """Leads connections to Services to what serves them."""

    def __init__(self, client: ApiClient, endpoints: Endpoints) -> None:
        self._client = client
        self._endpoints = endpoints

    async def start(self, address: str, port: int, context: ssl.SSLContext) -> asyncio.Server:
        """Serve until the server that is returned is closed."""
        return await asyncio.start_server(self._connect, address, port, ssl=context)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            address = head.split()[1].decode().rpartition(":")[0]
            endpoint = await asyncio.to_thread(self._endpoint, address)
            host, _colon, port = endpoint.rpartition(":")
            try:
                inner_reader, inner_writer = await asyncio.open_connection(host, int(port))
            except (OSError, ValueError):
                writer.write(_REFUSED)
            else:
                writer.write(_ACCEPTED)
                await asyncio.gather(_pipe(reader, inner_writer), _pipe(inner_reader, writer))
        with contextlib.suppress(OSError):
            writer.close()
            await writer.wait_closed()

    def _endpoint(self, address: str) -> str:
        for item in self._client.get("/api/v1/services")["items"]:
            if address in item["spec"].get("clusterIPs", ()):
                metadata = item["metadata"]
                return self._endpoints.get((metadata["namespace"], metadata["name"]), "")
        return ""


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()


__all__ = ("Endpoints", "Services")
