# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.changes import (
    Change,
    changes,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    Evidence,
    HostEvidence,
)
from tests.pages.example_reports import fleet, mended

PASS, WARN, FAIL, SKIP = Status.PASS, Status.WARN, Status.FAIL, Status.SKIP


def report(status: Status | None) -> Evidence:
    kept = [Check("other", "n", PASS)]
    checks = kept if status is None else [*kept, Check("c", "n", status)]
    host = HostEvidence("n", "prod", tuple(checks))
    return Evidence("verify", "2026-01-02T03:04:05+00:00", False, (host,))


TEST_CHANGES = [
    (PASS, FAIL, "worse"),
    (WARN, FAIL, "worse"),
    (PASS, WARN, "worse"),
    (FAIL, PASS, "better"),
    (FAIL, WARN, "better"),
    (None, FAIL, "new"),
    (SKIP, PASS, "new"),
    (PASS, None, "gone"),
    (PASS, SKIP, "gone"),
    (PASS, PASS, ""),
    (SKIP, None, ""),
    (None, SKIP, ""),
]


@pytest.mark.parametrize(("before", "after", "kind"), TEST_CHANGES)
def test_a_check_that_ends_otherwise(
    before: Status | None, after: Status | None, kind: str
) -> None:
    found = changes(report(before), report(after))
    for name in ("worse", "better", "new", "gone"):
        made = [None if status is SKIP else status for status in (before, after)]
        assert getattr(found, name) == ((Change("n", "c", *made),) if name == kind else ())
    assert found.nothing is (not kind)
    assert found.same == 1 + (before is after is PASS)


def test_hosts_that_only_one_has_stand_by_themselves() -> None:
    whole = fleet(1, 3)
    part = dataclasses.replace(whole, hosts=whole.hosts[:2])
    assert changes(part, whole).new_hosts == ("node-1", "node-2")
    assert changes(whole, part).gone_hosts == ("node-1", "node-2")
    assert changes(whole, part).gone == ()
    assert not changes(whole, part).nothing


def test_a_fleet_that_was_mended() -> None:
    before = fleet()
    found = changes(before, mended(before))
    assert [(one.host, one.check) for one in found.better] == [("site-02", "Secret BASE_PATH")]
    assert [(one.host, one.check) for one in found.worse] == [("node-1", "node read")]
    assert {one.host for one in found.gone} == {"node-1"}
