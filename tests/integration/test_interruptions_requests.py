# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sample of `make interruptions`: overrides whose API server fails, and what heals them."""

from __future__ import annotations

import typing as t

import pytest

from tests.interruptions.cases import FAILURES, STATUSES, all_cases
from tests.interruptions.outcome import COUNTS, complaints, table
from tests.interruptions.playbooks import heals
from tests.interruptions.runner import Runner
from tests.interruptions.stage import Stage
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.world import Options, World

pytestmark = pytest.mark.sandbox

SEED = 1
# What comes of these is shown at such writes by test_transaction.py, test_registry_secret.py and
# test_image_swap_failures.py, and by test_secrets.py that nothing of such a run is left.
ELSEWHERE = (*STATUSES, "lost")
KINDS = tuple(kind for kind in FAILURES if kind not in ELSEWHERE)


@pytest.fixture(scope="module")
def stage(plane: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Stage]:
    folder = tmp_path_factory.mktemp("requests")
    with World(folder / "world", Options(with_nodes=False, strict=True), plane) as world:
        # Those that are killed begin with an older override.
        yield Stage(world, folder / "runs", ["empty"])


def test_overrides_whose_requests_fail_are_healed(
    stage: Stage, record_property: t.Callable[[str, object], None]
) -> None:
    cases = all_cases(list(stage.starts.values()), 0, heals(), KINDS)
    writes = [case for case in cases if stage.starts[case.start].requests[case.place].writes]
    outcomes = Runner(stage, SEED).run_each_kind(writes)
    record_property(COUNTS, table(outcomes))
    assert tuple(outcome.case.kind for outcome in outcomes if not outcome.missed) == KINDS
    assert complaints(outcomes, SEED) == []
