# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interrupt overrides in every way and count what is left: ``python -m tests.interruptions``."""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import secrets
import shutil
import sys
import threading
import time

from tests.interruptions import playbooks
from tests.interruptions.cases import KINDS, Case, all_cases, sample
from tests.interruptions.outcome import Outcome, complaints, table
from tests.interruptions.runner import Runner
from tests.interruptions.stage import STARTS, Stage
from tests.sandbox.paths import CACHE
from tests.sandbox.world import Options, World

_FOLDER = CACHE / "interruptions"


@dataclasses.dataclass
class _Cases:
    """The cases that are left to do; the first stage that is ready tells which there are."""

    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)
    left: list[Case] | None = None

    def next(self) -> Case | None:
        """Take the next case, None where all are taken."""
        with self.lock:
            return self.left.pop(0) if self.left else None

    def stop(self) -> None:
        """Leave out all cases that nobody has taken."""
        with self.lock:
            self.left = []


def main() -> int:
    """Run the cases that were asked for, and return 1 where one ended badly."""
    arguments = _arguments()
    shutil.rmtree(_FOLDER, ignore_errors=True)
    began = time.monotonic()
    cases = _Cases()
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        jobs = [pool.submit(_work, arguments, number, cases) for number in range(arguments.jobs)]
        try:
            outcomes = [outcome for job in jobs for outcome in job.result()]
        except BaseException:
            cases.stop()  # the others need not go on when one has failed, or Ctrl-C was pressed
            raise
    print(f"\n{table(outcomes)}")
    without = sum(not outcome.second for outcome in outcomes)
    print(f"\n{without} needed no second run: nothing was written, and nothing was left.")
    bad = complaints(outcomes, arguments.seed)
    print("\n".join(["", *bad]))
    print(f"\nseed {arguments.seed}, {len(bad)} bad, {time.monotonic() - began:.0f} s")
    return 1 if bad else 0


def _work(arguments: argparse.Namespace, number: int, cases: _Cases) -> list[Outcome]:
    """Run cases in one world until there are none left."""
    outcomes = []
    options = Options(with_nodes=False, strict=True, helm=arguments.helm, built_in=False)
    folder = _FOLDER / str(number)
    with World(folder / "world", options) as world:
        named = {Case.parse(name).start for name in arguments.case}
        stage = Stage(
            world, folder / "runs", [name for name in STARTS if name in named or not named]
        )
        runner = Runner(stage, arguments.seed)
        with cases.lock:
            if cases.left is None:
                cases.left = _chosen(arguments, stage)
                print(f"{len(cases.left)} cases, seed {arguments.seed}", flush=True)
        while case := cases.next():
            if arguments.list:
                print(f"{case.name:36} {runner.place(case)}")
                continue
            outcome = runner.run(case)
            print(outcome.line(), flush=True)
            outcomes.append(outcome)
    return outcomes


def _chosen(arguments: argparse.Namespace, stage: Stage) -> list[Case]:
    if arguments.case:
        return [Case.parse(name) for name in arguments.case]
    starts = list(stage.starts.values())
    cases = all_cases(starts, arguments.moments, playbooks.heals(), arguments.kind or KINDS)
    return sample(cases, arguments.sample or len(cases), arguments.seed)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.interruptions", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--sample", type=int, help="so many cases, of all kinds (default: all)")
    parser.add_argument(
        "--case", action="append", default=[], help="this case alone; can be repeated"
    )
    parser.add_argument("--kind", action="append", choices=KINDS, help="this kind alone")
    parser.add_argument("--list", action="store_true", help="print the cases, run none")
    parser.add_argument("--moments", type=int, default=30, help="random moments of each kind")
    parser.add_argument("--jobs", type=int, default=1, help="worlds that work side by side")
    parser.add_argument("--helm", choices=("3", "4"), default="3")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
