# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the webhook in a pod of its chart: ``python -m tests.sandbox.webhook.pod``.

Map and certificate are mounted there. Standard library alone, so that the image is small.
"""

from __future__ import annotations

import logging
import pathlib
import signal
import ssl
import sys
import types
import typing as t

from tests.sandbox.webhook.reviews import ReviewServer

MAP_FILE = pathlib.Path("/app/maps/imageswap-maps.conf")
CERTIFICATE = pathlib.Path("/app/certificate")
PORT = 5000


def main() -> None:
    """Serve until SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    signal.signal(signal.SIGTERM, _end)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE / "tls.crt", CERTIFICATE / "tls.key")
    server = ReviewServer(("", PORT), lambda: MAP_FILE.read_text(encoding="utf-8"))
    server.speak_tls(context)
    server.serve_forever()


def _end(_number: int, _frame: types.FrameType | None) -> t.NoReturn:
    sys.exit(0)


if __name__ == "__main__":
    main()
