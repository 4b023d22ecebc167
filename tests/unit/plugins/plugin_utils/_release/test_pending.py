# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be made of a pending release."""

from __future__ import annotations

import datetime

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._release.pending import (
    pending_of,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.release import Release

NOW = datetime.datetime(2026, 1, 1, 12, 0, 0, tzinfo=datetime.UTC)


def release(revision: int, status: str, seconds_ago: float | None = None) -> Release:
    """Return a revision, and since when it is what it is."""
    since = None if seconds_ago is None else NOW - datetime.timedelta(seconds=seconds_ago)
    return Release("image-swap", "default", revision, status, {}, {}, deployed_at=since)


TEST_SECONDS_LEFT: list[tuple[float | None, int]] = [
    (0, 300),
    (0.5, 300),
    (299.5, 1),
    (300, 0),
    (301, 0),
    (-9999, 300),
    (None, 0),
]


@pytest.mark.parametrize(("seconds_ago", "left"), TEST_SECONDS_LEFT)
def test_how_long_somebody_may_still_work_on_it(seconds_ago: float | None, left: int) -> None:
    live = release(2, "pending-upgrade", seconds_ago)
    assert pending_of(live, None, NOW, 300).seconds_left == left


@pytest.mark.parametrize("status", ["pending-install", "pending-upgrade", "pending-rollback"])
def test_both_ways_back_are_told_in_words(status: str) -> None:
    live = release(3, status, 301)
    back = pending_of(live, release(1, "deployed"), NOW, 300)
    refusal = back.refusal("release x", recover=False)
    assert f"revision 3 is {status} since 2026-01-01 11:54:59 UTC" in refusal.message
    assert "go back to revision 1" in refusal.fix
    assert "helm rollback image-swap 1 --namespace default" in refusal.fix
    assert "it was taken back to revision 1" in back.recovered("x", check_mode=False).message
    out = pending_of(live, None, NOW, 300)
    assert "helm uninstall image-swap" in out.refusal("release x", recover=False).fix
    assert "it would be uninstalled" in out.recovered("x", check_mode=True).message


def test_a_recovery_that_has_to_wait_says_so() -> None:
    live = release(3, "pending-upgrade", 100)
    refusal = pending_of(live, None, NOW, 300).refusal("release x", recover=True)
    assert "palette_image_swap_recover_pending waits for it as well" in refusal.message
    assert "run again in 200 seconds" in refusal.fix
