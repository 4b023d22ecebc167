# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An override as one transaction: what stops it, puts the cluster back or is healed."""

from __future__ import annotations

import datetime
import json
import re
import typing as t

import pytest

from tests.integration.meanwhile import meanwhile, slow_namespace
from tests.integration.playbooks import (
    WriteWatch,
    helm,
    kubectl,
    kubectl_delete,
    run_playbook,
)
from tests.sandbox.inventory import page_registry
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.kubernetes.faults import Fault
from tests.sandbox.pki import Authority
from tests.sandbox.webhook.server import ADDRESS, AdmissionServer
from tests.sandbox.world import Options, World

pytestmark = pytest.mark.sandbox

Object = dict[str, t.Any]
BEFORE = {**page_registry(), "username": "robot", "password": "before-planted"}
AFTER = {**page_registry(), "username": "robot", "password": "after-planted", "name": "Other"}
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


def snapshots(world: World) -> list[Object]:
    selector = "--selector=palette.image-registry/snapshot"
    return list(kubectl(world, "get", "secrets", "--namespace=jet-system", selector)["items"])


def marks(world: World, label: str) -> list[str]:
    """Return what a label of the snapshots says, sorted."""
    labels = (item["metadata"]["labels"] for item in snapshots(world))
    return sorted(item[f"palette.image-registry/{label}"] for item in labels)


def override(world: World, registry: Object, *options: str, **more: t.Any) -> t.Any:
    variables = {**FAST, "palette_registry": registry, **more}
    return run_playbook(world, "override", *options, variables=variables)


def rollback(world: World, *options: str, **more: t.Any) -> t.Any:
    return run_playbook(world, "rollback", *options, variables={**FAST, **more})


def state(world: World) -> Object:
    """Return what a rollback has to give back, to the byte."""
    items = kubectl(world, "get", "secrets", "--namespace=jet-system")["items"]
    found = [item for item in items if item["metadata"]["name"] == "registry-info"]
    secret = {}
    if found:
        metadata = found[0]["metadata"]
        secret = {
            "type": found[0]["type"],
            "data": found[0]["data"],
            "labels": metadata.get("labels"),
            "annotations": metadata.get("annotations"),
        }
    values = [
        json.loads(helm(world, "get", "values", name, "--output=json"))
        for name in helm(world, "list", "--all", "--short").split()
    ]
    webhooks = kubectl(world, "get", "mutatingwebhookconfigurations")["items"]
    return {
        "secret": secret,
        "values": values,
        "webhooks": [item["metadata"]["name"] for item in webhooks],
    }


def test_a_rollback_gives_everything_back(world: World) -> None:
    world.api.restore_state("empty")
    empty = state(world)
    assert override(world, BEFORE).code == 0
    kubectl(world, "label", "secret/registry-info", "--namespace=jet-system", "theirs=label")
    kubectl(world, "annotate", "secret/registry-info", "--namespace=jet-system", "note=theirs")
    patch = json.dumps({"stringData": {"OTHERS": "stays"}})
    kubectl(world, "patch", "secret/registry-info", "--namespace=jet-system", f"--patch={patch}")
    before = state(world)

    second = override(world, AFTER)
    assert second.code == 0, second.output
    assert state(world) != before
    listed = run_playbook(
        world, "verify", "--limit=sandbox", "-v", variables={**FAST, "palette_registry": AFTER}
    )
    assert listed.code == 0, listed.output
    assert len(snapshots(world)) == 2
    assert marks(world, "snapshot")[-1] in listed.output

    dry = WriteWatch(world)
    shown = rollback(world, "--check", "--diff")
    assert shown.code == 0, shown.output
    assert dry.writes() == []
    assert "would be rolled back to revision 1" in " ".join(shown.output.split())

    back = rollback(world, "--diff")
    assert back.code == 0, back.output
    assert back.changed() == 1
    assert state(world) == before
    assert "planted" not in back.output
    again = rollback(world)
    assert again.code == 0, again.output
    assert again.changed() == 0

    oldest = rollback(world, rollback_snapshot=marks(world, "snapshot")[0])
    assert oldest.code == 0, oldest.output
    assert state(world) == empty


def test_a_second_run_takes_no_snapshot_and_an_unknown_id_is_named(overridden: World) -> None:
    world = overridden
    (kept,) = snapshots(world)
    again = override(world, BEFORE)
    assert again.code == 0, again.output
    assert again.changed() == 0
    assert snapshots(world) == [kept]
    unknown = rollback(world, rollback_snapshot="nope")
    assert unknown.code != 0
    (known,) = marks(world, "snapshot")
    assert f"no snapshot 'nope'; there are: {known}" in " ".join(unknown.output.split())


