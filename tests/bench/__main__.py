# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the benchmarks: ``python -m tests.bench [WORD ...]``, those whose name holds a word.

Every module ``bench_*.py`` of this folder has a function ``benches()``; nothing else registers it.
"""

from __future__ import annotations

import argparse
import importlib
import pathlib
import pkgutil
import sys
import typing as t

import tests.bench
from tests.bench.runner import Bench, measure, table

COLLECTIONS = pathlib.Path(__file__).parents[2] / ".cache" / "collections"


def discover() -> t.Iterator[Bench]:
    """Yield the benches of all modules, module by module."""
    for module in pkgutil.iter_modules(tests.bench.__path__):
        if module.name.startswith("bench_"):
            yield from importlib.import_module(f"tests.bench.{module.name}").benches()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("words", nargs="*", metavar="WORD")
    words = parser.parse_args().words
    chosen = [bench for bench in discover() if not words or any(w in bench.name for w in words)]
    if not chosen:
        parser.error(f"no bench has {' or '.join(words)} in its name")
    print(table([measure(bench) for bench in chosen]))


if __name__ == "__main__":
    sys.path.insert(0, str(COLLECTIONS))
    main()
