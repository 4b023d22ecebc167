# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask real containerds: ``.venv/bin/python -m tests.sandbox.oracle [bookworm] [sid] [2.4] ...``.

They come from Debian's releases, and for what Debian does not have from containerd's Go module.

Each recorded setup is repeated twice on each of them: with its own servers, and with servers that
answer 404 to everything, so that each step of the chain is seen. The first must repeat the
recorded observation where this version was recorded; both must agree with the prediction. Then
come setups composed at random; a seed and a number name one of them.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import pathlib
import sys
from collections.abc import Iterable

from tests.sandbox.containerd.agreement import same_requests
from tests.sandbox.containerd.composed import composed
from tests.sandbox.containerd.lab import Lab
from tests.sandbox.containerd.model import EVERY_HOST, Observation, Setup
from tests.sandbox.containerd.packages import SUITES, fetch
from tests.sandbox.containerd.vectors import Recorded, recordings
from tests.sandbox.go_programs import CONTAINERD_RELEASES, build_containerd
from tests.sandbox.paths import COLLECTIONS, SandboxError

# The prediction is imported as Ansible imports it: from a folder of collections.
sys.path.insert(0, str(COLLECTIONS))

from tests.sandbox.containerd.prediction import mispredictions


@dataclasses.dataclass
class Tally:
    """What one daemon was asked, and where it differed."""

    version: str
    observations: int = 0
    repeated: int = 0
    against_records: list[str] = dataclasses.field(default_factory=list)
    against_predictions: list[str] = dataclasses.field(default_factory=list)

    def judge(self, name: str, setup: Setup, seen: Observation) -> None:
        """Hold an observation against the prediction."""
        self.observations += 1
        self.against_predictions += [
            f"{name}: {sentence}" for sentence in mispredictions(setup, self.version, seen)
        ]

    def __str__(self) -> str:
        return (
            f"containerd {self.version}: {self.observations} observations; "
            f"{self.repeated} recorded ones repeated, {len(self.against_records)} differ; "
            f"{len(self.against_predictions)} differ from the prediction"
        )


def ask(lab: Lab, cases: Iterable[Recorded], compositions: Iterable[tuple[str, Setup]]) -> Tally:
    """Repeat the cases on a daemon, then try the compositions."""
    tally = Tally(lab.version)
    for case in cases:
        seen = lab.observe(case.setup)
        record = case.observations.get(lab.version)
        if record is not None:
            tally.repeated += 1
            if not same_requests(seen, record):
                tally.against_records.append(f"{case.name}: seen {seen}, recorded {record}")
        refused = dataclasses.replace(case.setup, servers={EVERY_HOST: "404"})
        tally.judge(case.name, case.setup, seen)
        tally.judge(case.name, refused, lab.observe(refused))
    for name, setup in compositions:
        tally.judge(f"{name} {json.dumps(setup.files)}", setup, lab.observe(setup))
    return tally


def get(release: str) -> pathlib.Path:
    """Return the folder of a containerd, fetched or built. Raises SandboxError."""
    if release in CONTAINERD_RELEASES:
        return build_containerd(print, release)
    return fetch(release)


def main(arguments: list[str] | None = None) -> int:
    """Print a line for each daemon and each difference; return 1 if there is any."""
    parser = argparse.ArgumentParser(prog=".venv/bin/python -m tests.sandbox.oracle")
    every = (*SUITES, *CONTAINERD_RELEASES)
    parser.add_argument("releases", nargs="*", metavar="release", help=", ".join(every))
    parser.add_argument("--composed", type=int, default=100, metavar="N", help="default: 100")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    different = False
    try:
        for release in options.releases or every:
            with Lab(get(release)) as lab:
                tally = ask(lab, recordings(), composed(options.seed, options.composed))
            print(tally, flush=True)
            for line in (*tally.against_records, *tally.against_predictions):
                different = True
                print(f"  {line}", flush=True)
    except SandboxError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return int(different)


if __name__ == "__main__":
    raise SystemExit(main())
