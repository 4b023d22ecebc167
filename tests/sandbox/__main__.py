# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox by hand: `python -m tests.sandbox up`."""

from __future__ import annotations

import argparse
import sys

from . import tools


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("tools", help="fetch what the sandbox needs into .cache/")
    parser.parse_args(arguments)
    failures = tools.fetch_all(lambda line: print(line, file=sys.stderr, flush=True))
    for failure in failures:
        print(f"error: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
