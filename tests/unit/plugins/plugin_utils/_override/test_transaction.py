# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One override as one transaction, whatever stops it."""

from __future__ import annotations

import base64
import dataclasses
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.lease import Lease
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.snapshot import (
    SNAPSHOT_TYPE,
    Snapshot,
    SnapshotState,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.transaction import (
    Token,
    Transaction,
    new_token,
)
from tests.unit.helpers.helm_releases import release_secret
from tests.unit.helpers.tiny_cluster import FakeClock, TinyCluster

TOKEN = Token("me", "id", "registry-info", "jet-system", "image-swap", "default")
DATA = {"DOMAIN": base64.b64encode(b"old").decode(), "PASSWORD": base64.b64encode(b"pw").decode()}
SECRET: dict[str, t.Any] = {
    "kind": "Secret",
    "type": "Opaque",
    "metadata": {
        "name": "registry-info",
        "namespace": "jet-system",
        "labels": {"theirs": "x"},
        "annotations": {},
    },
    "data": DATA,
}


class Overrides:
    """Overrides of one cluster, one after the other."""

    def __init__(self) -> None:
        self.cluster = TinyCluster(SECRET)
        self.clock = FakeClock()

    def transaction(self, **more: t.Any) -> Transaction:
        return Transaction(
            dataclasses.replace(TOKEN, **more),
            self.cluster,
            self.clock,
        )

    def completed(self, number: int, keep: int = 5) -> Snapshot | None:
        """Run an override that writes and completes."""
        run = self.transaction(holder=f"run-{number}", snapshot=f"id-{number}")
        run.begin()
        run.before_write()
        return run.complete(keep)

    @property
    def snapshots(self) -> dict[str, str]:
        """Return the states of the snapshots by id."""
        found = [
            Snapshot.from_object(item)
            for item in self.cluster.of("Secret")
            if item["type"] == SNAPSHOT_TYPE
        ]
        return {item.id: item.state.value for item in found}

    @property
    def holder(self) -> str:
        (found,) = self.cluster.of("Lease")
        return Lease.from_object(found).holder


@pytest.fixture(name="overrides")
def fixture_overrides() -> Overrides:
    return Overrides()


def test_a_snapshot_is_kept_before_the_first_write_and_once(overrides: Overrides) -> None:
    run = overrides.transaction()
    run.begin()
    assert overrides.snapshots == {}
    run.before_write()
    assert overrides.snapshots == {"id": "open"}
    run.before_write()
    kept = overrides.transaction().store.get("id")
    assert kept is not None
    assert kept.secret is not None
    assert kept.secret.data == {"DOMAIN": b"old", "PASSWORD": b"pw"}
    assert kept.secret.labels == {"theirs": "x"}
    assert "pw" in overrides.cluster.hidden
    assert kept.release is not None
    assert (kept.release.revision, kept.release.leftovers) == (0, ())
    assert run.complete(5) == kept
    assert overrides.snapshots == {"id": "completed"}
    assert overrides.holder == ""
    assert overrides.cluster.own == overrides.cluster.writes


THEN = "2026-11-25T00:00:00+00:00"
TEST_POINTS: list[tuple[tuple[str, ...], int, str]] = [
    (("superseded", "deployed"), 2, THEN),
    (("deployed", "failed"), 2, THEN),
    (("deployed", "pending-upgrade"), 1, THEN),
    (("pending-install",), 0, ""),
    (("uninstalled",), 0, ""),
]


@pytest.mark.parametrize(("statuses", "revision", "began"), TEST_POINTS)
def test_the_release_stands_where_helm_would_take_it_back_to(
    overrides: Overrides, statuses: tuple[str, ...], revision: int, began: str
) -> None:
    for number, status in enumerate(statuses, 1):
        kept = release_secret(number, status, deployed_at=THEN)
        kept["kind"] = "Secret"
        kept["metadata"]["namespace"] = "default"
        kept["metadata"]["labels"].update(owner="helm", name="image-swap")
        overrides.cluster.put(kept)
    run = overrides.transaction()
    run.begin()
    run.before_write()
    snapshot = overrides.transaction().store.get("id")
    assert snapshot is not None
    assert snapshot.release is not None
    assert (snapshot.release.revision, snapshot.release.began) == (revision, began)


def test_one_that_writes_nothing_keeps_no_snapshot(overrides: Overrides) -> None:
    overrides.completed(1)
    run = overrides.transaction(holder="again", snapshot="other")
    run.begin()
    assert run.complete(5) is None
    assert overrides.snapshots == {"id-1": "completed"}
    assert overrides.holder == ""


def test_the_last_five_remain(overrides: Overrides) -> None:
    for number in range(7):
        overrides.completed(number)
    assert sorted(overrides.snapshots) == ["id-2", "id-3", "id-4", "id-5", "id-6"]


def test_what_was_interrupted_is_adopted_and_its_snapshot_kept(overrides: Overrides) -> None:
    killed = overrides.transaction(holder="killed", snapshot="before")
    killed.begin()
    killed.before_write()
    overrides.cluster.put({**SECRET, "data": {"DOMAIN": base64.b64encode(b"half").decode()}})
    healing = overrides.transaction(holder="healing", snapshot="half")
    token, said = healing.begin()
    assert (token.snapshot, token.adopted, token.took_over) == ("before", True, True)
    assert "the lock of killed, which seems to have been killed, was taken over" in said
    assert "its snapshot before of" in said
    assert overrides.clock.seconds == pytest.approx(130)
    later = overrides.transaction(**token.to_dict())
    later.before_write()
    later.complete(5)
    assert overrides.snapshots == {"before": "completed"}


def test_one_that_was_left_on_purpose_is_adopted_without_its_helm(overrides: Overrides) -> None:
    """It gave the lock up, so a pending release is not its own."""
    left = overrides.transaction(snapshot="before")
    left.begin()
    left.before_write()
    left.lock.give_up()
    token, _said = overrides.transaction(holder="next", snapshot="next").begin()
    assert (token.snapshot, token.adopted, token.took_over) == ("before", True, False)


def test_one_that_was_being_restored_is_adopted_as_well(overrides: Overrides) -> None:
    kept = overrides.completed(1)
    assert kept is not None
    overrides.transaction().store.mark(kept, SnapshotState.RESTORING)
    token, _said = overrides.transaction(snapshot="new").begin()
    assert token.snapshot == "id-1"


def test_another_release_than_the_interrupted_one_is_refused(overrides: Overrides) -> None:
    killed = overrides.transaction(release_name="")
    killed.begin()
    killed.before_write()
    overrides.clock.seconds += 1000
    with pytest.raises(Failure, match="holds no release, not release image-swap") as error:
        overrides.transaction(holder="next").begin()
    assert error.value.code == "snapshot_does_not_fit"
    assert overrides.holder == ""


def test_who_lost_the_lock_writes_no_snapshot(overrides: Overrides) -> None:
    slow = overrides.transaction(holder="slow", snapshot="slow")
    slow.begin()
    overrides.clock.seconds += 1000
    overrides.transaction(holder="next", snapshot="next").begin()
    with pytest.raises(Failure, match="another run has taken the lock"):
        slow.before_write()
    assert overrides.snapshots == {}


def test_the_lock_is_whole_again_after_a_snapshot_that_took_long(overrides: Overrides) -> None:
    run = overrides.transaction()
    run.begin()
    put = overrides.cluster.put

    def slowly(manifest: dict[str, t.Any]) -> dict[str, t.Any]:
        if manifest.get("type") == SNAPSHOT_TYPE:
            overrides.clock.seconds += 119
        return put(manifest)

    overrides.cluster.put = slowly  # type: ignore[method-assign]  # a stand-in
    run.before_write(300)
    (lease,) = overrides.cluster.of("Lease")
    until = Lease.from_object(lease).until()
    assert until is not None
    assert (until - overrides.clock.now()).total_seconds() == 300


def test_an_override_that_cannot_be_completed_gives_the_lock_up(overrides: Overrides) -> None:
    run = overrides.transaction()
    run.begin()
    run.before_write()
    run.lock.renew = lambda seconds=0: None  # type: ignore[method-assign]  # a stand-in
    overrides.cluster.failures = ["(403) Reason: Forbidden"]
    with pytest.raises(Failure, match="marking the snapshot id as completed"):
        run.complete(5)
    assert overrides.holder == ""
    assert overrides.snapshots == {"id": "open"}


def test_a_snapshot_that_was_changed_on_its_way_stops_everything(overrides: Overrides) -> None:
    def change(manifest: dict[str, t.Any]) -> dict[str, t.Any]:
        if manifest.get("type") == SNAPSHOT_TYPE:
            manifest = {**manifest, "data": {}}
        return put(manifest)

    run = overrides.transaction()
    run.begin()
    put = overrides.cluster.put
    overrides.cluster.put = change  # type: ignore[method-assign]  # a stand-in
    with pytest.raises(Failure, match="did not keep the snapshot as it was sent"):
        run.before_write()


def test_a_lost_answer_is_asked_for_again(overrides: Overrides) -> None:
    run = overrides.transaction()
    run.begin()
    run.lock.renew()
    overrides.cluster.lost = ["(500) Reason: Internal Server Error"]
    run.before_write()
    assert overrides.snapshots == {"id": "open"}


def test_an_unreadable_snapshot_is_a_remark(overrides: Overrides) -> None:
    overrides.completed(1)
    (kept,) = [item for item in overrides.cluster.of("Secret") if item["type"] == SNAPSHOT_TYPE]
    odd = {**kept, "metadata": {**kept["metadata"], "name": "odd"}, "data": {}}
    overrides.cluster.put(odd)
    found, findings = overrides.transaction().store.all()
    assert [item.id for item in found] == ["id-1"]
    assert [finding.code for finding in findings] == ["snapshot_unreadable"]


TEST_TOKENS: list[dict[str, t.Any]] = [{"holder": "a"}, {**TOKEN.to_dict(), "more": 1}]


@pytest.mark.parametrize("data", TEST_TOKENS)
def test_what_is_no_token_is_refused(data: dict[str, t.Any]) -> None:
    with pytest.raises(Failure, match="not what override_transaction returned"):
        Token.from_dict(data)


def test_a_token_travels_as_plain_data() -> None:
    made = new_token(TOKEN, FakeClock())
    assert Token.from_dict(made.to_dict()) == made
    assert made.snapshot.startswith("20261126-041500-")
    assert made.holder.endswith(made.snapshot[-4:])
