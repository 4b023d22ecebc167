# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an override stopped half-way, or runs."""

from __future__ import annotations

import datetime

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.lease import Lease
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.snapshot import (
    Snapshot,
    SnapshotState,
    interrupted,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.snapshot_checks import (
    snapshots_check,
)
from tests.unit.helpers.snapshots import NOW, snapshot

OPEN, RESTORING = SnapshotState.OPEN, SnapshotState.RESTORING


def lease(seconds_ago: int) -> Lease:
    return Lease("me@here/1/ab", NOW - datetime.timedelta(seconds=seconds_ago), 120, 0, "1")


TEST_CHECKS: list[tuple[str, list[Snapshot], Lease | None, Status, str]] = [
    ("nothing yet", [], None, Status.PASS, ""),
    ("all is well", [snapshot()], lease(500), Status.PASS, ""),
    ("interrupted", [snapshot("2", OPEN)], lease(500), Status.WARN, "override_interrupted"),
    ("a rollback", [snapshot("2", RESTORING)], None, Status.WARN, "override_interrupted"),
    ("running", [snapshot("2", OPEN)], lease(5), Status.WARN, "override_running"),
]


@pytest.mark.parametrize(
    ("found", "held", "status", "code"),
    [row[1:] for row in TEST_CHECKS],
    ids=[row[0] for row in TEST_CHECKS],
)
def test_what_stopped_half_way_is_said(
    found: list[Snapshot], held: Lease | None, status: Status, code: str
) -> None:
    check = snapshots_check("mgmt", found, [], held, NOW)
    assert check.status is status
    assert [finding.code for finding in check.findings] == ([code] if code else [])
    assert check.actual.startswith("none" if not found else "1, the newest last: ")
    assert interrupted(found) is (found[0] if code else None)


def test_all_are_listed_the_newest_last() -> None:
    check = snapshots_check("mgmt", [snapshot("2"), snapshot("1")], [], None, NOW)
    said = check.actual
    assert said.startswith("2, the newest last: 1 (completed)")
    assert said.index("1 (completed)") < said.index("2 (completed)")
    assert "planted" not in said


def test_one_that_cannot_be_read_is_told_beside_what_else_there_is() -> None:
    unread = Finding(
        "snapshot_unreadable", Severity.WARNING, "secret/x", "It is none.", "Delete it."
    )
    check = snapshots_check("mgmt", [snapshot("2", OPEN)], [unread], None, NOW)
    assert [one.code for one in check.findings] == ["snapshot_unreadable", "override_interrupted"]
    assert snapshots_check("mgmt", [], [unread], None, NOW).actual == "none"


def test_a_run_is_named_by_its_holder() -> None:
    (finding,) = snapshots_check("mgmt", [], [], lease(5), NOW).findings
    assert "me@here/1/ab works on this cluster now" in finding.message
    assert "120 s" in finding.message
