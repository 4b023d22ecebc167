# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for a release's workloads, with a clock and a cluster of a few lines."""

from __future__ import annotations

import datetime
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.release import Release
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.waiter import (
    ReleaseWaiter,
)
from tests.unit.helpers.fake_client import FakeClient

MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: imageswap-system}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: b, namespace: imageswap-system}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: c}
"""
NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
RELEASE = Release("image-swap", "default", 1, "deployed", {}, {}, MANIFEST)


class Cluster(FakeClient):
    """Workloads that come up at a time, and a clock that goes on when somebody sleeps."""

    def __init__(self, **up_at: float) -> None:
        super().__init__()
        self.up_at = up_at
        self.now = 0.0
        self.beats = 0
        self.questions: list[tuple[str, str]] = []
        self.shown = self.said
        self.failures: dict[str, Failure] = {}
        self.silent_until = 0.0
        self.silence = "unreachable"
        self.waiting = {"reason": "ImagePullBackOff"}

    def run(
        self,
        module: str,
        arguments: t.Mapping[str, t.Any],
        attempt: str,
        *,
        check_mode: bool = False,
        own: bool = False,
    ) -> dict[str, t.Any]:
        assert (module, check_mode) == ("k8s_info", False)
        kind, namespace = arguments["kind"], arguments["namespace"]
        self.questions.append((kind, namespace))
        if kind in self.failures:
            raise self.failures[kind]
        if self.now < self.silent_until:
            raise Failure.of(self.silence, "x", "nobody answers", "wait")
        if kind == "Event":
            return {"resources": []}
        if kind == "Pod":
            return {"resources": [self._pod(arguments["label_selectors"])]}
        names = ("a", "b") if kind == "Deployment" else ("c",)
        return {"resources": [self._workload(name) for name in names if name in self.up_at]}

    def _pod(self, selector: list[str]) -> dict[str, t.Any]:
        (label,) = selector
        status = {"name": "c", "image": "i", "state": {"waiting": self.waiting}}
        name = f"pod-{label.removeprefix('app=')}"
        return {
            "metadata": {"name": name, "creationTimestamp": NOW.isoformat()},
            "spec": {"containers": [{"name": "c", "image": "i"}]},
            "status": {"containerStatuses": [status]},
        }

    def _workload(self, name: str) -> dict[str, t.Any]:
        ready = 1 if self.now >= self.up_at[name] else 0
        counts = {"updatedReplicas": 1, "replicas": 1, "availableReplicas": ready}
        nodes = {"desiredNumberScheduled": 1, "updatedNumberScheduled": 1, "numberAvailable": ready}
        return {
            "metadata": {"name": name},
            "spec": {
                "selector": {"matchLabels": {"app": name}},
                "template": {"spec": {"containers": [{"name": "c", "image": "i"}]}},
            },
            "status": {**counts, **nodes},
        }

    def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def _beat(self) -> None:
        self.beats += 1

    def waiter(self) -> ReleaseWaiter:
        """Return a waiter on this cluster."""
        return ReleaseWaiter(
            self,
            self._beat,
            clock=lambda: self.now,
            sleep=self._sleep,
            now=lambda: NOW,
        )


def test_what_is_ready_is_not_waited_for() -> None:
    cluster = Cluster(a=0, b=0, c=0)
    assert cluster.waiter().wait(RELEASE, 60) == 3
    assert (cluster.now, cluster.beats, cluster.shown) == (0, 1, [])
    # One question a kind and namespace, however many workloads.
    assert cluster.questions == [("Deployment", "imageswap-system"), ("DaemonSet", "default")]


def test_it_beats_before_each_question_and_tells_how_far_it_is() -> None:
    cluster = Cluster(a=0, b=70, c=35)
    cluster.waiter().wait(RELEASE, 300)
    assert 70 <= cluster.now < 75
    assert cluster.beats == len([kind for kind, _name in cluster.questions if kind == "Deployment"])
    first, second = cluster.shown
    assert first == (
        "release image-swap in default, 30 s: 1 of 3 workloads ready; waiting for"
        " deployment/b in imageswap-system (0 of 1 pods are ready),"
        " daemonset/c in default (0 of 1 pods are ready)"
    )
    assert "60 s: 2 of 3 workloads ready" in second


def test_a_timeout_names_each_workload_and_its_pods() -> None:
    cluster = Cluster(a=0, b=9999)
    with pytest.raises(Failure) as raised:
        cluster.waiter().wait(RELEASE, 20)
    assert 15 <= cluster.now <= 20
    one, other = raised.value.findings
    assert (one.code, one.subject) == ("workload_not_ready", "deployment/b in imageswap-system")
    assert "pod pod-b: container c waits: ImagePullBackOff (i)" in one.message
    assert (other.subject, other.message) == (
        "daemonset/c in default",
        "it is not there after 20 s",
    )


@pytest.mark.parametrize(("message", "seconds"), [("i: not found", 3), ("i/o timeout", 60)])
def test_what_does_not_come_is_not_waited_for(message: str, seconds: float) -> None:
    cluster = Cluster(a=9999, b=0, c=0)
    cluster.waiting = {"reason": "ErrImagePull", "message": message}
    with pytest.raises(Failure, match="0 of 1 pods are ready after") as raised:
        cluster.waiter().wait(RELEASE, 60)
    assert cluster.now == seconds
    assert "make sure that the registry holds this image" in raised.value.findings[0].fix


def test_pods_that_may_not_be_read_do_not_hide_the_timeout() -> None:
    cluster = Cluster(a=9999, b=0, c=0)
    forbidden = Failure.of("forbidden", "x", "you may not", "ask")
    cluster.failures = {"Pod": forbidden, "Event": forbidden}
    with pytest.raises(Failure, match="0 of 1 pods are ready after 20 s"):
        cluster.waiter().wait(RELEASE, 20)


@pytest.mark.parametrize("code", ["unreachable", "no_answer", "server_error"])
def test_a_cluster_that_is_silent_for_a_while_is_waited_for(code: str) -> None:
    cluster = Cluster(a=0, b=0, c=0)
    cluster.silence = code
    cluster.silent_until = 40
    cluster.waiter().wait(RELEASE, 60)
    (shown,) = cluster.shown
    assert "the cluster does not answer" in shown
    cluster = Cluster(a=0, b=0, c=0)
    cluster.silent_until = 9999
    with pytest.raises(Failure, match="nobody answers"):
        cluster.waiter().wait(RELEASE, 20)


def test_a_lock_that_cannot_be_renewed_for_a_while_is_waited_for() -> None:
    cluster = Cluster(a=0, b=0, c=0)
    codes = ["no_answer", "lock_lost"]

    def heartbeat() -> None:
        raise Failure.of(codes.pop(0), "lease", "not renewed", "wait")

    waiter = cluster.waiter()
    waiter._heartbeat = heartbeat
    with pytest.raises(Failure, match="not renewed") as raised:
        waiter.wait(RELEASE, 60)
    assert raised.value.code == "lock_lost"
    assert cluster.now > 0


def test_what_does_not_pass_ends_the_waiting() -> None:
    cluster = Cluster(a=0, b=0, c=0)
    cluster.failures = {"Deployment": Failure.of("forbidden", "x", "you may not", "ask")}
    with pytest.raises(Failure, match="you may not"):
        cluster.waiter().wait(RELEASE, 60)
    assert cluster.now == 0
