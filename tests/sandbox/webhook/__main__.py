# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the webhook: ``python -m tests.sandbox.webhook --state-dir DIR --kubeconfig FILE``."""

from __future__ import annotations

import argparse
import logging
import signal
import threading
from pathlib import Path

from tests.sandbox.webhook.server import serve


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m tests.sandbox.webhook", description=__doc__)
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    serve(arguments.state_dir, arguments.kubeconfig, stopped)


if __name__ == "__main__":
    main()
