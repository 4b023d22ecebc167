# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sample of `make interruptions`: overrides whose API server fails, and what heals them."""

from __future__ import annotations

import typing as t

import pytest

from tests.interruptions.cases import FAILURES, all_cases, sample
from tests.interruptions.outcome import complaints, table
from tests.interruptions.playbooks import heals
from tests.interruptions.runner import Runner
from tests.interruptions.stage import Stage
from tests.sandbox.world import Options, World

pytestmark = pytest.mark.sandbox

SEED = 1
AT_READS = 2


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Stage]:
    folder = tmp_path_factory.mktemp("requests")
    with World(folder / "world", Options(with_nodes=False, strict=True)) as world:
        yield Stage(world, folder / "runs")


def test_overrides_whose_requests_fail_are_healed(stage: Stage) -> None:
    cases = all_cases(list(stage.starts.values()), 0, heals(), FAILURES)
    at_writes = {case for case in cases if stage.starts[case.start].requests[case.place].writes}
    chosen = sample([case for case in cases if case in at_writes], len(FAILURES), SEED)
    chosen += sample([case for case in cases if case not in at_writes], AT_READS, SEED)
    runner = Runner(stage, SEED)
    outcomes = [runner.run(case) for case in chosen]
    print(table(outcomes))
    assert {outcome.case.kind for outcome in outcomes} == set(FAILURES)
    assert [outcome.case.name for outcome in outcomes if outcome.missed] == []
    assert complaints(outcomes, SEED) == []
