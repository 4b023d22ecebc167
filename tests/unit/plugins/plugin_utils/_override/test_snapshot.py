# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Snapshots: kept to the byte, chosen by what `latest` means."""

from __future__ import annotations

import base64
import copy
import dataclasses
import datetime
import json
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.plugin_utils._override.secret import (
    LiveSecret,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.snapshot import (
    STATE_LABEL,
    ReleasePoint,
    Snapshot,
    SnapshotState,
    chosen,
    new_id,
    to_forget,
)
from tests.unit.helpers.snapshots import NOW, POINT, SECRET, snapshot

ABSENT = ReleasePoint("image-swap", "default", 0, "", ("Namespace/imageswap-system",))
TEST_KEPT = [
    (SECRET, POINT),
    (SECRET, None),
    (None, ABSENT),
    (dataclasses.replace(SECRET, type="kubernetes.io/tls", immutable=True, data={}), None),
]


@pytest.mark.parametrize(("secret", "release"), TEST_KEPT)
def test_it_is_kept_to_the_byte(secret: LiveSecret | None, release: ReleasePoint | None) -> None:
    made = snapshot(state=SnapshotState.OPEN, secret=secret, release=release, created="")
    manifest = json.loads(json.dumps(made.to_object()))
    assert Snapshot.from_object(manifest) == made
    assert manifest["immutable"] is True
    assert manifest["metadata"]["name"] == "registry-info-snapshot-1"


def test_its_keys_lie_side_by_side() -> None:
    """So that a Secret of nearly the largest size still has one."""
    data = snapshot().to_object()["data"]
    assert base64.b64decode(data["secret.PASSWORD"]) == b"planted"
    assert len(base64.b64decode(data["snapshot.json"])) < 1000


def test_its_summary_holds_no_value() -> None:
    said = json.dumps(snapshot().summary())
    assert "with 4 keys, release image-swap in default at revision 3 (image-swap-1.5.3)" in said
    assert "planted" not in said
    absent = snapshot(secret=None, release=ABSENT).described
    assert (
        absent == "secret/registry-info in jet-system absent, release image-swap in default absent"
    )


def broken(change: t.Callable[[dict[str, t.Any]], object]) -> dict[str, t.Any]:
    manifest = copy.deepcopy(snapshot().to_object())
    change(manifest)
    return manifest


def described(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


TEST_UNREADABLE: list[dict[str, t.Any]] = [
    {},
    {"metadata": None, "data": None},
    broken(lambda item: item.pop("data")),
    broken(lambda item: item["data"].pop("snapshot.json")),
    broken(lambda item: item["data"].update({"snapshot.json": "!"})),
    broken(lambda item: item["data"].update({"snapshot.json": described("[]")})),
    broken(lambda item: item["data"].update({"snapshot.json": described('{"schema": "other"}')})),
    broken(lambda item: item["metadata"]["labels"].update({STATE_LABEL: "gone"})),
]


@pytest.mark.parametrize("manifest", TEST_UNREADABLE)
def test_what_is_none_is_said(manifest: dict[str, t.Any]) -> None:
    with pytest.raises(ValueError, match="it holds none that this version"):
        Snapshot.from_object(manifest)


@given(st.binary())
def test_any_content_is_a_snapshot_or_a_sentence(content: bytes) -> None:
    manifest = snapshot().to_object()
    manifest["data"]["snapshot.json"] = base64.b64encode(content).decode()
    with pytest.raises(ValueError, match="registry-info-snapshot-1"):
        Snapshot.from_object(manifest)


OPEN, COMPLETED, RESTORING = SnapshotState.OPEN, SnapshotState.COMPLETED, SnapshotState.RESTORING
States = list[tuple[str, SnapshotState]]
TEST_LATEST: list[tuple[str, States, str]] = [
    ("the newest that completed", [("2", COMPLETED), ("1", COMPLETED)], "2"),
    ("one that was interrupted first", [("1", COMPLETED), ("2", OPEN)], "2"),
    ("one whose rollback was interrupted", [("1", RESTORING), ("2", COMPLETED)], "1"),
]


@pytest.mark.parametrize(
    ("states", "expected"), [row[1:] for row in TEST_LATEST], ids=[row[0] for row in TEST_LATEST]
)
def test_what_latest_means(states: States, expected: str) -> None:
    found = [snapshot(name, state) for name, state in states]
    assert chosen(found, "latest").id == expected


def test_an_id_is_looked_for_and_the_others_named() -> None:
    found = [snapshot("2"), snapshot("1")]
    assert chosen(found, "1").id == "1"
    with pytest.raises(ValueError, match="no snapshot '3'; there are: 1, 2"):
        chosen(found, "3")
    with pytest.raises(ValueError, match="no override has changed this cluster"):
        chosen([], "latest")


def test_the_oldest_that_completed_are_forgotten() -> None:
    found = [snapshot("3"), snapshot("1"), snapshot("2"), snapshot("0", OPEN)]
    assert [item.id for item in to_forget(found, 2)] == ["1"]
    assert to_forget(found, 5) == []
    assert [item.id for item in to_forget(found, 0)] == ["1", "2", "3"]


def test_ids_sort_by_time() -> None:
    later = NOW + datetime.timedelta(seconds=1)
    assert new_id(NOW, "ffff") == "20261126-041500-ffff"
    assert new_id(NOW, "ffff") < new_id(later, "0000")
