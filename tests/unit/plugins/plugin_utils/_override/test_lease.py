# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import typing as t

import jsonpatch
import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._override.lease import (
    Lease,
    grace_of,
    new_lease,
    release,
    renewal,
)

NOW = datetime.datetime(2026, 11, 29, 8, 0, tzinfo=datetime.UTC)


def taken(holder: str = "me", duration: int = 120) -> dict[str, t.Any]:
    """Return a Lease that somebody has taken."""
    free = new_lease("jet-system")
    free["metadata"]["resourceVersion"] = "7"
    patch = Lease.from_object(free).take(holder, NOW, duration)
    return t.cast("dict[str, t.Any]", jsonpatch.apply_patch(free, patch))


def test_a_new_lease_is_free_and_one_takes_it() -> None:
    assert Lease.from_object(new_lease("jet-system")).is_free(NOW)
    lease = Lease.from_object(taken())
    assert (lease.holder, lease.renewed, lease.transitions) == ("me", NOW, 1)
    end = NOW + datetime.timedelta(seconds=120)
    assert not lease.is_free(end - datetime.timedelta(seconds=1))
    assert lease.is_free(end)
    assert not lease.is_free(end, grace=grace_of(lease.duration))


def test_who_creates_it_second_takes_it_from_nobody() -> None:
    """Both may have seen none; kubernetes.core then merges the second's manifest into the first's."""
    held = taken()
    assert {**held["spec"], **new_lease("jet-system")["spec"]} == held["spec"]


@pytest.mark.parametrize("patch", [renewal("other", NOW, 5), release("other")])
def test_only_its_holder_changes_it(patch: list[dict[str, t.Any]]) -> None:
    with pytest.raises(jsonpatch.JsonPatchTestFailed):
        jsonpatch.apply_patch(taken(), patch)


def test_its_holder_keeps_it_and_gives_it_up() -> None:
    later = NOW + datetime.timedelta(seconds=60)
    kept = jsonpatch.apply_patch(taken(), renewal("me", later, 300))
    assert Lease.from_object(kept).until() == later + datetime.timedelta(seconds=300)
    assert Lease.from_object(jsonpatch.apply_patch(kept, release("me"))).is_free(NOW)


@pytest.mark.parametrize(
    "spec",
    [
        {"holderIdentity": "me", "renewTime": "yesterday"},
        {"holderIdentity": "me", "leaseDurationSeconds": True},
        {"renewTime": "2026-11-29T08:00:00Z"},
        None,
    ],
)
def test_what_makes_no_sense_is_free(spec: t.Any) -> None:
    assert Lease.from_object({"spec": spec}).is_free(NOW)


def test_a_time_without_a_zone_is_utc() -> None:
    spec = {"holderIdentity": "me", "renewTime": "2026-11-29T08:00:00"}
    assert Lease.from_object({"spec": spec}).renewed == NOW


@pytest.mark.parametrize(("duration", "grace"), [(120, 10), (5, 5), (0, 0)])
def test_one_step_more_is_waited(duration: int, grace: int) -> None:
    assert grace_of(duration) == grace
