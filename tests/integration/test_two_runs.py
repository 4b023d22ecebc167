# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two overrides of one cluster at once: one after the other, or one alone; never a mixture."""

from __future__ import annotations

import typing as t

import pytest

from tests.interruptions.playbooks import Run
from tests.interruptions.stage import Stage, settings
from tests.interruptions.state import State
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.kubernetes.faults import Fault
from tests.sandbox.world import Options, World

pytestmark = pytest.mark.sandbox

_LONGEST_MEETING_SECONDS = 90.0
# A lock that ends while its holder works would be none, and the one that is held must not give up
# before the other, however slow, has met it.
PATIENT = {
    "palette_lock_duration": 120,
    "palette_api_timeout": 180,
    "palette_image_swap_timeout": 180,
}
# The writes at which a run is held, in their order: the snapshot's, and one of Helm's.
HELD_AT = {"snapshot": "/jet-system/secrets", "chart": "/configmaps"}


@pytest.fixture(scope="module")
def stage(plane: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Stage]:
    folder = tmp_path_factory.mktemp("two")
    with World(folder / "world", Options(with_nodes=False, strict=True), plane) as world:
        yield Stage(world, folder / "runs", [])


@pytest.fixture(scope="module")
def wanted(stage: Stage) -> list[State]:
    """Return what each of the two settings makes of an empty cluster when it is alone."""
    states = []
    for which in range(2):
        stage.restore("empty")
        assert begin(stage, f"alone-{which}", which).wait() == 0
        states.append(stage.state())
    assert states[0].differences(states[1])
    return states


def begin(stage: Stage, name: str, which: int) -> Run:
    folder = stage.folder / name
    folder.mkdir(parents=True)
    return Run(stage.world, folder, "override", {**settings(which), **PATIENT})


def text(run: Run) -> str:
    return " ".join(run.output.read_text(encoding="utf-8").split())


def meeting(run: Run) -> Run:
    """Return a run when it has met another, or has ended."""
    run.wait_until(lambda: "nother run" in text(run), _LONGEST_MEETING_SECONDS)
    return run


def judge(stage: Stage, wanted: list[State], runs: list[Run]) -> list[int | None]:
    """The cluster is as one run that succeeded made it, and who failed knows why."""
    codes = [run.wait() for run in runs]
    found = stage.state()
    assert found.unsettled() == []
    differences = [state.differences(found) for state in wanted]
    assert [] in differences, f"a mixture: {differences}"
    assert codes[differences.index([])] == 0
    for run, code in zip(runs, codes, strict=True):
        if code != 0:
            assert "another run" in text(run), text(run)
    return codes


def test_two_overrides_that_begin_together(stage: Stage, wanted: list[State]) -> None:
    stage.restore("empty")
    judge(stage, wanted, [begin(stage, f"together-{which}", which) for which in range(2)])


def test_an_override_that_meets_one_at_work_stops(stage: Stage, wanted: list[State]) -> None:
    """The first is held at a write until another has met it, or has ended; twice."""
    stage.restore("empty")
    api = stage.world.api
    runs: list[Run] = []
    for name, path in HELD_AT.items():
        api.fail(Fault(kind="stall", method="POST", path=path))
        runs = runs or [begin(stage, "first", 0)]
        assert runs[0].wait_until(lambda: bool(api.faults()[0]["hits"]))
        runs.append(meeting(begin(stage, f"meets-{name}", 1)))
        # The first has yet to start Helm when the next write is held.
        api.heal()
    codes = judge(stage, wanted, runs)
    assert codes[0] == 0
    assert 0 not in codes[1:]
