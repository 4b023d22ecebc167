# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One Job in a cluster: where it runs, how long it is watched, and that it goes."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Check, Status
from ansible_collections.palette.image_registry.plugins.module_utils._images.samples import (
    Sample,
    SourceSamples,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.errors import explain
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._pull.cluster import (
    ClusterPull,
)
from tests.unit.helpers.fake_client import FakeClient

DIGEST = f"sha256:{'a' * 64}"
SOURCES = (SourceSamples("docker.io", (Sample("docker.io/a:1", "h.io/a:1", DIGEST, (), 1),)),)
PULLED = {
    "metadata": {"name": "job-x"},
    "spec": {"nodeName": "n1", "containers": [{"image": "h.io/a:1"}]},
    "status": {"containerStatuses": [{"name": "source-1", "imageID": f"x@{DIGEST}"}]},
}


class Pulling:
    """A cluster whose pod shows `pods`, one a look; the last one stays."""

    def __init__(self, *pods: dict[str, t.Any] | None, **failures: str) -> None:
        self.pods = list(pods)
        self.failures = failures
        self.namespaces = ["jet-system", "other"]
        self.webhooks: list[dict[str, t.Any]] = []
        self.left: list[str] = []
        self.created: list[dict[str, t.Any]] = []
        self.deleted: list[str] = []
        self.beats, self.slept = 0, 0.0

    def __call__(
        self, module: str, arguments: t.Mapping[str, t.Any], attempt: str
    ) -> dict[str, t.Any]:
        state = arguments.get("state")
        if state == "absent":
            self._fail("delete", attempt)
            self.deleted.append(arguments["name"])
            return {"changed": True}
        if state == "present":
            self._fail("create", attempt)
            self.created.append(dict(arguments["resource_definition"]))
            return {"result": {"metadata": {"name": "image-registry-pull-x"}}, "changed": True}
        self._fail("watch" if arguments["kind"] == "Pod" else "", attempt)
        return {"resources": self._read(arguments["kind"])}

    def _fail(self, what: str, attempt: str) -> None:
        if what in self.failures:
            raise Failure(explain(self.failures[what], "k8s", attempt))

    def _read(self, kind: str) -> list[dict[str, t.Any]]:
        if kind == "Pod":
            seen = self.pods.pop(0) if len(self.pods) > 1 else self.pods[0]
            return [seen] if seen else []
        jobs = [{"metadata": {"name": one, "namespace": "jet-system"}} for one in self.left]
        names = [{"metadata": {"name": one}} for one in self.namespaces]
        objects = {"Job": jobs, "Namespace": names, "MutatingWebhookConfiguration": self.webhooks}
        return objects.get(kind, [])

    def pull(self, seconds: int = 10) -> ClusterPull:
        def beat() -> None:
            self.beats += 1

        def sleep(moment: float) -> None:
            self.slept += moment

        return ClusterPull(FakeClient(self), "mgmt", seconds, beat, lambda: self.slept, sleep)


def codes(checks: t.Sequence[Check]) -> list[str]:
    return [finding.code for check in checks for finding in check.findings]


def test_a_pod_that_pulled_is_watched_no_longer_and_its_job_goes() -> None:
    cluster = Pulling(None, PULLED)
    checks = cluster.pull().run(SOURCES)
    assert [(check.name, check.status) for check in checks] == [
        ("pod pulls from docker.io", Status.PASS)
    ]
    assert (cluster.slept, cluster.beats) == (2.0, 2)
    assert cluster.deleted == ["image-registry-pull-x"]
    assert cluster.created[0]["metadata"]["namespace"] == "jet-system"


def test_the_wait_has_an_end() -> None:
    cluster = Pulling(None)
    assert codes(cluster.pull(seconds=5).run(SOURCES)) == ["pull_pod_pending"]
    assert cluster.slept == 6.0
    assert cluster.deleted == ["image-registry-pull-x"]


def test_without_images_nothing_is_created() -> None:
    cluster = Pulling(None)
    (check,) = cluster.pull().run([SourceSamples("docker.io", (), "none is known")])
    assert (check.status, cluster.created) == (Status.SKIP, [])


def test_what_an_earlier_run_left_goes_first() -> None:
    cluster = Pulling(PULLED)
    cluster.left = ["image-registry-pull-old"]
    cluster.pull().run(SOURCES)
    assert cluster.deleted == ["image-registry-pull-old", "image-registry-pull-x"]


WEBHOOK: dict[str, t.Any] = {
    "metadata": {"name": "imageswap-webhook"},
    "webhooks": [
        {
            "name": "imageswap.webhook",
            "clientConfig": {},
            "rules": [{"operations": ["CREATE"], "apiGroups": [""], "resources": ["pods"]}],
            "namespaceSelector": {"matchLabels": {"swap": "yes"}},
        }
    ],
}
# namespaces, webhooks, the one that is wished, the one that is taken
TEST_NAMESPACES: list[tuple[list[str], list[dict[str, t.Any]], str, str]] = [
    (["jet-system", "other"], [], "", "jet-system"),
    (["other"], [], "", "default"),
    (["jet-system", "other"], [], "other", "other"),
    (["hubble-system"], [WEBHOOK], "", "hubble-system"),
]


@pytest.mark.parametrize(("namespaces", "webhooks", "wished", "taken"), TEST_NAMESPACES)
def test_where_the_pod_runs(
    namespaces: list[str], webhooks: list[dict[str, t.Any]], wished: str, taken: str
) -> None:
    cluster = Pulling(PULLED)
    cluster.namespaces, cluster.webhooks = namespaces, webhooks
    cluster.pull().run(SOURCES, wished)
    assert cluster.created[0]["metadata"]["namespace"] == taken


def test_a_job_that_cannot_be_deleted_is_told_with_the_command() -> None:
    cluster = Pulling(PULLED, delete="jobs is forbidden (403) Forbidden")
    checks = cluster.pull().run(SOURCES)
    assert codes(checks) == ["pull_pod_left"]
    finding = checks[-1].findings[0]
    assert finding.fix == "kubectl delete job/image-registry-pull-x --namespace jet-system"


@pytest.mark.parametrize("what", ["create", "watch"])
def test_a_cluster_that_does_not_answer_is_a_failure_and_nothing_stays(what: str) -> None:
    cluster = Pulling(PULLED, **{what: "Connection refused"})
    with pytest.raises(Failure) as failure:
        cluster.pull().run(SOURCES)
    assert failure.value.code == "unreachable"
    assert len(cluster.deleted) == len(cluster.created)


def test_a_webhook_that_is_bypassed_chooses_no_namespace() -> None:
    bypassed = copy.deepcopy(WEBHOOK)
    bypassed["webhooks"][0]["rules"] = []
    cluster = Pulling(PULLED)
    cluster.namespaces, cluster.webhooks = ["other", "hubble-system"], [bypassed]
    cluster.pull().run(SOURCES)
    labels = cluster.created[0]["spec"]["template"]["metadata"]["labels"]
    assert set(labels) == {"app.kubernetes.io/name"}