SECRET_WRITES = r"/secrets/registry-info(\?|$)"
TEST_FAILURES: list[tuple[str, Object, str]] = [
    (
        "the Secret is refused",
        {"method": "PATCH", "path": SECRET_WRITES, "status": 403},
        "403",
    ),
    (
        "the API fails for so long that the way back has to wait for it, too",
        {"method": "PATCH", "path": SECRET_WRITES, "status": 500, "count": 6},
        "the API server failed",
    ),
]


@pytest.mark.parametrize(
    ("fault", "says"), [row[1:] for row in TEST_FAILURES], ids=[row[0] for row in TEST_FAILURES]
)
def test_a_failure_puts_the_cluster_back(overridden: World, fault: Object, says: str) -> None:
    before = state(overridden)
    taken = snapshots(overridden)
    with overridden.api.failing(Fault(**fault)):
        run = override(overridden, AFTER)
    assert run.code != 0
    said = " ".join(run.output.split())
    assert says in said
    assert state(overridden) == before
    assert "release put back" in said
    assert snapshots(overridden) == taken
    assert "planted" not in run.output


def test_an_expired_certificate_of_the_webhook_puts_the_cluster_back(world: World) -> None:
    """All is written as it should be, and only the pod that the webhook is shown tells."""
    world.api.restore_state("empty")
    empty = state(world)
    authority = Authority("imageswap")
    expired = authority.issue((ADDRESS,), datetime.timedelta(days=-1))
    server = AdmissionServer(lambda: "default::\n", authority=authority, identity=expired)
    server.start()
    chart = {"sandbox": {"webhookUrl": server.url, "caBundle": server.ca_bundle}}
    try:
        run = override(world, AFTER, palette_image_swap_values=chart)
    finally:
        server.stop()
    assert run.code != 0
    said = " ".join(run.output.split())
    errors = [line for line in run.output.splitlines() if re.match(r"FAIL  \w+: ", line)]
    assert errors[0].startswith("FAIL  webhook_certificate_expired: ")
    assert "rollout restart deployment/imageswap" in said
    assert "until the cluster was put back: " in said
    assert "break_glass" not in said
    assert "the clusters are as they were before" in said
    assert state(world) == empty
    assert "planted" not in run.output


def test_a_chart_whose_image_is_missing_is_put_back_without_waiting_for_it(world: World) -> None:
    """What was found is told as past, and the rollback waits until the chart's namespace is gone."""
    world.api.restore_state("empty")
    empty = state(world)
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
    assert state(world) == empty


def test_a_lost_answer_is_no_failure(overridden: World) -> None:
    fault = Fault(method="PATCH", path=SECRET_WRITES, status=500, after=True)
    with overridden.api.failing(fault):
        run = override(overridden, AFTER)
    assert run.code == 0, run.output
    assert run.changed() == 2


def test_what_was_left_on_purpose_is_healed_by_a_rollback(overridden: World) -> None:
    before = state(overridden)
    with overridden.api.failing(Fault(method="PATCH", path=SECRET_WRITES, status=403)):
        run = override(overridden, AFTER, override_rollback_on_failure="false")
    assert run.code != 0
    assert state(overridden) != before
    assert marks(overridden, "state") == ["completed", "open"]
    settings = {"palette_registry": BEFORE, "palette_image_swap_is_eks": "true"}
    warned = run_playbook(
        overridden, "verify", "--limit=sandbox", "-v", variables={**FAST, **settings}
    )
    assert "override_interrupted" in warned.output
    assert "imageSwapConfig.isEKSCluster" in warned.output
    healed = rollback(overridden)
    assert healed.code == 0, healed.output
    assert state(overridden) == before
    assert len(snapshots(overridden)) == 1


def test_a_history_that_is_too_short_is_refused_first(overridden: World) -> None:
    watch = WriteWatch(overridden)
    run = override(overridden, AFTER, palette_image_swap_history_max=5)
    assert run.code != 0
    assert "5 snapshots may need 12" in " ".join(run.output.split())
    assert watch.writes() == []


def test_a_revision_that_is_gone_is_refused_first(overridden: World) -> None:
    assert override(overridden, AFTER).code == 0
    target = "secret/sh.helm.release.v1.image-swap.v1"
    kubectl_delete(overridden, target, "--namespace=default")
    before = state(overridden)
    run = rollback(overridden)
    assert run.code != 0
    assert "Helm does not have any more; nothing was changed" in " ".join(run.output.split())
    assert state(overridden) == before


def test_an_api_that_does_not_answer_is_given_up_in_time(overridden: World) -> None:
    """A read that stalls once is asked again; nothing hangs."""
    fault = Fault(kind="stall", method="GET", path="/leases/", seconds=90)
    with overridden.api.failing(fault):
        run = override(overridden, BEFORE)
    assert run.code == 0, run.output
    assert run.changed() == 0
