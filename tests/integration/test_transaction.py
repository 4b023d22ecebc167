# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An override as one transaction: what stops it, puts the cluster back or is healed."""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t

import pytest

from tests.integration.meanwhile import meanwhile, slow_namespace
from tests.integration.playbooks import (
    Run,
    WriteWatch,
    kubectl,
    kubectl_delete,
    run_playbook,
    to_give_back,
)
from tests.sandbox.inventory import page_registry
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.kubernetes.faults import Fault
from tests.sandbox.world import Options, World

pytestmark = pytest.mark.sandbox

Object = dict[str, t.Any]
BEFORE = {**page_registry(), "username": "robot", "password": "before-planted"}
AFTER = {**page_registry(), "username": "robot", "password": "after-planted", "name": "Other"}
SECRET_WRITES = r"/secrets/registry-info(\?|$)"
REVISIONS = r"/namespaces/default/secrets(\?|$)"
# No test waits two minutes for a lock.
FAST = {"palette_lock_duration": 3, "palette_check_images": "skip"}


@pytest.fixture(scope="module")
def world(plane: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[World]:
    """One world without nodes: nodes are no part of the transaction."""
    options = Options(strict=True, with_nodes=False)
    with World(tmp_path_factory.mktemp("world") / "state", options, plane) as started:
        started.api.keep_state("empty")
        yield started


@pytest.fixture(scope="module")
def overridden_once(world: World) -> World:
    """Return the world after an override that is good, kept for all that begin there."""
    world.api.restore_state("empty")
    run = override(world, BEFORE)
    assert run.code == 0, run.output
    world.api.keep_state("overridden")
    return world


@pytest.fixture
def overridden(overridden_once: World) -> World:
    """Return the world as a good override has left it."""
    overridden_once.api.restore_state("overridden")
    return overridden_once


@dataclasses.dataclass(frozen=True)
class Twice:
    """A world after a second override, the one before it, and the cluster's state between them."""

    world: World
    run: Run
    hits: int
    before: Object


@pytest.fixture(scope="module")
def overridden_twice_once(overridden_once: World) -> Twice:
    """Return the world after others have written to it, and an override one of whose answers is lost."""
    world = overridden_once
    world.api.restore_state("overridden")
    kubectl(world, "label", "secret/registry-info", "--namespace=jet-system", "theirs=label")
    kubectl(world, "annotate", "secret/registry-info", "--namespace=jet-system", "note=theirs")
    patch = json.dumps({"stringData": {"OTHERS": "stays"}})
    kubectl(world, "patch", "secret/registry-info", "--namespace=jet-system", f"--patch={patch}")
    before = to_give_back(world)
    fault = Fault(method="PATCH", path=SECRET_WRITES, status=500, after=True)
    with world.api.failing(fault):
        run = override(world, AFTER)
        hits = hits_of(world)
    world.api.keep_state("overridden twice")
    return Twice(world, run, hits, before)


@pytest.fixture
def twice(overridden_twice_once: Twice) -> Twice:
    """Return the world as the second override has left it."""
    overridden_twice_once.world.api.restore_state("overridden twice")
    return overridden_twice_once


def hits_of(world: World) -> int:
    """Return how many requests have failed by the fault in force."""
    (fault,) = world.api.faults()
    return int(fault["hits"])


def snapshots(world: World) -> list[Object]:
    selector = "--selector=palette.image-registry/snapshot"
    return list(kubectl(world, "get", "secrets", "--namespace=jet-system", selector)["items"])


def marks(world: World, label: str) -> list[str]:
    """Return what a label of the snapshots says, sorted."""
    labels = (item["metadata"]["labels"] for item in snapshots(world))
    return sorted(item[f"palette.image-registry/{label}"] for item in labels)


def override(world: World, registry: Object, *options: str, **more: t.Any) -> Run:
    variables = {**FAST, "palette_registry": registry, **more}
    return run_playbook(world, "override", *options, variables=variables)


def rollback(world: World, *options: str, **more: t.Any) -> Run:
    return run_playbook(world, "rollback", *options, variables={**FAST, **more})


def test_a_lost_answer_is_no_failure(twice: Twice) -> None:
    assert twice.run.code == 0, twice.run.output
    assert twice.hits == 1
    assert twice.run.changed() == 2
    assert to_give_back(twice.world) != twice.before
    assert len(snapshots(twice.world)) == 2


def test_a_rollback_gives_everything_back(world: World, twice: Twice) -> None:
    world.api.restore_state("empty")
    empty = to_give_back(world)
    world.api.restore_state("overridden twice")
    dry = WriteWatch(world)
    shown = rollback(world, "--check", "--diff")
    assert shown.code == 0, shown.output
    assert dry.writes() == []
    assert "would be rolled back to revision 1" in " ".join(shown.output.split())

    back = rollback(world, "--diff")
    assert back.code == 0, back.output
    assert back.changed() == 1
    assert to_give_back(world) == twice.before
    assert "planted" not in back.output
    again = rollback(world)
    assert again.code == 0, again.output
    assert again.changed() == 0

    oldest = rollback(world, rollback_snapshot=marks(world, "snapshot")[0])
    assert oldest.code == 0, oldest.output
    assert to_give_back(world) == empty


def test_a_second_run_takes_no_snapshot_and_a_stalled_read_is_given_up(overridden: World) -> None:
    """The read would be answered by nothing but the end of the test; asked again it is."""
    (kept,) = snapshots(overridden)
    with overridden.api.failing(Fault(kind="stall", method="GET", path="/leases/")):
        again = override(overridden, BEFORE, palette_api_timeout=5)
        assert hits_of(overridden) == 1
    assert again.code == 0, again.output
    assert again.changed() == 0
    assert snapshots(overridden) == [kept]


def test_a_failure_that_lasts_puts_the_cluster_back(overridden: World) -> None:
    """The API fails for so long that the way back has to wait for it, too."""
    before = to_give_back(overridden)
    taken = snapshots(overridden)
    # Revision 2 is the override's, 3 is that of the way back.
    overridden.api.fail(Fault(method="POST", path=REVISIONS, status=500, skip=1))
    with overridden.api.failing(Fault(method="PATCH", path=SECRET_WRITES, status=500, count=0)):
        run = override(overridden, AFTER)
        hits = [fault["hits"] for fault in overridden.api.faults()]
    assert hits == [1, 4]
    assert run.code != 0
    said = " ".join(run.output.split())
    assert "the API server failed" in said
    assert "Fix: Look at the API server's health" in said
    assert "Traceback" not in said
    assert to_give_back(overridden) == before
    assert "release put back" in said
    assert snapshots(overridden) == taken
    assert "planted" not in run.output


def test_a_chart_whose_image_is_missing_is_put_back_without_waiting_for_it(world: World) -> None:
    """What was found is told as past, and the rollback waits until the chart's namespace is gone."""
    world.api.restore_state("empty")
    empty = to_give_back(world)
    world.api.set_ready("imageswap-system", "imageswap", False, "ErrImagePull")
    try:
        with meanwhile(slow_namespace(world)):
            run = override(world, AFTER, palette_image_swap_wait=True)
    finally:
        world.api.set_ready("imageswap-system", "imageswap", True)
    assert run.code != 0
    said = " ".join(run.output.split())
    assert re.search(r"0 of 1 pods are ready after \d+ s; pod imageswap-\S+: .*not found", said)
    assert "after 300 s" not in said
    assert "until the cluster was put back: " in said
    assert "namespace_terminating" not in said
    assert kubectl(world, "get", "ns", "imageswap-system", "--ignore-not-found") is None
    assert to_give_back(world) == empty


def test_what_was_left_on_purpose_is_healed_by_a_rollback(overridden: World) -> None:
    before = to_give_back(overridden)
    with overridden.api.failing(Fault(method="PATCH", path=SECRET_WRITES, status=403)):
        run = override(overridden, AFTER, override_rollback_on_failure="false")
    assert run.code != 0
    assert "may not do this (403)" in " ".join(run.output.split())
    assert "planted" not in run.output
    assert to_give_back(overridden) != before
    assert marks(overridden, "state") == ["completed", "open"]
    settings = {"palette_registry": BEFORE, "palette_image_swap_is_eks": "true"}
    warned = run_playbook(
        overridden, "verify", "--limit=sandbox", "-v", variables={**FAST, **settings}
    )
    assert "override_interrupted" in warned.output
    for kept in marks(overridden, "snapshot"):
        assert kept in warned.output
    assert "imageSwapConfig.isEKSCluster" in warned.output
    healed = rollback(overridden)
    assert healed.code == 0, healed.output
    assert to_give_back(overridden) == before
    assert len(snapshots(overridden)) == 1


def test_a_history_that_is_too_short_is_refused_first(overridden: World) -> None:
    watch = WriteWatch(overridden)
    run = override(overridden, AFTER, palette_image_swap_history_max=5)
    assert run.code != 0
    assert "5 snapshots may need 12" in " ".join(run.output.split())
    assert watch.writes() == []


def test_a_revision_that_is_gone_is_refused_first(twice: Twice) -> None:
    target = "secret/sh.helm.release.v1.image-swap.v1"
    kubectl_delete(twice.world, target, "--namespace=default")
    before = to_give_back(twice.world)
    run = rollback(twice.world)
    assert run.code != 0
    assert "Helm does not have any more; nothing was changed" in " ".join(run.output.split())
    assert to_give_back(twice.world) == before
