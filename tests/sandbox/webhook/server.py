# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The webhook beside the cluster, on a port of loopback."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import typing as t
from pathlib import Path

from tests.sandbox.pki import Authority, Certificate, write_private
from tests.sandbox.tls import server_context
from tests.sandbox.webhook.config_map import ConfigMapReader
from tests.sandbox.webhook.reviews import ReviewServer

ADDRESS = "127.0.0.1"


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
        self._server = ReviewServer((ADDRESS, 0), read_map_file, delay_seconds)
        self._authority = authority or Authority("imageswap")
        self.identity = identity or self._authority.issue((ADDRESS,))
        self._context = server_context(self.identity)
        self._server.speak_tls(self._context)
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
        write_private(ready, json.dumps({"url": server.url, "caBundle": server.ca_bundle}))
        stopped.wait()
    finally:
        ready.unlink(missing_ok=True)
        server.stop()
