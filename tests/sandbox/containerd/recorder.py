# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every registry at once: servers on loopback that answer as told and write down each request."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import io
import json
import socket
import ssl
import tarfile
import threading
import typing as t
from collections.abc import Mapping
from http import HTTPStatus

from tests.sandbox.containerd.model import (
    EVERY_HOST,
    HOSTS,
    PLAIN_PORTS,
    TLS_PORTS,
    UNTRUSTED_HOST,
)
from tests.sandbox.pki import Authority
from tests.sandbox.tls import server_context

Answer = tuple[int, dict[str, str], bytes]
_TLS_RECORD = b"\x16"


class _Image:
    """An image of one empty layer."""

    def __init__(self) -> None:
        tar = io.BytesIO()
        tarfile.open(fileobj=tar, mode="w").close()
        layer = gzip.compress(tar.getvalue(), mtime=0)
        config = json.dumps(
            {
                "architecture": "amd64",
                "os": "linux",
                "config": {},
                "rootfs": {"type": "layers", "diff_ids": [_digest(tar.getvalue())]},
            }
        ).encode()
        self.type = "application/vnd.docker.distribution.manifest.v2+json"
        self.manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": self.type,
                "config": _descriptor("application/vnd.docker.container.image.v1+json", config),
                "layers": [_descriptor("application/vnd.docker.image.rootfs.diff.tar.gzip", layer)],
            }
        ).encode()
        self.blobs = {_digest(layer): layer, _digest(config): config}

    def answer(self, path: str) -> Answer:
        """Answer for any repository; a manifest asked by digest is said to have that digest."""
        parent, _slash, name = path.rpartition("/")
        if parent.endswith("/manifests"):
            digest = name if name.startswith("sha256:") else _digest(self.manifest)
            return 200, {"Content-Type": self.type, "Docker-Content-Digest": digest}, self.manifest
        if name in self.blobs:
            return 200, {"Content-Type": "application/octet-stream"}, self.blobs[name]
        return 404, {}, b""


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _descriptor(media_type: str, content: bytes) -> dict[str, t.Any]:
    return {"mediaType": media_type, "digest": _digest(content), "size": len(content)}


class Recorder:
    """The servers of a lab, and their authorities: one to trust, one that nobody trusts."""

    def __init__(self) -> None:
        self.servers: Mapping[str, str] = {}
        self._image = _Image()
        self._lock = threading.Lock()
        self._records: list[str] = []
        self._trusted = Authority("lab")
        self._untrusted = Authority("unknown")

    @property
    def authority(self) -> str:
        """Return the authority that the daemon is to trust."""
        return self._trusted.pem

    @property
    def untrusted(self) -> str:
        """Return the authority that the daemon does not know."""
        return self._untrusted.pem

    def listen(self) -> None:
        """Serve all ports until the process ends."""
        tls = server_context(self._trusted.issue((*HOSTS, "localhost", "127.0.0.1")))
        untrusted = server_context(self._untrusted.issue((UNTRUSTED_HOST,)))

        def choose(connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
            if name == UNTRUSTED_HOST:
                connection.context = untrusted

        tls.sni_callback = choose
        for port in TLS_PORTS + PLAIN_PORTS:
            server = _Server(self, port, tls if port in TLS_PORTS else None)
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def take(self) -> tuple[str, ...]:
        """Return what was recorded since the last call."""
        with self._lock:
            records, self._records = self._records, []
        return tuple(records)

    def record(self, text: str) -> None:
        """Write down one request."""
        with self._lock:
            self._records.append(text)

    def answer(self, host: str, path: str, authorization: str | None) -> Answer:
        """Return status, headers and body for a request to a host (without port)."""
        behaviour = self.servers.get(host, self.servers.get(EVERY_HOST, ""))
        if behaviour.isdigit():
            return int(behaviour), {}, b""
        if behaviour == "basic" and not authorization:
            return HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": 'Basic realm="lab"'}, b""
        if not path.startswith("/v2/"):
            if behaviour == "harbor":
                return 200, {"Content-Type": "text/html"}, b"<!doctype html><title>Harbor</title>"
            if behaviour == "v2only":
                return 404, {}, b""
        return self._image.answer(path)


class _Server(http.server.ThreadingHTTPServer):
    def __init__(self, recorder: Recorder, port: int, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.recorder = recorder
        self.tls = tls

    def finish_request(self, request: t.Any, client_address: t.Any) -> None:
        """Shake hands in the connection's own thread, and record it if that fails."""
        try:
            if self.tls:
                with self.tls.wrap_socket(request, server_side=True) as connection:
                    super().finish_request(connection, client_address)
            elif request.recv(1, socket.MSG_PEEK) == _TLS_RECORD:
                # As Go's server answers it; the daemon looks for these words.
                request.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
                self.recorder.record(self._failure)
            else:
                super().finish_request(request, client_address)
        except ssl.SSLError:
            # With TLS 1.3 a certificate is refused after the server's handshake.
            self.recorder.record(self._failure)
        except OSError:
            # The daemon hung up.
            return

    @property
    def _failure(self) -> str:
        return f"TLS handshake failed on port {self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20
    server: _Server

    def do_GET(self) -> None:
        """Answer and record."""
        recorder = self.server.recorder
        host = self.headers.get("Host", "")
        authorization = self.headers.get("Authorization")
        status, headers, body = recorder.answer(
            host.partition(":")[0], self.path.partition("?")[0], authorization
        )
        scheme = "https" if self.server.tls else "http"
        extra = f" auth={authorization}" if authorization else ""
        if "X-Test" in self.headers:
            extra += f" X-Test={self.headers['X-Test']}"
        url = f"{scheme}://{host}{self.path}"
        recorder.record(f"{self.command} {url} -> {int(status)}{extra}")
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, format: str, *args: t.Any) -> None:  # noqa: A002  # named by its base
        """Stay silent: the record is the log."""
