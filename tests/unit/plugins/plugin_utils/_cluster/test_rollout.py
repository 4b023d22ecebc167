# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether workloads have come up, and why not."""

from __future__ import annotations

import datetime
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.rollout import (
    Rollout,
    backs_off,
    hopeless_reasons,
    not_ready_finding,
    pod_selector,
    rollout_of,
)

LABEL = "deployment/imageswap in imageswap-system"
IMAGE = "harbor.example.org/a/imageswap:v1"


def workload(kind: str, spec: dict[str, t.Any], **status: t.Any) -> dict[str, t.Any]:
    """Return a workload of generation 2."""
    status = {"observedGeneration": 2, **status}
    return {"kind": kind, "metadata": {"generation": 2}, "spec": spec, "status": status}


UP = {"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
PARTITION = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
OLD_AND_NEW = {"currentRevision": "a", "updateRevision": "b", "readyReplicas": 2}
NODES = {"desiredNumberScheduled": 3}

TEST_ROLLOUTS: list[tuple[dict[str, t.Any] | None, str]] = [
    (None, "it is not there"),
    (workload("Deployment", {"replicas": 2}, **UP), ""),
    (workload("Deployment", {}, updatedReplicas=1), "0 of 1 pods are ready"),
    (workload("Deployment", {"replicas": 0}), ""),
    (workload("Deployment", {"replicas": 3}, **UP), "2 of 3 new pods are there"),
    (workload("Deployment", {"replicas": 2}, **{**UP, "replicas": 3}), "1 old pod still to end"),
    (workload("Deployment", {"replicas": 3, "paused": True}), ""),
    (
        workload("Deployment", {}, observedGeneration=1, **UP),
        "its controller has not seen it yet",
    ),
    (workload("StatefulSet", {"replicas": 2}, readyReplicas=1), "1 of 2 pods are ready"),
    (workload("StatefulSet", {"replicas": 2}, readyReplicas=2), ""),
    (
        workload("StatefulSet", {"replicas": 2}, **OLD_AND_NEW, updatedReplicas=1),
        "1 of 2 new pods are there",
    ),
    (
        workload(
            "StatefulSet",
            {"replicas": 2, "updateStrategy": PARTITION},
            **OLD_AND_NEW,
            updatedReplicas=1,
        ),
        "",
    ),
    (
        workload(
            "StatefulSet", {"replicas": 2, "updateStrategy": {"type": "OnDelete"}}, **OLD_AND_NEW
        ),
        "",
    ),
    (
        workload("DaemonSet", {}, **NODES, updatedNumberScheduled=2, numberAvailable=3),
        "2 of 3 new pods are there",
    ),
    (
        workload("DaemonSet", {}, **NODES, updatedNumberScheduled=3, numberAvailable=1),
        "1 of 3 pods are ready",
    ),
    (
        workload("DaemonSet", {"updateStrategy": {"type": "OnDelete"}}, **NODES, numberAvailable=3),
        "",
    ),
    (workload("DaemonSet", {}), ""),
]


@pytest.mark.parametrize(("found", "reason"), TEST_ROLLOUTS)
def test_rollouts(found: dict[str, t.Any] | None, reason: str) -> None:
    rollout = rollout_of(LABEL, found)
    assert rollout.reason == reason
    assert rollout.done is not bool(reason)


def test_the_selector_of_a_workloads_pods() -> None:
    expressions = [
        {"key": "b", "operator": "In", "values": ["x", "y"]},
        {"key": "c", "operator": "NotIn", "values": ["z"]},
        {"key": "d", "operator": "Exists"},
        {"key": "e", "operator": "DoesNotExist"},
    ]
    selector = {"matchLabels": {"app": "a"}, "matchExpressions": expressions}
    assert pod_selector({"spec": {"selector": selector}}) == [
        "app=a",
        "b in (x,y)",
        "c notin (z)",
        "d",
        "!e",
    ]


def pod(name: str = "imageswap-1", **status: t.Any) -> dict[str, t.Any]:
    """Return a pod."""
    return {"metadata": {"name": name}, "status": status}


def container(state: dict[str, t.Any], **more: t.Any) -> dict[str, t.Any]:
    """Return the status of a container."""
    return {"name": "c", "image": IMAGE, "state": state, "ready": False, **more}


def waiting(reason: str, message: str = "") -> dict[str, t.Any]:
    """Return the state of a container that waits."""
    return {"waiting": {"reason": reason, "message": message}}


UNSCHEDULED = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "Unschedulable",
    "message": "0/3 nodes are available: 3 Insufficient cpu.",
}
READY = {"type": "Ready", "status": "True"}
ENDED = {"lastState": {"terminated": {"exitCode": 137}}, "restartCount": 4}

