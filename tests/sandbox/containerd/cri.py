# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two calls of the container runtime interface that an observation needs."""

from __future__ import annotations

import pathlib
import time

import grpc

_IMAGES = "/runtime.v1.ImageService/"
_PULL_SECONDS = 60
_START_SECONDS = 10


class CriClient:
    """Calls over a daemon's socket; messages are encoded by hand, they have one field each."""

    def __init__(self, socket: pathlib.Path) -> None:
        self._channel = grpc.insecure_channel(f"unix://{socket}")

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()

    def is_served(self) -> bool:
        """Return whether the daemon has a working CRI plugin.

        Raises grpc.RpcError if the daemon gives no answer to that.
        """
        end = time.monotonic() + _START_SECONDS
        while True:
            try:
                self._call("ListImages", b"", _START_SECONDS)
            except grpc.RpcError as error:
                if error.code() == grpc.StatusCode.UNIMPLEMENTED:
                    return False
                # The plugin says so until it has finished its start.
                if "not initialized" not in error.details() or time.monotonic() > end:
                    raise
                time.sleep(0.05)
            else:
                return True

    def pull(self, image: str) -> bool:
        """Pull an image and return whether that succeeded."""
        try:
            self._call("PullImage", _field(1, _field(1, image.encode())), _PULL_SECONDS)
        except grpc.RpcError:
            return False
        return True

    def _call(self, name: str, message: bytes, seconds: float) -> None:
        call = self._channel.unary_unary(_IMAGES + name)
        call(message, timeout=seconds, wait_for_ready=True)


def _field(number: int, value: bytes) -> bytes:
    """Return a length-delimited protobuf field."""
    length = len(value)
    size = bytearray()
    while length > 127:
        size.append(length & 127 | 128)
        length >>= 7
    return bytes([number << 3 | 2, *size, length]) + value
