# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTPS servers on loopback that answer as a test scripts them, a proxy, and a clock."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import http.server
import json
import os
import socket
import ssl
import sys
import threading
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._redact import Redactor
from ansible_collections.palette.image_registry.plugins.module_utils._registry.auth import (
    Credentials,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.client import (
    RegistryClient,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.proxies import (
    Proxies,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.transport import (
    Clock,
    HttpTransport,
    Limits,
    Trust,
)
from tests.sandbox.pki import Authority
from tests.sandbox.tls import server_context

NAME = "registry.example.test"
MANIFEST = json.dumps(
    {"schemaVersion": 2, "config": {"digest": f"sha256:{'c' * 64}"}, "layers": []}
).encode()
DIGEST = f"sha256:{hashlib.sha256(MANIFEST).hexdigest()}"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"


@dataclasses.dataclass(frozen=True)
class Request:
    """What a server got; names of headers are in lower case, values of one name joined."""

    method: str
    path: str
    headers: t.Mapping[str, str]
    body: bytes = b""

    @classmethod
    def of(cls, handler: http.server.BaseHTTPRequestHandler) -> Request:
        names = {name.lower() for name in handler.headers}
        headers = {name: ", ".join(handler.headers.get_all(name) or ()) for name in names}
        body = handler.rfile.read(int(headers.get("content-length", 0)))
        return cls(handler.command, handler.path, headers, body)

    @property
    def authorization(self) -> str:
        return self.headers.get("authorization", "")


@dataclasses.dataclass(frozen=True)
class Reply:
    """What a server answers; status 0 cuts the connection."""

    status: int = 200
    headers: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def json(cls, data: object, status: int = 200, **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = json.dumps(data).encode()
        return cls(status, {"Content-Type": "application/json", **named}, body)


CUT = Reply(0)
API = Reply.json({})
FOUND = Reply(200, {"Content-Type": OCI_MANIFEST, "Docker-Content-Digest": DIGEST}, MANIFEST)
ABSENT = Reply.json({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}, 404)
PORTAL = Reply(200, {"Content-Type": "text/html; charset=utf-8"}, b"<html>Welcome</html>")

Script = t.Callable[[Request], Reply]


def holds_a(request: Request) -> Reply:
    """Answer as a registry that holds what has /a/ in its path."""
    if request.path == "/v2/":
        return API
    return FOUND if "/a/" in request.path else ABSENT


@functools.cache
def authority() -> Authority:
    """Return the authority of all servers here, made once."""
    return Authority("test CA")


@functools.cache
def tls(*names: str) -> ssl.SSLContext:
    """Return a context with a certificate for some names."""
    return server_context(authority().issue(names))


def wanting_client(most: ssl.TLSVersion) -> ssl.SSLContext:
    """Return a context that wants a client certificate, of TLS up to a version."""
    context = server_context(authority().issue(("127.0.0.1",)))
    context.maximum_version = most
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authority().pem)
    return context


@dataclasses.dataclass
class Server:
    """A running server: `host` is host:port, `requests` what came so far."""

    host: str
    requests: list[Request]

    def asked(self, word: str = "") -> list[str]:
        """Return method and path of the requests whose path holds a word."""
        return [f"{one.method} {one.path}" for one in self.requests if word in one.path]


class _Quiet(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: t.Any, client_address: t.Any) -> None:
        """Say nothing: clients that go away are what some tests are about.

        Who was refused in the handshake is let read why: to close on what it has sent would reset
        the connection, and take the alert away.
        """
        if not isinstance(sys.exception(), ssl.SSLError):
            return
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(request.fileno())) as plain:
            plain.settimeout(1)
            plain.shutdown(socket.SHUT_WR)
            while plain.recv(4096):
                pass


@contextlib.contextmanager
def _running(
    handler: type[http.server.BaseHTTPRequestHandler], context: ssl.SSLContext | None
) -> t.Iterator[int]:
    server = _Quiet(("127.0.0.1", 0), handler)
    if context is not None:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def serving(
    script: Script,
    names: tuple[str, ...] = ("127.0.0.1", "localhost", NAME),
    *,
    plain: bool = False,
    context: ssl.SSLContext | None = None,
) -> t.Iterator[Server]:
    """Serve a script over TLS (or not, if `plain`) until the end of the block.

    `context` takes the place of one with a certificate for these names.
    """
    requests: list[Request] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            request = Request.of(self)
            requests.append(request)
            reply = script(request)
            if not reply.status:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)

        do_HEAD = do_POST = do_PATCH = do_GET

        def log_message(self, format: str, *args: t.Any) -> None:  # noqa: A002 the base's name
            """Say nothing."""

    with _running(Handler, None if plain else context or tls(*names)) as port:
        yield Server(f"127.0.0.1:{port}", requests)


@contextlib.contextmanager
def proxying(target: str, status: int = 200) -> t.Iterator[Server]:
    """Serve as a proxy that leads every CONNECT to `target`, or refuses it with a status."""
    requests: list[Request] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            requests.append(Request.of(self))
            self.send_response(status)
            self.end_headers()
            self.close_connection = True
            if status == 200:
                host, _colon, port = target.partition(":")
                with socket.create_connection((host, int(port)), 5) as upstream:
                    back = threading.Thread(
                        target=_pump, args=(upstream, self.connection), daemon=True
                    )
                    back.start()
                    _pump(self.connection, upstream)
                    back.join(5)

        def log_message(self, format: str, *args: t.Any) -> None:  # noqa: A002 the base's name
            """Say nothing."""

    with _running(Handler, None) as port:
        yield Server(f"127.0.0.1:{port}", requests)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


class SharedTrust(Trust):
    """Reads the system's authorities once for all tests: there are many."""

    def context(self) -> ssl.SSLContext:
        return _context(self.ca_cert, self.insecure)


@functools.cache
def _context(ca_cert: str, insecure: bool) -> ssl.SSLContext:
    return Trust(ca_cert, insecure).context()


class FakeClock(Clock):
    """A clock that goes on only when somebody waits."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def chance(self) -> float:
        return 1.0


@dataclasses.dataclass
class Asking:
    """How a test asks: everything that the client is made of."""

    username: str = ""
    password: str = ""
    trust: Trust | None = None
    proxies: Proxies = dataclasses.field(default_factory=Proxies)
    limits: Limits = dataclasses.field(default_factory=lambda: Limits(timeout=5.0, attempts=3))
    clock: FakeClock = dataclasses.field(default_factory=FakeClock)
    token_hosts: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()

    def transport(self) -> HttpTransport:
        """Return a transport that trusts the tests' authority."""
        trust = self.trust or SharedTrust(authority().pem)
        return HttpTransport(trust, self.proxies, self.limits, self.clock)

    @contextlib.contextmanager
    def client(self, host: str) -> t.Iterator[RegistryClient]:
        """Return a client with the credentials for one host."""
        known = {host: Credentials(self.username, self.password)} if self.password else {}
        with contextlib.closing(self.transport()) as transport:
            yield RegistryClient(transport, known, self.token_hosts, Redactor(self.secrets).text)