TEST_PODS: list[tuple[dict[str, t.Any], str, str]] = [
    (
        pod(containerStatuses=[container(waiting("ImagePullBackOff", 'Back-off  "x"'))]),
        f'pod imageswap-1: container c waits: ImagePullBackOff: Back-off "x" ({IMAGE})',
        "make sure that the registry holds this image",
    ),
    (
        pod(
            initContainerStatuses=[container(waiting("ErrImagePull"))],
            containerStatuses=[container(waiting("PodInitializing"))],
        ),
        f"container c waits: ErrImagePull ({IMAGE})",
        "make sure that the registry holds this image",
    ),
    (
        pod(containerStatuses=[container(waiting("CrashLoopBackOff"), **ENDED)]),
        f"CrashLoopBackOff ({IMAGE}, ended 4 times, last with code 137)",
        "kubectl logs --previous",
    ),
    (
        pod(containerStatuses=[container({"terminated": {"exitCode": 1, "reason": "Error"}})]),
        f"container c ended with code 1: Error ({IMAGE})",
        "kubectl logs --previous",
    ),
    (
        pod(conditions=[UNSCHEDULED], phase="Pending"),
        "Unschedulable: 0/3 nodes are available: 3 Insufficient cpu.",
        "make room on the nodes",
    ),
    (
        pod(containerStatuses=[container({"running": {}})]),
        "runs, but its readiness probe does not succeed",
        "kubectl describe deployment/imageswap --namespace imageswap-system",
    ),
    (
        pod(containerStatuses=[container(waiting("ContainerCreating"))], phase="Pending"),
        "pod imageswap-1: Pending",
        "kubectl describe",
    ),
    (pod(phase="Failed", reason="Evicted", message="low on disk"), "Evicted: low on disk", ""),
]


@pytest.mark.parametrize(("found", "message", "fix"), TEST_PODS)
def test_why_a_pod_is_not_ready(found: dict[str, t.Any], message: str, fix: str) -> None:
    finding = not_ready_finding(Rollout(LABEL, "0 of 1 pods are ready"), {}, [found], [], 60)
    assert finding.subject == LABEL
    assert finding.message.startswith("0 of 1 pods are ready after 60 s; ")
    assert message in finding.message
    assert fix in finding.fix


def test_ready_and_ending_pods_are_not_named() -> None:
    ending = pod("ending")
    ending["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    pods = [pod("fine", conditions=[READY]), ending]
    finding = not_ready_finding(Rollout(LABEL, "x"), {}, pods, [], 1)
    assert finding.message == "x after 1 s"


def event(kind: str, name: str, message: str, minute: int, severity: str = "Warning") -> t.Any:
    """Return an event."""
    return {
        "type": severity,
        "reason": "R",
        "message": message,
        "involvedObject": {"kind": kind, "name": name},
        "lastTimestamp": f"2026-01-01T00:{minute:02}:00Z",
    }


def test_the_last_warnings_and_what_keeps_pods_from_being_made() -> None:
    events = [
        event("ReplicaSet", "imageswap-7f", "third", 3),
        event("Pod", "imageswap-1", "first", 1),
        event("Deployment", "imageswap", "second", 2),
        event("Deployment", "imageswap", "fourth", 4),
        event("Deployment", "imageswap", "fine", 5, "Normal"),
        event("Pod", "imageswap-other", "somebody else's", 6),
    ]
    failed = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "no"}
    workload = {"status": {"conditions": [failed, {"type": "Available", "status": "False"}]}}
    finding = not_ready_finding(Rollout(LABEL, "x"), workload, [pod(phase="Pending")], events, 1)
    assert finding.message == (
        "x after 1 s; pod imageswap-1: Pending; FailedCreate: no;"
        " event R: second; event R: third; event R: fourth"
    )


