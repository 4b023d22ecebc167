# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A webhook that nothing leads to is restarted, where its pods register it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._release.release import Release
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.restart import (
    WebhookRestart,
)
from tests.unit.helpers.fake_client import FakeClient

JsonObject = dict[str, t.Any]
RELEASE = t.cast(
    Release,
    type("Told", (), {"name": "image-swap", "namespace": "default", "manifest": ""})(),
)
CHART_HAS_IT = t.cast(
    Release,
    type(
        "Told",
        (),
        {
            "name": "image-swap",
            "namespace": "default",
            "manifest": (
                "apiVersion: admissionregistration.k8s.io/v1\n"
                "kind: MutatingWebhookConfiguration\n"
                "metadata: {name: imageswap-webhook}\n"
            ),
        },
    )(),
)
STATUS = {
    "observedGeneration": 3,
    "readyReplicas": 1,
    "updatedReplicas": 1,
    "replicas": 1,
    "availableReplicas": 1,
}


def deployment(replicas: int = 1, **status: int) -> JsonObject:
    metadata = {"name": "imageswap", "namespace": "imageswap-system", "generation": 3}
    spec = {"replicas": replicas, "template": {"spec": {"containers": []}}}
    return {"metadata": metadata, "spec": spec, "status": {**STATUS, **status}}


class Cluster(FakeClient):
    """What the cluster has, and what was written to it."""

    def __init__(
        self, deployments: list[JsonObject], webhooks: t.Sequence[JsonObject] = ()
    ) -> None:
        super().__init__()
        self.deployments, self.webhooks = deployments, list(webhooks)
        self.steps: list[t.Any] = []

    def run(
        self,
        module: str,
        arguments: t.Mapping[str, t.Any],
        attempt: str,
        *,
        check_mode: bool = False,
        own: bool = False,
    ) -> JsonObject:
        if module == "k8s_info":
            kinds = {
                "Deployment": self.deployments,
                "MutatingWebhookConfiguration": self.webhooks,
            }
            return {"resources": kinds[arguments["kind"]]}
        self.steps.append((module, arguments))
        return {"changed": True}

    def restart(self, release: Release | None = RELEASE, *, check_mode: bool = False) -> list[str]:
        """Return the codes of what is found."""
        self.check_mode = check_mode
        mend = WebhookRestart(self, lambda: self.steps.append("lock kept"))
        return [finding.code for finding in mend.run(release)]


def test_it_is_restarted_as_kubectl_does() -> None:
    cluster = Cluster([deployment()])
    assert cluster.restart() == ["webhook_restarted"]
    kept, (module, arguments) = cluster.steps
    assert (kept, module, arguments["state"]) == ("lock kept", "k8s", "patched")
    manifest = arguments["resource_definition"]
    assert (manifest["kind"], manifest["metadata"]["name"]) == ("Deployment", "imageswap")
    template = manifest["spec"]["template"]
    assert list(template["metadata"]["annotations"]) == ["kubectl.kubernetes.io/restartedAt"]


def test_check_mode_says_so_and_writes_nothing() -> None:
    cluster = Cluster([deployment()])
    assert cluster.restart(check_mode=True) == ["webhook_restarted"]
    assert cluster.steps == []


REGISTERED = {"metadata": {"name": "imageswap-webhook"}, "webhooks": [{"name": "w.x.y"}]}


@pytest.mark.parametrize(
    ("cluster", "release"),
    [
        (Cluster([deployment()], [REGISTERED]), RELEASE),
        (Cluster([deployment()]), CHART_HAS_IT),
        (Cluster([deployment()]), None),
        (Cluster([]), RELEASE),
        (Cluster([deployment(replicas=0, readyReplicas=0)]), RELEASE),
        (Cluster([deployment(readyReplicas=0, availableReplicas=0)]), RELEASE),
        (Cluster([deployment(updatedReplicas=0)]), RELEASE),
    ],
    ids=[
        "it is registered",
        "the chart registers it",
        "no release",
        "no webhook",
        "scaled to nothing",
        "not ready",
        "starting",
    ],
)
def test_where_that_is_no_cure_nothing_is_done(cluster: Cluster, release: Release | None) -> None:
    assert cluster.restart(release) == []
    assert cluster.steps == []
