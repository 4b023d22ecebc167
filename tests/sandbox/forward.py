# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forward one port of the host into another network namespace.

Started by `network.py` as ``python -m tests.sandbox.forward NAMESPACE READY ADDRESS PORT ADDRESS
PORT``. The socket that listens stays in the namespace in which it was made; all that is opened
after `setns` is in the other one.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import pathlib
import socket
import sys

_CLONE_NEWNET = 0x40000000
_CHUNK = 1 << 16


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


async def _serve(listening: socket.socket, target: tuple[str, int]) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection(*target)
        except OSError:  # nobody listens there yet: the caller sees its connection end
            writer.close()
            return
        try:
            await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))
        finally:
            inner_writer.close()
            writer.close()

    server = await asyncio.start_server(connected, sock=listening)
    await server.serve_forever()


def _enter(namespace: str) -> None:
    handle = os.open(namespace, os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(handle, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns", namespace)
    os.close(handle)


def main(arguments: list[str]) -> None:
    """Listen, enter the namespace, write the port into the file READY, and forward."""
    namespace, ready, address, port, target, target_port = arguments
    listening = socket.create_server((address, int(port)), backlog=128)
    _enter(namespace)
    draft = pathlib.Path(f"{ready}.new")
    draft.write_text(str(listening.getsockname()[1]), encoding="ascii")
    draft.replace(ready)
    asyncio.run(_serve(listening, (target, int(target_port))))


if __name__ == "__main__":
    main(sys.argv[1:])