NEW = datetime.datetime(2026, 1, 1, 12, 0, tzinfo=datetime.UTC)
BACK_OFF = f'Back-off pulling image "{IMAGE}"'
NOT_FOUND = f'failed to pull and unpack image "{IMAGE}": {IMAGE}: not found'
# What the container waits for, what an event says, how old the pod is, whether it is hopeless.
TEST_WAITING: list[tuple[str, str, str, int, bool]] = [
    ("ErrImagePull", f"rpc error: code = NotFound desc = {NOT_FOUND}", "", 5, True),
    ("ErrImagePull", "unexpected status from HEAD request: 401 Unauthorized", "", 5, True),
    ("ErrImagePull", "pull access denied, repository does not exist", "", 5, True),
    ("ErrImagePull", "x509: certificate signed by unknown authority", "", 5, True),
    ("ErrImagePull", "dial tcp: lookup harbor.example.org: no such host", "", 5, False),
    ("ErrImagePull", "dial tcp 10.0.0.1:443: i/o timeout", "", 5, False),
    ("ErrImagePull", "unexpected status: 503 Service Unavailable", "", 5, False),
    ("ErrImagePull", "429 Too Many Requests: toomanyrequests", "", 5, False),
    ("ErrImagePull", f"rpc error: code = NotFound desc = {NOT_FOUND}", "", 500, False),
    ("ImagePullBackOff", f"{BACK_OFF}: ErrImagePull: not found", "", 5, True),
    ("ImagePullBackOff", BACK_OFF, f"Failed to pull image: {NOT_FOUND}", 5, True),
    ("ImagePullBackOff", BACK_OFF, "Failed to pull image: i/o timeout", 5, False),
    ("ImagePullBackOff", BACK_OFF, "", 5, False),
    ("InvalidImageName", "couldn't parse image name", "", 500, True),
    ("ErrImageNeverPull", "not present with pull policy of Never", "", 500, True),
    ("CreateContainerConfigError", 'configmap "imageswap-env" not found', "", 5, False),
    ("CrashLoopBackOff", "back-off 10s restarting", "", 5, False),
]


def waiting_pod(reason: str, message: str, age: int, image: str = IMAGE) -> dict[str, t.Any]:
    """Return a pod whose container waits."""
    made = NEW - datetime.timedelta(seconds=age)
    waiting = {"reason": reason, "message": message}
    return {
        "metadata": {"name": "a-1", "creationTimestamp": made.isoformat().replace("+00:00", "Z")},
        "spec": {"containers": [{"name": "c", "image": image}]},
        "status": {
            "containerStatuses": [{"name": "c", "image": image, "state": {"waiting": waiting}}]
        },
    }


def hopeless(pod: dict[str, t.Any], event: str = "") -> tuple[str, ...]:
    template = {"spec": {"containers": [{"name": "c", "image": IMAGE}]}}
    events = [{"message": event, "involvedObject": {"name": "a-1"}}] if event else []
    return hopeless_reasons({"spec": {"template": template}}, [pod], events, NEW)


@pytest.mark.parametrize(("reason", "message", "event", "age", "expected"), TEST_WAITING)
def test_only_what_a_registry_has_answered_is_hopeless(
    reason: str, message: str, event: str, age: int, expected: bool
) -> None:
    pod = waiting_pod(reason, message, age)
    assert bool(hopeless(pod, event)) is expected
    assert backs_off([pod]) is (reason == "ImagePullBackOff")


def test_pods_of_another_revision_and_those_that_end_do_not_count() -> None:
    assert hopeless(waiting_pod("InvalidImageName", "", 5, "harbor.example.org/old:1")) == ()
    ending = waiting_pod("InvalidImageName", "", 5)
    ending["metadata"]["deletionTimestamp"] = "2026-01-01T12:00:00Z"
    assert hopeless(ending) == ()
    odd = waiting_pod("ErrImagePull", "not found", 5)
    odd["metadata"]["creationTimestamp"] = "odd"
    assert hopeless(odd) == ()
