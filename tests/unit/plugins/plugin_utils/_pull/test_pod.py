# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pod that pulls one image of each source: what it may do, and what is read of it afterwards."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._images.samples import (
    Sample,
    SourceSamples,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._pull.pod import (
    LABEL,
    PulledPod,
    pull_job,
)

DIGEST, OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
CONFIG = f"sha256:{'c' * 64}"


def source(name: str) -> SourceSamples:
    image, place = f"{name}/a:1", f"h.io/p/{name}/a:1"
    return SourceSamples(name, (Sample(image, place, DIGEST, (CONFIG,), 1),))


SOURCES = (source("docker.io"), source("quay.io"))
JOB = pull_job("jet-system", {"swap": "yes"}, SOURCES, 120)
POD = JOB["spec"]["template"]["spec"]


def test_the_job_pulls_anew_runs_nothing_of_the_image_and_ends_by_itself() -> None:
    assert [one["image"] for one in POD["containers"]] == ["docker.io/a:1", "quay.io/a:1"]
    assert {one["imagePullPolicy"] for one in POD["containers"]} == {"Always"}
    assert {tuple(one["command"]) for one in POD["containers"]} == {("/pause",)}
    spec = JOB["spec"]
    assert (spec["activeDeadlineSeconds"], spec["backoffLimit"]) == (120, 0)
    assert spec["ttlSecondsAfterFinished"] == 60


def test_the_pod_may_do_nothing_and_the_webhook_sees_it() -> None:
    assert POD["automountServiceAccountToken"] is False
    assert POD["securityContext"]["runAsNonRoot"] is True
    for container in POD["containers"]:
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    labels = JOB["spec"]["template"]["metadata"]["labels"]
    assert labels == {"swap": "yes", LABEL[0]: LABEL[1]}


def container(number: int, **status: t.Any) -> dict[str, t.Any]:
    return {"name": f"source-{number}", **status}


def waiting(reason: str, message: str = "") -> dict[str, t.Any]:
    return {"state": {"waiting": {"reason": reason, "message": message}}}


def pod(*statuses: dict[str, t.Any], node: str = "n1", **status: t.Any) -> dict[str, t.Any]:
    containers = [{"image": "h.io/p/docker.io/a:1"}, {"image": "h.io/p/quay.io/a:1"}]
    spec = {"nodeName": node, "containers": containers}
    return {"spec": spec, "status": {"containerStatuses": list(statuses), **status}}


PULLED = container(1, imageID=f"h.io/p/docker.io/a@{DIGEST}")
# what the pod's first container shows, status, code, what the check or its finding says, settled
TEST_PODS: list[tuple[dict[str, t.Any] | None, str, str, str, bool]] = [
    (pod(PULLED), "pass", "", "as h.io/p/docker.io/a:1 on node n1", True),
    (pod(container(1, imageID=f"docker-pullable://x@{CONFIG}")), "pass", "", CONFIG, True),
    (pod(container(1, imageID=f"x@{OTHER}")), "fail", "pull_digest_differs", OTHER, True),
    (
        pod(container(1, **waiting("ImagePullBackOff", "not found"))),
        "fail",
        "pull_pod_failed",
        "not found",
        True,
    ),
    (
        pod(container(1, **waiting("InvalidImageName", "bad"))),
        "fail",
        "pull_pod_failed",
        "bad",
        True,
    ),
    (
        pod(container(1, **waiting("ErrImagePull", "x509"))),
        "fail",
        "pull_pod_failed",
        "x509",
        False,
    ),
    (
        pod(container(1, **waiting("ContainerCreating"))),
        "warn",
        "pull_pod_pending",
        "no event tells why",
        False,
    ),
    (
        pod(
            node="",
            conditions=[
                {"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}
            ],
        ),
        "warn",
        "pull_pod_pending",
        "0/3 nodes are available",
        False,
    ),
    (None, "warn", "pull_pod_pending", "no event tells why", False),
]


@pytest.mark.parametrize(("seen", "status", "code", "says", "settled"), TEST_PODS)
def test_what_a_pod_shows(
    seen: dict[str, t.Any] | None, status: str, code: str, says: str, settled: bool
) -> None:
    found = PulledPod("mgmt", SOURCES[:1], seen)
    (check,) = found.checks()
    assert (check.name, check.status.value) == ("pod pulls from docker.io", status)
    assert [finding.code for finding in check.findings] == ([code] if code else [])
    assert says in check.actual + "".join(finding.message for finding in check.findings)
    assert found.settled is settled


def test_each_source_has_its_own_container() -> None:
    found = PulledPod("mgmt", SOURCES, pod(container(2, imageID=f"x@{OTHER}"), PULLED))
    assert [check.status.value for check in found.checks()] == ["pass", "fail"]
    assert not PulledPod("mgmt", SOURCES, pod(PULLED)).settled


def test_events_say_more_than_a_state() -> None:
    named = {"reason": "Failed", "message": 'Failed to pull "h.io/p/docker.io/a:1": 401'}
    other = {"reason": "Failed", "message": 'Failed to pull "h.io/p/quay.io/a:1": 404'}
    seen = pod(container(1, **waiting("ImagePullBackOff", "back-off")))
    (check,) = PulledPod("mgmt", SOURCES[:1], seen, (named, other)).checks()
    assert "401" in check.findings[0].message and "404" not in check.findings[0].message
    (check,) = PulledPod("mgmt", SOURCES[:1], None, (other,)).checks()
    assert "404" in check.findings[0].message


def test_what_a_cluster_says_is_cut_and_kept_in_one_line() -> None:
    seen = pod(container(1, **waiting("ImagePullBackOff", "x\n" * 5000)))
    (check,) = PulledPod("mgmt", SOURCES[:1], seen).checks()
    assert len(check.findings[0].message) < 700
    assert "\n" not in check.findings[0].message
