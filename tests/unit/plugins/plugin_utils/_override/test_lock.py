# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lock of a cluster: one run at a time, whatever becomes of the others."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.lease import (
    Lease,
    renewal,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.lock import Lock
from tests.unit.helpers.tiny_cluster import FakeClock, TinyCluster

NAMESPACE = "jet-system"


class Runs:
    """Two runs on one cluster."""

    def __init__(self) -> None:
        self.cluster = TinyCluster()
        self.clock = FakeClock()
        self.said = self.cluster.said

    def lock(self, holder: str, duration: int = 120) -> Lock:
        return Lock(self.cluster, NAMESPACE, holder, duration, self.clock)

    @property
    def lease(self) -> Lease:
        (found,) = self.cluster.of("Lease")
        return Lease.from_object(found)


@pytest.fixture(name="runs")
def fixture_runs() -> Runs:
    return Runs()


def test_the_first_run_makes_the_lease_and_takes_it(runs: Runs) -> None:
    assert runs.lock("a").acquire() == ""
    assert runs.lease.holder == "a"
    assert runs.lease.duration == 120
    assert runs.said == []


def test_one_that_was_given_up_is_free_at_once(runs: Runs) -> None:
    first = runs.lock("a")
    first.acquire()
    first.give_up()
    assert runs.lock("b").acquire() == ""
    assert runs.lease.holder == "b"
    assert runs.clock.seconds == 0


def test_a_lock_for_no_time_is_refused(runs: Runs) -> None:
    with pytest.raises(Failure, match="palette_lock_duration: it is 0"):
        runs.lock("a", duration=0).acquire()
    assert runs.cluster.calls == []


def test_a_holder_who_renews_is_alive(runs: Runs) -> None:
    first = runs.lock("a")
    first.acquire()
    runs.clock.on_sleep = first.renew
    with pytest.raises(Failure, match="another run works on this cluster: a; it is alive") as error:
        runs.lock("b").acquire()
    assert error.value.code == "lock_held"
    assert "kubectl delete lease image-registry-override" in str(error.value)
    assert runs.lease.holder == "a"
    told = (
        "Another run holds the lock of this cluster: a. Waiting for 130 s to see whether it is"
        " alive."
    )
    assert runs.said == [told] * 2


def test_one_renewal_may_be_the_late_one_of_a_holder_who_was_killed(runs: Runs) -> None:
    first = runs.lock("a", duration=30)
    first.acquire()
    renewed: list[float] = []

    def renew_late() -> None:
        if not renewed:
            first.renew()
            renewed.append(runs.clock.seconds)

    runs.clock.on_sleep = renew_late
    assert runs.lock("b").acquire() == "a"
    assert runs.lease.holder == "b"
    assert runs.clock.seconds == pytest.approx(renewed[0] + 40)


def test_who_was_faster_after_a_killed_run_is_named(runs: Runs) -> None:
    runs.lock("killed").acquire()

    def overtake() -> None:
        lease = runs.lease
        patch = lease.take("faster", runs.clock.now(), 120)
        assert runs.lock("faster")._patched(patch) or lease.holder == "faster"

    runs.clock.on_sleep = overtake
    with pytest.raises(Failure, match="another run works on this cluster: faster; it is alive"):
        runs.lock("b").acquire()


def test_a_holder_who_ends_meanwhile_was_alive(runs: Runs) -> None:
    first = runs.lock("a")
    first.acquire()
    runs.clock.on_sleep = first.give_up
    with pytest.raises(Failure, match="it has ended just now"):
        runs.lock("b").acquire()
    assert runs.lease.holder == ""


def test_a_holder_who_was_killed_is_waited_for_and_one_step_more(runs: Runs) -> None:
    runs.lock("a", duration=30).acquire()
    assert runs.lock("b").acquire() == "a"
    assert runs.clock.seconds == pytest.approx(40)
    assert runs.lease.holder == "b"
    assert "Waiting for 40 s" in runs.said[0]


