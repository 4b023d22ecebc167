# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of cases, and the table of their counts."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from tests.interruptions.cases import KINDS, Case

COUNTS = "counts"
"""The name with which a test records the table."""

_COLUMNS = (
    "cases",
    "old",
    "new",
    "between",
    "healed",
    "unhealed",
    "lost",
    "left files",
    "left processes",
    "missed",
)


@dataclasses.dataclass
class Outcome:
    """What one case led to.

    `found` is the cluster after the interruption: old, new or between. `missed`: the run ended
    before the interruption. `second` tells whether a second run was needed to know that all is
    well: not where nothing had been written and nothing was left.
    """

    case: Case
    place: str
    found: str = ""
    missed: bool = False
    second: bool = True
    unhealed: list[str] = dataclasses.field(default_factory=list)
    lost: list[str] = dataclasses.field(default_factory=list)
    left_files: list[str] = dataclasses.field(default_factory=list)
    left_processes: int = 0
    remarks: list[str] = dataclasses.field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        """Return whether nothing was lost, left or not healed."""
        return not (self.unhealed or self.lost or self.left_files or self.left_processes)

    def line(self) -> str:
        """Return one line that tells of it."""
        verdict = "missed" if self.missed else "good" if self.is_good else "BAD"
        text = f"{verdict:6} {self.case.name:36} {self.found:8} {self.seconds:5.1f} s  {self.place}"
        for name in ("unhealed", "lost", "left_files", "remarks"):
            for value in getattr(self, name):
                text += f"\n       {name}: {value}"
        if self.left_processes:
            text += f"\n       left processes: {self.left_processes}"
        return text


def complaints(outcomes: t.Iterable[Outcome], seed: int) -> list[str]:
    """Return a text for each case that ended badly, with the command that runs it again."""
    command = "again: .venv/bin/python -m tests.interruptions"
    return [
        f"{outcome.line()}\n       {command} --case {outcome.case.name} --seed {seed}"
        for outcome in outcomes
        if not outcome.is_good
    ]


def table(outcomes: t.Sequence[Outcome]) -> str:
    """Return the counts, a line for each kind and one for all."""
    rows = []
    for kind in KINDS:
        chosen = [outcome for outcome in outcomes if outcome.case.kind == kind]
        if chosen:
            rows.append((kind, _counts(chosen)))
    rows.append(("all", _counts(outcomes)))
    lines = [f"{'':14}" + "".join(f"{column:>{len(column) + 2}}" for column in _COLUMNS)]
    for name, counts in rows:
        cells = "".join(f"{counts[column]:>{len(column) + 2}}" for column in _COLUMNS)
        lines.append(f"{name:14}{cells}")
    return "\n".join(lines)


def _counts(outcomes: t.Iterable[Outcome]) -> collections.Counter[str]:
    counts: collections.Counter[str] = collections.Counter()
    for outcome in outcomes:
        counts["cases"] += 1
        counts[outcome.found] += 1
        counts["healed"] += not outcome.unhealed
        counts["unhealed"] += bool(outcome.unhealed)
        counts["lost"] += bool(outcome.lost)
        counts["left files"] += bool(outcome.left_files)
        counts["left processes"] += bool(outcome.left_processes)
        counts["missed"] += outcome.missed
    return counts
