# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A snapshot put back: to the byte, in the right order, and again after an interruption."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Status
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.snapshot import (
    ReleasePoint,
    Snapshot,
    SnapshotState,
)
from tests.unit.helpers.restoring import WAS, Case, Data, secret

TEST_SECRETS: list[tuple[str, Data | None, Data | None, str]] = [
    ("absent before", None, secret(), "removed: DOMAIN, PASSWORD"),
    ("absent then and now", None, None, "is absent, as it was"),
    ("absent now", WAS, None, "created as it was: DOMAIN, PASSWORD"),
    ("untouched", WAS, WAS, "is as it was"),
    (
        "a key more, a value, labels and annotations",
        WAS,
        secret(data={"DOMAIN": b"new", "MORE": b"m"}, labels={}, annotations={"other": "z"}),
        "put back: DOMAIN, MORE",
    ),
    ("of another type", WAS, secret(type="kubernetes.io/tls"), "put back"),
    ("was immutable", secret(immutable=True), secret(data={"DOMAIN": b"n"}), "put back: DOMAIN"),
    ("is immutable", WAS, secret(immutable=True), "put back"),
    ("was without marks", secret(labels={}, annotations={}), WAS, "put back"),
]


@pytest.mark.parametrize(
    ("was", "is_now", "said"),
    [row[1:] for row in TEST_SECRETS],
    ids=[row[0] for row in TEST_SECRETS],
)
def test_the_secret_becomes_what_it_was(was: Data | None, is_now: Data | None, said: str) -> None:
    case = Case(was)
    before = case.live
    case.cluster.objects.pop(("Secret", "jet-system", "registry-info"), None)
    if is_now:
        case.cluster.put(is_now)
    restored = case.restore()
    assert case.live == before
    assert restored.checks[0].actual == said
    assert [check.status for check in restored.checks] == [Status.PASS]
    assert restored.changed is (said not in ("is as it was", "is absent, as it was"))
    assert case.snapshot is None, "an override that never completed leaves no snapshot"


def test_a_dry_run_changes_nothing_and_says_what_would_be() -> None:
    case = Case(WAS, ReleasePoint("image-swap", "default", 1, "c"))
    case.cluster.put(secret(data={"DOMAIN": b"new"}))
    case.releases.upgrade({"a": 2})
    restored = case.restore(check_mode=True)
    assert restored.changed
    assert [check.actual for check in restored.checks] == [
        "would be put back: DOMAIN",
        "would be rolled back to revision 1",
    ]
    # The module itself makes it a dry run.
    assert case.cluster.writes == ["patched Secret"]
    assert len(case.releases.history) == 2
    assert case.snapshot is not None


def test_an_api_that_fails_for_a_moment_is_asked_again() -> None:
    case = Case(WAS, ReleasePoint("image-swap", "default", 1, "c"))
    case.cluster.put(secret(data={"DOMAIN": b"new"}))
    case.releases.upgrade({"a": 2})
    case.cluster.failures = ["(500) Reason: Internal", '"code":422']
    case.releases.failures = ["server_error"]
    assert case.restore().changed
    assert case.live is not None
    assert case.live.data["DOMAIN"] == b"old"
    assert case.steps == 6, "the lock is kept for each attempt"


def test_one_that_cannot_go_on_keeps_its_snapshot() -> None:
    case = Case(WAS)
    case.cluster.put(secret(data={"DOMAIN": b"new"}))
    case.cluster.failures = ["(403) Reason: Forbidden"]
    with pytest.raises(Failure, match="403"):
        case.restore()
    assert case.snapshot is not None


def test_a_completed_one_that_was_interrupted_stays_marked() -> None:
    case = Case(WAS)
    snapshot = case.snapshot
    assert snapshot is not None
    case.store.mark(snapshot, SnapshotState.COMPLETED)
    case.cluster.put(secret(data={"DOMAIN": b"new"}))
    mark = case.store.mark

    def mark_and_die(snapshot: Snapshot, state: SnapshotState) -> None:
        mark(snapshot, state)
        raise KeyboardInterrupt

    case.store.mark = mark_and_die  # type: ignore[method-assign]  # a stand-in
    with pytest.raises(KeyboardInterrupt):
        case.restore()
    case.store.mark = mark  # type: ignore[method-assign]  # a stand-in
    left = case.snapshot
    assert left is not None
    assert left.state is SnapshotState.RESTORING
    assert case.restore().changed
    back = case.snapshot
    assert back is not None
    assert back.state is SnapshotState.COMPLETED


POINT = ReleasePoint("image-swap", "default", 1, "c")
TEST_OTHERS: list[tuple[ReleasePoint | None, ReleasePoint | None, SnapshotState]] = [
    (None, None, SnapshotState.COMPLETED),
    (POINT, None, SnapshotState.COMPLETED),
    (POINT, POINT, SnapshotState.COMPLETED),
    (None, POINT, SnapshotState.OPEN),
    (dataclasses.replace(POINT, name="other"), POINT, SnapshotState.OPEN),
]


@pytest.mark.parametrize(("point", "others", "state"), TEST_OTHERS)
def test_an_older_one_settles_what_was_interrupted(
    point: ReleasePoint | None, others: ReleasePoint | None, state: SnapshotState
) -> None:
    case = Case(WAS, point)
    chosen = case.snapshot
    assert chosen is not None
    case.store.mark(chosen, SnapshotState.COMPLETED)
    case.store.take("interrupted", "later", "me", others)
    case.restore()
    left = case.store.get("interrupted")
    assert left is not None
    assert left.state is state


def test_somebody_who_writes_it_again_is_found() -> None:
    case = Case(WAS)
    case.cluster.put(secret(data={"DOMAIN": b"new"}))
    put = case.cluster.put

    def put_and_undo(manifest: Data) -> Data:
        kept = put(manifest)
        if manifest["metadata"]["name"] == "registry-info":
            put(secret(data={"DOMAIN": b"theirs"}))
        return kept

    case.cluster.put = put_and_undo  # type: ignore[method-assign]  # a stand-in
    restored = case.restore()
    assert restored.checks[0].status is Status.FAIL
    assert restored.checks[0].findings[0].code == "not_put_back"
    assert case.snapshot is not None
