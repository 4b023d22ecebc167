# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure subjects against their floors in one run, and print the ratios.

A floor is the least that any solution must do. Both are timed in turn, round by round, and
the best round of each counts, so that load on the machine hits both alike.
"""

from __future__ import annotations

import dataclasses
import timeit
import typing as t

ROUNDS = 15
SECONDS_A_ROUND = 0.05


@dataclasses.dataclass(frozen=True)
class Bench:
    """One subject and its floor. Each call of either handles `units` things (`unit`).

    `goal` is the ratio of subject to floor that is hoped for, `goal_seconds` the time of a
    call; figures to compare with, never to fail on. `rounds` are fewer where a call is slow.
    `needs_sandbox` tells that it starts programs of the sandbox. `figures` measures subject and
    floor itself, where something else than the time of a call counts.
    """

    name: str
    subject: t.Callable[[], object]
    floor: t.Callable[[], object]
    floor_name: str
    units: int
    unit: str
    goal: float | None = None
    goal_seconds: float | None = None
    rounds: int = ROUNDS
    needs_sandbox: bool = False
    figures: t.Callable[[], tuple[float, float]] | None = None


@dataclasses.dataclass(frozen=True)
class Result:
    """The seconds that one call took, at best."""

    bench: Bench
    subject: float
    floor: float

    @property
    def ratio(self) -> float:
        """How many times the floor the subject costs."""
        return self.subject / self.floor

    @property
    def rate(self) -> float:
        """How many units the subject handles a second."""
        return self.bench.units / self.subject


def measured(
    name: str,
    figures: t.Callable[[], tuple[float, float]],
    floor_name: str,
    units: int,
    unit: str,
    goal: float,
) -> Bench:
    """Return a bench of programs, which measures subject and floor itself."""
    return Bench(
        name,
        figures,
        figures,
        floor_name,
        units,
        unit,
        goal=goal,
        needs_sandbox=True,
        figures=figures,
    )


def measure(bench: Bench, rounds: int | None = None, seconds: float = SECONDS_A_ROUND) -> Result:
    """Time subject and floor in turn, each for about `seconds` a round."""
    if bench.figures is not None:
        return Result(bench, *bench.figures())
    timers = [timeit.Timer(bench.subject), timeit.Timer(bench.floor)]
    calls = [_calls(timer, seconds) for timer in timers]
    best = [float("inf"), float("inf")]
    for _round in range(rounds or bench.rounds):
        for index, (timer, number) in enumerate(zip(timers, calls, strict=True)):
            best[index] = min(best[index], timer.timeit(number) / number)
    return Result(bench, *best)


def _calls(timer: timeit.Timer, seconds: float) -> int:
    if not seconds:
        return 1
    timer.timeit(1)  # the first call may fill caches
    return max(1, int(seconds / max(timer.timeit(1), 1e-9)))


def table(results: t.Iterable[Result]) -> str:
    """Return the figures as a table for a terminal, a line for each bench."""
    rows: list[tuple[str, ...]] = [
        ("bench", "time of a call", "units a second", "of floor", "goal", "floor")
    ]
    rows += [_row(result) for result in results]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _row(result: Result) -> tuple[str, ...]:
    bench = result.bench
    goals = [f"{bench.goal:g} x"] if bench.goal is not None else []
    goals += [_time(bench.goal_seconds)] if bench.goal_seconds is not None else []
    return (
        bench.name,
        _time(result.subject),
        f"{result.rate:,.0f} {bench.unit}",
        f"{result.ratio:.2f} x",
        " and ".join(goals) or "-",
        f"{bench.floor_name}, {_time(result.floor)}",
    )


def _time(seconds: float) -> str:
    for scale, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
