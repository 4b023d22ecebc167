# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sample of `make interruptions`: overrides that are killed, and what heals them."""

from __future__ import annotations

import typing as t

import pytest

from tests.interruptions.cases import KILLS, all_cases
from tests.interruptions.outcome import COUNTS, complaints, table
from tests.interruptions.playbooks import heals
from tests.interruptions.runner import Runner
from tests.interruptions.stage import PASSWORDS, Stage
from tests.interruptions.state import SECRET_NAME, SECRETS
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.world import Options, World

pytestmark = pytest.mark.sandbox

SEED = 1
# Where a task begins is a moment as any other, and an orphan that is about to write is the worst one.
KINDS = tuple(kind for kind in KILLS if kind not in ("task", "orphan"))


@pytest.fixture(scope="module")
def stage(plane: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Stage]:
    folder = tmp_path_factory.mktemp("kills")
    with World(folder / "world", Options(with_nodes=False, strict=True), plane) as world:
        yield Stage(world, folder / "runs", ["older"])


def test_killed_overrides_are_healed(
    stage: Stage, record_property: t.Callable[[str, object], None]
) -> None:
    cases = all_cases(list(stage.starts.values()), 10, heals(), KINDS)
    outcomes = Runner(stage, SEED).run_each_kind(cases)
    record_property(COUNTS, table(outcomes))
    assert tuple(outcome.case.kind for outcome in outcomes if not outcome.missed) == KINDS
    assert complaints(outcomes, SEED) == []


def test_harm_is_seen(stage: Stage) -> None:
    """What the cases count is nothing where the counting sees nothing."""
    stage.restore("older")
    old = stage.starts["older"].old
    assert stage.state().differences(old) == []
    client = stage.world.api.client
    client.merge(f"{SECRETS}/{SECRET_NAME}", {"data": {"OTHERS": None}})
    assert stage.lost("older", stage.state()) == ["OTHERS"]
    assert stage.state().differences(old) == ["the Secret's data.OTHERS"]
    stage.restore("older")
    maps = "/api/v1/namespaces/imageswap-system/configmaps/imageswap-maps"
    client.merge(maps, {"data": {"maps": "other"}})
    assert stage.state().differences(old) == ["ConfigMap imageswap-system/imageswap-maps"]
    client.request("DELETE", f"{SECRETS}/{SECRET_NAME}")
    assert stage.lost("older", stage.state()) == ["OTHERS", "example.org/owner", "example.org/a"]
    stage.restore("older")
    assert PASSWORDS[0] in str(old.release)
