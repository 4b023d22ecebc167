# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a restoration does about the webhook: whom the API server trusts, and whether it answers."""

from __future__ import annotations

import base64
import datetime
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Status
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.manifest import (
    ObjectName,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.proof import (
    WebhookTrust,
    let_go,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.reader import (
    WebhookReader,
)
from tests.sandbox.pki import Authority
from tests.unit.helpers.fake_client import FakeClient
from tests.unit.helpers.tiny_cluster import FakeClock, Object, TinyCluster

A, B = Authority("imageswap"), Authority("imageswap")
HOST = "imageswap.imageswap-system.svc"
NAME = ObjectName(
    "admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "imageswap-webhook"
)
UNKNOWN_CA = "x509: certificate signed by unknown authority"


# However long after this is read the tests run.
NEW = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)).isoformat()
CONTAINER = {"name": "imageswap", "image": "harbor.example.org/imageswap:1"}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def registration(bundle: str) -> Object:
    service = {"namespace": "imageswap-system", "name": "imageswap"}
    entry = {
        "name": "imageswap.webhook",
        "clientConfig": {"service": service, "caBundle": encoded(bundle)},
        "rules": [{"operations": ["CREATE"], "apiGroups": [""], "resources": ["pods"]}],
    }
    metadata = {"name": NAME.name}
    return {"kind": NAME.kind, "metadata": metadata, "webhooks": [entry]}


def tls_secret(certificate: str) -> Object:
    metadata = {"name": "imageswap-tls", "namespace": "imageswap-system"}
    return {"kind": "Secret", "metadata": metadata, "data": {"tls.crt": encoded(certificate)}}


def deployment(*, ready: int = 1) -> Object:
    metadata = {"name": "imageswap", "namespace": "imageswap-system"}
    spec = {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "imageswap"}},
        "template": {"spec": {"containers": [CONTAINER]}},
    }
    counts = {"replicas": 1, "updatedReplicas": 1}
    status = {**counts, "readyReplicas": ready, "availableReplicas": ready}
    return {"kind": "Deployment", "metadata": metadata, "spec": spec, "status": status}


def waiting_pod(reason: str, message: str) -> Object:
    metadata = {
        "name": "imageswap-1",
        "namespace": "imageswap-system",
        "labels": {"app": "imageswap"},
        "creationTimestamp": NEW,
    }
    waiting = {"reason": reason, "message": message}
    return {
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"containers": [CONTAINER]},
        "status": {"containerStatuses": [{**CONTAINER, "state": {"waiting": waiting}}]},
    }


class Lab:
    """A cluster whose API server answers dry runs as it is told to."""

    def __init__(self, *objects: Object) -> None:
        namespace = {"kind": "Namespace", "metadata": {"name": "jet-system"}}
        self.cluster = TinyCluster(namespace, *objects)
        self.clock = FakeClock()
        self.refusals: list[str | None] = []
        self.asked = 0
        self.shown = self.cluster.said
        self.beats = 0
        self.cluster.dry_run = self._dry_run  # type: ignore[method-assign]  # a stand-in
        self.trust = WebhookTrust(
            WebhookReader(self.cluster, "imageswap-system"),
            self._beat,
            300,
            self.clock.steady,
            self.clock.sleep,
        )

    def _beat(self) -> None:
        self.beats += 1

    def _dry_run(
        self, manifest: t.Mapping[str, t.Any], attempt: str, *, namespace: str = ""
    ) -> tuple[Object, bool]:
        self.asked += 1
        said = self.refusals[min(self.asked, len(self.refusals)) - 1] if self.refusals else None
        if said is None:
            metadata = {"creationTimestamp": "2026-01-01T00:00:00Z"}
            return {**manifest, "metadata": metadata}, True
        text = f'failed calling webhook "imageswap.webhook": failed to call webhook: {said}'
        failure = Failure.of("webhook_failed", "pod", text, "")
        failure.said = text
        raise failure

    @property
    def bundle(self) -> str:
        (found,) = self.cluster.of(NAME.kind)
        return base64.b64decode(found["webhooks"][0]["clientConfig"]["caBundle"]).decode()


def known(*bundles: str) -> list[dict[str, dict[str, str | None]]]:
    """Return caBundles of other times."""
    return [{NAME.name: {"imageswap.webhook": encoded(bundle)}} for bundle in bundles]


SERVED = A.issue((HOST,)).certificate
TEST_BUNDLES: list[tuple[str, str, str, list[str], str, int]] = [
    ("what Helm put back fits", A.pem, SERVED, [B.pem], A.pem, 0),
    ("the one just before fits", B.pem, SERVED, [A.pem], A.pem, 1),
    ("only the one before the override fits", B.pem, SERVED, [B.pem, A.pem], A.pem, 1),
    ("an empty one", "", SERVED, ["", A.pem], A.pem, 1),
    ("none fits", B.pem, SERVED, [B.pem, "nothing"], B.pem, 0),
    ("no Secret tells", B.pem, "", [A.pem], B.pem, 0),
]


