# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the gates by name, or all of them: `.venv/bin/python -m tests.gates reuse docs`."""

from __future__ import annotations

import argparse
import functools
import pathlib
import sys
import time
import typing as t

from . import cores, published, release, rulebook, scenarios, workplace
from .workplace import GateError, NotCovered

_LOGS = workplace.GATES / "logs"
_SHOWN_LINES = 60

Gate = t.Callable[[pathlib.Path], str]


def gates() -> dict[str, Gate]:
    """Return every gate by its name, in the order in which they run."""
    found: dict[str, Gate] = {
        "reuse": published.reuse,
        "docs": published.docs,
        "build": published.build,
        "release": release.release,
        "importer": published.importer,
        "builder": published.builder,
        "lint": published.lint,
        "molecule": scenarios.molecule,
        "rulebook": rulebook.rulebook,
    }
    for core in cores.CORES:
        found[f"sanity-{core.release}"] = functools.partial(cores.sanity, core)
    for core in cores.OLDEST_AND_NEWEST:
        found[f"archive-{core.release}"] = functools.partial(cores.archive, core)
        found[f"playbooks-{core.release}"] = functools.partial(cores.playbooks, core)
    for core in cores.CORES:
        found[f"units-{core.release}"] = functools.partial(cores.units, core)
    return found


def main() -> int:
    """Run what the command line names; return the exit code."""
    every = gates()
    parser = argparse.ArgumentParser(prog="python -m tests.gates", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="GATE", help=", ".join(every))
    wanted = parser.parse_args().names
    unknown = [name for name in wanted if not _chosen(every, name)]
    if unknown:
        parser.error(f"no gate is called {', '.join(unknown)}; there are {', '.join(every)}")
    names = [name for word in wanted for name in _chosen(every, word)] or list(every)
    with workplace.prepared():
        _LOGS.mkdir(exist_ok=True)
        outcomes = [_pass(name, every[name]) for name in names]
    print(f"{outcomes.count('ok')} of {len(names)} gates are open", end="")
    missing = outcomes.count("not run")
    print(f", {missing} could not be tried on this machine" if missing else "")
    return 1 if "FAIL" in outcomes else 0


def _chosen(every: t.Iterable[str], word: str) -> list[str]:
    """Return the gates that a word names: `sanity` is all of `sanity-2.16`, `sanity-2.17`, ..."""
    return [name for name in every if word in (name, name.partition("-")[0])]


def _pass(name: str, gate: Gate) -> str:
    log = _LOGS / f"{name}.log"
    log.write_text("", encoding="utf-8")
    started = time.monotonic()
    try:
        outcome, note = "ok", gate(log)
    except NotCovered as error:
        outcome, note = "not run", str(error)
    except GateError as error:
        lines = log.read_text(encoding="utf-8").splitlines()
        # Its errors may stand far above the end of what a tool prints.
        errors = [line for line in lines[:-_SHOWN_LINES] if line.startswith("ERROR")]
        outcome, note = "FAIL", "\n".join([str(error), *errors, *lines[-_SHOWN_LINES:]])
    print(f"{outcome:<8}{name:<16}{time.monotonic() - started:7.1f} s  {note}", flush=True)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
