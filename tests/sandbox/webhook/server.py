# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTPS server: POST / answers an AdmissionReview, GET /healthz says that it lives."""

from __future__ import annotations

import base64
import http.server
import json
import logging
import ssl
import threading
import time
import typing as t
from http import HTTPStatus
from pathlib import Path

from tests.sandbox.pki import Authority, Certificate
from tests.sandbox.tls import server_context
from tests.sandbox.webhook.admission import review
from tests.sandbox.webhook.config_map import ConfigMapReader

ADDRESS = "127.0.0.1"
LOG = logging.getLogger("sandbox.webhook")


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: _Server

    def do_GET(self) -> None:
        """Answer the health check."""
        found = self.path == "/healthz"
        status = HTTPStatus.OK if found else HTTPStatus.NOT_FOUND
        self._answer(status, {"health": "ok"} if found else {})

    def do_POST(self) -> None:
        """Answer a review; whatever fails in it is a 500, as with the real server."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        time.sleep(self.server.delay_seconds)
        try:
            answer = review(json.loads(body), self.server.read_map_file)
        except Exception:
            LOG.exception("the webhook crashed on a review")
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, {"message": "Internal Server Error"})
        else:
            self._answer(HTTPStatus.OK, answer)

    def _answer(self, status: HTTPStatus, content: dict[str, t.Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: t.Any) -> None:  # noqa: A002  # named by its base
        LOG.info(format, *args)


class _Server(http.server.ThreadingHTTPServer):
    def __init__(self, read_map_file: t.Callable[[], str], delay_seconds: float) -> None:
        super().__init__((ADDRESS, 0), _Handler)
        self.read_map_file = read_map_file
        self.delay_seconds = delay_seconds


class AdmissionServer:
    """The webhook on a free port of loopback, served by a thread between start and stop.

    It can be made to fail: `identity` is another certificate than a good one of its own
    `authority`, and each answer takes `delay_seconds`.
    """

    def __init__(
        self,
        read_map_file: t.Callable[[], str],
        *,
        authority: Authority | None = None,
        identity: Certificate | None = None,
        delay_seconds: float = 0.0,
    ) -> None:
        self._server = _Server(read_map_file, delay_seconds)
        self._authority = authority or Authority("imageswap")
        self.identity = identity or self._authority.issue((ADDRESS,))
        # The handshake waits for the handler's thread: a silent client must not stop the others.
        self._context = server_context(self.identity)
        self._server.socket = self._context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Return what ``clientConfig.url`` needs."""
        return f"https://{ADDRESS}:{self._server.server_port}/"

    @property
    def ca_bundle(self) -> str:
        """Return what ``clientConfig.caBundle`` needs: base64 of the PEM."""
        return base64.b64encode(self._authority.pem.encode()).decode()

    def show(self, identity: Certificate) -> None:
        """Show another certificate from the next connection on."""
        # A context keeps a certificate for each kind of key, so another one takes its place.
        shown = server_context(identity)

        def choose(connection: ssl.SSLObject, _name: str, _context: ssl.SSLContext) -> None:
            connection.context = shown

        self.identity = identity
        self._context.sni_callback = choose

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def serve(state_dir: Path, kubeconfig: Path, stopped: threading.Event) -> None:
    """Serve until the event is set; ``ready.json`` in the state folder exists while it answers."""
    server = AdmissionServer(ConfigMapReader(kubeconfig).read)
    state_dir.mkdir(parents=True, exist_ok=True)
    ready = state_dir / "ready.json"
    server.start()
    try:
        draft = state_dir / "ready.json.new"
        draft.write_text(json.dumps({"url": server.url, "caBundle": server.ca_bundle}))
        draft.replace(ready)
        stopped.wait()
    finally:
        ready.unlink(missing_ok=True)
        server.stop()
