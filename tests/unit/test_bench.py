# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmarks run; their figures are nobody's condition."""

from __future__ import annotations

import pytest

from tests.bench.__main__ import discover
from tests.bench.runner import Bench, Result, measure, table

BENCHES = [bench for bench in discover() if not bench.needs_sandbox]


@pytest.mark.parametrize("bench", BENCHES, ids=[bench.name for bench in BENCHES])
def test_every_bench_runs(bench: Bench) -> None:
    result = measure(bench, rounds=1, seconds=0)
    assert result.subject > 0
    assert result.floor > 0


def test_table() -> None:
    bench = Bench("swap", list, list, "nothing", 100, "images", goal=8, goal_seconds=0.05)
    assert table([Result(bench, 0.002, 0.0005)]).splitlines() == [
        "bench  time of a call  units a second  of floor  goal           floor",
        "swap   2 ms            50,000 images   4.00 x    8 x and 50 ms  nothing, 500 us",
    ]
    assert table([Result(Bench("b", list, list, "f", 1, "units"), 2.5, 3e-8)]).splitlines()[1] == (
        "b      2.5 s           0 units         83333333.33 x  -     f, 30 ns"
    )
