# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask real containerds: ``python -m tests.sandbox.oracle [bookworm] [trixie] [sid]``.

Each recorded setup is repeated twice on each of them: with its own servers, and with servers that
answer 404 to everything, so that each step of the chain is seen. The first must repeat the
recorded observation where this version was recorded; both must agree with the prediction.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Iterable

from tests.sandbox.containerd.agreement import same_requests
from tests.sandbox.containerd.lab import Lab
from tests.sandbox.containerd.model import EVERY_HOST
from tests.sandbox.containerd.packages import SUITES, fetch
from tests.sandbox.containerd.vectors import Recorded, recordings
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

    def __str__(self) -> str:
        return (
            f"containerd {self.version}: {self.observations} observations; "
            f"{self.repeated} recorded ones repeated, {len(self.against_records)} differ; "
            f"{len(self.against_predictions)} differ from the prediction"
        )


def ask(lab: Lab, cases: Iterable[Recorded]) -> Tally:
    """Repeat the cases on a daemon."""
    tally = Tally(lab.version)
    for case in cases:
        seen = lab.observe(case.setup)
        record = case.observations.get(lab.version)
        if record is not None:
            tally.repeated += 1
            if not same_requests(seen, record):
                tally.against_records.append(f"{case.name}: seen {seen}, recorded {record}")
        refused = dataclasses.replace(case.setup, servers={EVERY_HOST: "404"})
        for setup, observation in ((case.setup, seen), (refused, lab.observe(refused))):
            tally.observations += 1
            tally.against_predictions += [
                f"{case.name}: {sentence}"
                for sentence in mispredictions(setup, lab.version, observation)
            ]
    return tally


def main(arguments: list[str] | None = None) -> int:
    """Print a line for each daemon and each difference; return 1 if there is any."""
    parser = argparse.ArgumentParser(prog="python -m tests.sandbox.oracle")
    parser.add_argument("suites", nargs="*", metavar="suite", help=", ".join(SUITES))
    chosen = parser.parse_args(arguments).suites or SUITES
    different = False
    try:
        for suite in chosen:
            with Lab(fetch(suite)) as lab:
                tally = ask(lab, recordings())
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
