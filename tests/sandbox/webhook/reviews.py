# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The webhook's requests: POST / answers an AdmissionReview, GET /healthz says that it lives."""

from __future__ import annotations

import http.server
import json
import logging
import ssl
import time
import typing as t
from http import HTTPStatus

from tests.sandbox.webhook.admission import review

LOG = logging.getLogger("sandbox.webhook")


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: ReviewServer

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


class ReviewServer(http.server.ThreadingHTTPServer):
    """Answers reviews, each after `delay_seconds`."""

    def __init__(
        self,
        address: tuple[str, int],
        read_map_file: t.Callable[[], str],
        delay_seconds: float = 0.0,
    ) -> None:
        super().__init__(address, _Handler)
        self.read_map_file = read_map_file
        self.delay_seconds = delay_seconds

    def speak_tls(self, context: ssl.SSLContext) -> None:
        """Show a certificate from now on."""
        # The handshake waits for the handler's thread: a silent client must not stop the others.
        self.socket = context.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False
        )


__all__ = ("ReviewServer",)
