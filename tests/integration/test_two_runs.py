# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two overrides of one cluster at once: one after the other, or one alone; never a mixture."""

from __future__ import annotations

import time
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
    folder.mkdir()
    return Run(stage.world, folder, "override", {**settings(which), **PATIENT})


def text(run: Run) -> str:
    return " ".join(run.output.read_text(encoding="utf-8").split())


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


@pytest.mark.parametrize("delay", [0.0, 0.5])
def test_two_overrides_that_begin_together(stage: Stage, wanted: list[State], delay: float) -> None:
    stage.restore("empty")
    runs = [begin(stage, f"{delay}-first", 0)]
    time.sleep(delay)
    runs.append(begin(stage, f"{delay}-second", 1))
    judge(stage, wanted, runs)


@pytest.mark.parametrize("path", ["/configmaps", "/jet-system/secrets"], ids=["chart", "Secret"])
def test_an_override_that_meets_one_at_work_stops(
    stage: Stage, wanted: list[State], path: str
) -> None:
    """The first is held at a write until the second has met it, or has ended."""
    stage.restore("empty")
    api = stage.world.api
    api.fail(Fault(kind="stall", method="POST", path=path))
    first = begin(stage, f"{path.strip('/').replace('/', '-')}-first", 0)
    assert first.wait_until(lambda: bool(api.faults()[0]["hits"]))
    second = begin(stage, f"{path.strip('/').replace('/', '-')}-second", 1)
    second.wait_until(lambda: "nother run" in text(second), _LONGEST_MEETING_SECONDS)
    api.heal()
    assert judge(stage, wanted, [first, second])[0] == 0
    assert second.wait() != 0
