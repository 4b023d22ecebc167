# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""`python -m tests.sandbox.kubernetes --state-dir DIR`: serve until SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import pathlib
import sys

from tests.sandbox.kubernetes.serve import serve
from tests.sandbox.kubernetes.with_node import NodeOptions
from tests.sandbox.paths import SandboxError


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.sandbox.kubernetes", description=__doc__)
    parser.add_argument(
        "--state-dir",
        type=pathlib.Path,
        required=True,
        help="folder for kubeconfigs, ca.crt, requests.jsonl, ready.json",
    )
    parser.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help="also stop at the end of stdin, so that no server outlives who started it",
    )
    parser.add_argument("--built-in", action="store_true", help="the API server of our own")
    parser.add_argument("--node", help="name of a real node in this network: nothing is played")
    parser.add_argument("--node-programs", type=pathlib.Path, help="folder of kube-scheduler")
    parser.add_argument("--port", type=int, default=0, help="of the API server, with --node")
    options = parser.parse_args()
    node = None
    if options.node:
        node = NodeOptions(options.node, options.node_programs, options.port)
    try:
        asyncio.run(
            serve(
                options.state_dir,
                built_in=options.built_in,
                node=node,
                until_stdin_closes=options.until_stdin_closes,
            )
        )
    except SandboxError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
