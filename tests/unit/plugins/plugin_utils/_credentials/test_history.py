# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._credentials.history import (
    counted,
    history_of,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.location import (
    Override,
)
from tests.unit.helpers.cluster_secrets import (
    OLD,
    Secret,
    encoded,
    registry_info,
    revision,
    secret,
    snapshot,
)

OVERRIDE = Override()


def names(*secrets: Secret) -> list[str]:
    """Return what would go, in its order."""
    history = history_of(secrets, OVERRIDE)
    assert history.obstacles == ()
    return [secret.name.removeprefix("sh.helm.release.v1.") for secret in history.kept]


TEST_HISTORY: list[tuple[str, list[Secret], list[str]]] = [
    ("nothing", [registry_info(), revision(1, "deployed")], []),
    ("the order", [snapshot(2, OLD), revision(10), revision(9), revision(11, "deployed")],
     ["image-swap.v9", "image-swap.v10", "registry-info-snapshot-2"]),
    ("never the last", [revision(1), revision(2)], ["image-swap.v1"]),
    ("never the last, if that failed", [revision(1, "deployed"), revision(2, "failed")], []),
    ("an older failure", [revision(1, "failed"), revision(2, "deployed")], ["image-swap.v1"]),
    ("never what is deployed", [revision(1, "deployed"), revision(2, "deployed")], []),
    ("never another release", [revision(1, name="hubble"), revision(2, name="hubble")], []),
    ("never another's Secret", [secret("registry-info-snapshot-1", "jet-system", {})], []),
    ("a snapshot without an airgap", [snapshot(1, OLD)], ["registry-info-snapshot-1"]),
    ("never a snapshot elsewhere",
     [{**snapshot(1, OLD), "metadata": {**snapshot(1, OLD)["metadata"], "namespace": "x"}}], []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("secrets", "expected"), [row[1:] for row in TEST_HISTORY], ids=[row[0] for row in TEST_HISTORY]
)
def test_only_what_nobody_needs_goes(secrets: list[Secret], expected: list[str]) -> None:
    assert names(*secrets) == expected


TEST_OBSTACLES: list[tuple[Secret, str, str]] = [
    (snapshot(1, OLD, "open"), "snapshot_unfinished", "is open, not completed"),
    (snapshot(1, OLD, "restoring"), "snapshot_unfinished", "is restoring"),
    (revision(2, "pending-upgrade"), "release_pending", "pending-upgrade"),
    ({**revision(2), "data": {"release": encoded("%")}}, "release_unreadable", "v2"),
]


@pytest.mark.parametrize(("obstacle", "code", "words"), TEST_OBSTACLES)
def test_unfinished_work_forbids_it(obstacle: Secret, code: str, words: str) -> None:
    history = history_of([revision(1), obstacle, revision(3, "deployed")], OVERRIDE)
    assert [finding.code for finding in history.obstacles] == [code]
    assert words in history.obstacles[0].message
    assert history.obstacles[0].fix


def test_words_and_preconditions() -> None:
    kept = history_of([snapshot(1, OLD), revision(1), revision(2)], OVERRIDE).kept
    assert counted(kept) == "1 snapshot and 1 Helm revision"
    assert counted(kept[1:] * 2) == "2 snapshots"
    assert (kept[0].uid, kept[0].resource_version) == (
        "uid-of-sh.helm.release.v1.image-swap.v1",
        "7",
    )
    assert str(kept[0]) == (
        "revision 1, superseded (secret/sh.helm.release.v1.image-swap.v1 in default)"
    )
    assert kept[1].to_dict() == {
        "kind": "snapshot",
        "namespace": "jet-system",
        "name": "registry-info-snapshot-1",
        "note": "snapshot 1",
    }