def test_a_clock_that_is_ahead_is_not_waited_for_longer(runs: Runs) -> None:
    ahead = runs.lock("a", duration=30)
    ahead.clock = FakeClock(seconds=3600)
    ahead.acquire()
    assert runs.lock("b").acquire() == "a"
    assert runs.clock.seconds == pytest.approx(40)


def test_of_two_that_are_equally_fast_one_is_refused(runs: Runs) -> None:
    """Both read a free Lease; the patch of the slower one tests a version that is gone."""
    slow = runs.lock("slow")
    runs.lock("setup").acquire()
    runs.lock("setup").give_up()
    free = runs.lease
    fast = runs.lock("fast")
    fast.acquire()
    assert not slow._patched(free.take("slow", runs.clock.now(), 120))
    assert runs.lease.holder == "fast"


def test_who_lost_the_lock_is_told_and_writes_nothing_more(runs: Runs) -> None:
    first = runs.lock("a", duration=5)
    first.acquire()
    runs.lock("b").acquire()
    with pytest.raises(Failure, match="another run has taken the lock") as error:
        first.renew()
    assert error.value.code == "lock_lost"
    first.give_up()
    assert runs.lease.holder == "b"


def test_a_lost_answer_does_not_lock_oneself_out(runs: Runs) -> None:
    runs.lock("setup").acquire()
    runs.lock("setup").give_up()
    runs.cluster.lost = ["(500) Reason: Internal Server Error"]
    assert runs.lock("a").acquire() == ""
    assert runs.lease.holder == "a"


def test_it_is_kept_in_thirds_of_its_time(runs: Runs) -> None:
    lock = runs.lock("a", duration=30)
    lock.acquire()
    before = len(runs.cluster.calls)
    lock.keep()
    assert len(runs.cluster.calls) == before
    runs.clock.sleep(11)
    lock.keep()
    assert len(runs.cluster.calls) == before + 1


def test_a_long_step_holds_it_as_long(runs: Runs) -> None:
    lock = runs.lock("a")
    lock.acquire()
    lock.renew(299.5)
    assert runs.lease.duration == 300
    lock.renew(10)
    assert runs.lease.duration == 120


SEEN = "2026-11-26T04:14:55"
TEST_ODD: list[tuple[object, str, bool]] = [
    (None, "", True),
    ({"holderIdentity": "a"}, "a", True),
    ({"holderIdentity": "a", "renewTime": "yesterday", "leaseDurationSeconds": 9}, "a", True),
    (
        {"holderIdentity": "a", "renewTime": SEEN, "leaseDurationSeconds": 9},
        "a",
        False,
    ),
    (
        {"holderIdentity": "a", "renewTime": f"{SEEN}Z", "leaseDurationSeconds": True},
        "a",
        True,
    ),
]


@pytest.mark.parametrize(("spec", "holder", "free"), TEST_ODD)
def test_a_lease_that_others_wrote_is_read(spec: object, holder: str, free: bool) -> None:
    lease = Lease.from_object({"metadata": {}, "spec": spec})
    assert lease.holder == holder
    assert lease.is_free(FakeClock().now()) is free


def test_a_renewal_tests_its_holder_first() -> None:
    patch = renewal("a", FakeClock().now(), 120)
    assert patch[0] == {"op": "test", "path": "/spec/holderIdentity", "value": "a"}
    assert {"op": "add", "path": "/spec/renewTime", "value": "2026-11-26T04:15:00.000000Z"} in patch


def test_it_is_given_up_in_the_end_and_what_went_wrong_before_counts(runs: Runs) -> None:
    lock = runs.lock("a")
    lock.acquire()
    with pytest.raises(KeyError), lock.given_up():
        assert runs.lease.holder == "a"
        raise KeyError
    assert runs.lease.holder == ""
    lock.acquire()
    with lock.given_up():
        runs.cluster.failures = ["Connection refused"] * 20
    assert runs.lease.holder == "a"