@pytest.mark.parametrize(
    ("there", "served", "others", "expected", "remarks"),
    [row[1:] for row in TEST_BUNDLES],
    ids=[row[0] for row in TEST_BUNDLES],
)
def test_a_ca_bundle_is_given_back_only_where_the_certificate_proves_it(
    there: str, served: str, others: list[str], expected: str, remarks: int
) -> None:
    lab = Lab(registration(there), tls_secret(served), deployment())
    found = lab.trust.settle(known(*others))
    assert lab.bundle == expected
    assert [item.code for item in found] == ["webhook_ca_bundle_given_back"] * remarks
    assert lab.cluster.writes == ["patched MutatingWebhookConfiguration"] * remarks


def test_without_a_webhook_there_is_nothing_to_settle() -> None:
    assert Lab().trust.settle(known(A.pem)) == ()


def test_fields_are_let_go_and_others_keep_theirs() -> None:
    live = registration(A.pem)
    fields: dict[str, t.Any] = {"f:webhooks": {"k:{}": {"f:clientConfig": {"f:caBundle": {}}}}}
    helm = {"manager": "helm", "operation": "Apply", "fieldsV1": {"f:webhooks": {}}}
    ours = {"manager": "OpenAPI-Generator", "operation": "Update", "fieldsV1": fields}
    live["metadata"]["managedFields"] = [helm, ours]
    lab = Lab(live)
    let_go(lab.cluster, (NAME,))
    assert lab.cluster.of(NAME.kind)[0]["metadata"]["managedFields"] == [helm]
    let_go(lab.cluster, (NAME,))
    assert lab.cluster.writes == ["patched MutatingWebhookConfiguration"]


def test_a_pod_is_the_proof() -> None:
    lab = Lab(registration(A.pem), tls_secret(SERVED), deployment())
    check = lab.trust.proof("mgmt", lab.trust.trusts())
    assert (check.status, check.actual) == (Status.PASS, "it answered about a pod in jet-system")


def test_pods_that_are_being_replaced_are_waited_for() -> None:
    lab = Lab(registration(A.pem), tls_secret(SERVED), deployment())
    lab.refusals = [UNKNOWN_CA] * 20 + [None]
    assert lab.trust.proof("mgmt", {}).status is Status.PASS
    assert (lab.asked, lab.beats) == (21, 21)
    assert "waiting for the webhook to answer" in lab.shown[0]


TEST_ENDS: list[tuple[str, list[Object], str, str, float, float]] = [
    (
        "nothing vouches for the certificate",
        [registration(B.pem), tls_secret(SERVED), deployment()],
        UNKNOWN_CA,
        "webhook_ca_bundle_mismatch",
        12,
        20,
    ),
    (
        "the image is not there",
        [
            registration(A.pem),
            deployment(ready=0),
            waiting_pod("ErrImagePull", "harbor.example.org/imageswap:1: not found"),
        ],
        "no endpoints available for service",
        "webhook_no_endpoints",
        0,
        0,
    ),
    (
        "time is up",
        [registration(A.pem), tls_secret(SERVED), deployment()],
        "no endpoints available for service",
        "webhook_no_endpoints",
        290,
        300,
    ),
]


@pytest.mark.parametrize(
    ("objects", "said", "code", "least", "most"),
    [row[1:] for row in TEST_ENDS],
    ids=[row[0] for row in TEST_ENDS],
)
def test_a_webhook_that_lets_no_pod_through_is_no_success(
    objects: list[Object], said: str, code: str, least: float, most: float
) -> None:
    lab = Lab(*objects)
    lab.refusals = [said]
    check = lab.trust.proof("mgmt", {})
    assert (check.status, check.findings[0].code) == (Status.FAIL, code)
    assert least <= lab.clock.seconds <= most


def test_a_registration_that_is_gone_is_told() -> None:
    lab = Lab(deployment())
    lab.trust.timeout_seconds = 6
    check = lab.trust.proof("mgmt", {NAME.name: {}})
    assert check.findings[0].code == "webhook_registration_gone"
    assert Lab().trust.proof("mgmt", {}).status is Status.SKIP


@pytest.mark.parametrize("code", ["unreachable", "forbidden"])
def test_a_cluster_that_does_not_answer_proves_nothing(code: str) -> None:
    lab = Lab()

    def fail(*_arguments: t.Any, **_more: t.Any) -> dict[str, t.Any]:
        raise Failure.of(code, "cluster", "it does not answer", "wait")

    lab.trust.reader = WebhookReader(FakeClient(fail), "imageswap-system")
    with pytest.raises(Failure) as raised:
        lab.trust.proof("mgmt", {})
    assert raised.value.code == ("no_answer" if code == "unreachable" else "forbidden")
