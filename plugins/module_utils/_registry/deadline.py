# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A deadline for an HTTP exchange as a whole, whatever its server does to spin it out.

Timeouts of sockets are those of a single read: a server that sends one byte in time, and then
another, holds its client for ever, be it in the handshake, in headers, in `100 Continue` after
`100 Continue`, in a body or in a proxy's answer. Here a timer shuts the socket down, which ends
whatever waits for it, in every thread and in every library.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import threading
import time
import typing as t

with contextlib.suppress(ImportError):  # those who ask tell of it
    import urllib3
    import urllib3.connection

_CURRENT = threading.local()
_LARGEST_WHOLE = 1024 * 1024  # bytes of a body that a library reads without saying how much


class Deadline:
    """Ends, some seconds after it is entered, all that its thread waits for on connections.

    `passed` tells whether it did.
    """

    def __init__(self, seconds: float) -> None:
        """Prepare; time runs from when it is entered."""
        self.passed = False
        self._seconds = seconds
        self._end = 0.0
        self._lock = threading.Lock()
        self._watched: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True

    def __enter__(self) -> t.Self:
        """Let time run."""
        self._end = time.monotonic() + self._seconds
        _CURRENT.deadline = self
        self._timer.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        """Let go of what was watched."""
        _CURRENT.deadline = None
        self._timer.cancel()
        with self._lock:
            for sock in self._watched:
                sock.close()
            self._watched.clear()

    def remaining(self) -> float:
        """Return the seconds that are left. Raises TimeoutError where none are."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"no whole answer within {self._seconds:g} s")
        return left

    def watch(self, descriptor: int) -> None:
        """Shut this socket down when time is up, under whatever name its user knows it.

        A duplicate is kept: the number alone may be another thread's socket by then.
        """
        sock = socket.socket(fileno=os.dup(descriptor))
        with self._lock:
            self._watched.append(sock)
            if self.passed:
                _shut(sock)

    def _ring(self) -> None:
        with self._lock:
            self.passed = True
            for sock in self._watched:
                _shut(sock)


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def heed_deadlines(manager: urllib3.PoolManager) -> None:
    """Let all connections of a manager end with the deadline of the thread that uses them.

    Nothing that comes over them is unpacked: a hundred bytes may be gigabytes.
    """
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _Pool}


def _watched(connection: urllib3.connection.HTTPConnection) -> None:
    """Show a connection, which may be one of earlier requests, to the deadline of this thread."""
    deadline: Deadline | None = getattr(_CURRENT, "deadline", None)
    if deadline is not None and connection.sock is not None:
        deadline.watch(connection.sock.fileno())


def _connect(connection: urllib3.connection.HTTPConnection) -> socket.socket | None:
    """Connect to one address after the other within the deadline; None where there is none."""
    deadline: Deadline | None = getattr(_CURRENT, "deadline", None)
    if deadline is None:
        return None
    failure: OSError | None = None
    host = connection.host.strip("[]")
    for family, kind, protocol, _name, address in socket.getaddrinfo(
        host, connection.port, type=socket.SOCK_STREAM
    ):
        sock = socket.socket(family, kind, protocol)
        try:
            for option in connection.socket_options or ():
                sock.setsockopt(*option)
            deadline.watch(sock.fileno())
            sock.settimeout(deadline.remaining())
            sock.connect(address)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise failure or OSError("its name has no address")


class _Response(http.client.HTTPResponse):
    """An answer that fills no memory where all of it is read: a refusal, before a redirect."""

    def read(self, amt: int | None = None) -> bytes:
        if amt is not None:
            return super().read(amt)
        body = super().read(_LARGEST_WHOLE)
        if len(body) == _LARGEST_WHOLE:
            raise http.client.HTTPException("the answer is larger than 1 MiB")
        return body


if "urllib3" in globals():

    class _PlainConnection(urllib3.connection.HTTPConnection):
        response_class = _Response

        def _new_conn(self) -> socket.socket:
            return _connect(self) or super()._new_conn()

        def putrequest(self, *args: t.Any, **kwargs: t.Any) -> None:
            _watched(self)
            super().putrequest(*args, **kwargs)

    class _Connection(urllib3.connection.HTTPSConnection):
        response_class = _Response

        def _new_conn(self) -> socket.socket:
            return _connect(self) or super()._new_conn()

        def putrequest(self, *args: t.Any, **kwargs: t.Any) -> None:
            _watched(self)
            super().putrequest(*args, **kwargs)

    class _PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = _PlainConnection

        def _make_request(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
            return super()._make_request(*args, **{**kwargs, "decode_content": False})

    class _Pool(urllib3.HTTPSConnectionPool):
        ConnectionCls = _Connection

        def _make_request(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
            return super()._make_request(*args, **{**kwargs, "decode_content": False})


__all__ = ("Deadline", "heed_deadlines")
