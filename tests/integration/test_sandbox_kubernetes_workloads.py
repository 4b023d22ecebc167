# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The built-in API server's controllers: every kind of workload, and what makes it stumble."""

from __future__ import annotations

import base64
import typing as t

import pytest

from tests.integration.kubernetes_api import refusal, wait_for
from tests.sandbox.kubernetes import ApiServer, Node
from tests.sandbox.kubernetes.client import ApiClient
from tests.sandbox.kubernetes.errors import ApiError
from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.kubernetes.protobuf import decode

pytestmark = pytest.mark.sandbox

APPS = "/apis/apps/v1/namespaces/default"
BATCH = "/apis/batch/v1/namespaces/default"
PODS = "/api/v1/namespaces/default/pods"
EVENTS = "/api/v1/namespaces/default/events"
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
LABELS = {"app": "work"}


@pytest.fixture(name="server", scope="module")
def fixture_server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("api"), built_in=True) as server:
        server.set_nodes([Node("a", "127.44.0.1"), Node("b", "127.44.0.2")])
        yield server


@pytest.fixture(name="client")
def fixture_client(server: ApiServer) -> ApiClient:
    return server.client


def workload(name: str, image: str = "work:1", **spec: t.Any) -> Object:
    containers = [{"name": "main", "image": image}]
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": containers}}
    whole = {"selector": {"matchLabels": LABELS}, "template": template, **spec}
    return {"metadata": {"name": name}, "spec": whole}


def images(client: ApiClient) -> list[str]:
    items = client.get(f"{PODS}?labelSelector=app%3Dwork")["items"]
    return [item["spec"]["containers"][0]["image"] for item in items]


@pytest.mark.parametrize(
    ("plural", "spec", "field", "count"),
    [
        ("deployments", {"replicas": 3}, "readyReplicas", 3),
        ("statefulsets", {"replicas": 2}, "readyReplicas", 2),
        ("daemonsets", {}, "numberReady", 2),
    ],
)
def test_workload_rolls_out_and_goes(
    client: ApiClient, plural: str, spec: Object, field: str, count: int
) -> None:
    path = f"{APPS}/{plural}/work"
    client.request("POST", f"{APPS}/{plural}", workload("work", **spec))
    wait_for(lambda: client.get(path).get("status", {}).get(field) == count)
    assert images(client) == ["work:1"] * count
    changed = workload("work", image="work:2", **spec)
    generation = client.request("PUT", path, changed)["metadata"]["generation"]
    assert generation == 2
    wait_for(lambda: images(client) == ["work:2"] * count)
    wait_for(lambda: client.get(path)["status"]["observedGeneration"] == generation)
    pod = client.get(f"{PODS}?labelSelector=app%3Dwork")["items"][0]["metadata"]["name"]
    client.request("DELETE", f"{PODS}/{pod}")
    wait_for(lambda: len(images(client)) == count)
    client.request("DELETE", path)
    assert images(client) == []


def test_no_workload_comes_up_by_default(server: ApiServer, client: ApiClient) -> None:
    server.set_default_ready(False)
    client.request("POST", f"{APPS}/deployments", workload("work"))
    path = f"{APPS}/deployments/work"
    wait_for(lambda: client.get(path).get("status", {}).get("unavailableReplicas") == 1)
    server.set_default_ready(True)
    wait_for(lambda: client.get(path)["status"].get("readyReplicas") == 1)
    client.request("DELETE", path)


def test_webhook_that_is_gone_holds_up_a_deployment_until_it_is_removed(
    client: ApiClient,
) -> None:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}
    webhook = {
        "name": "gone.sandbox.test",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "clientConfig": {"url": "https://127.0.0.1:9/"},
        "rules": [{**rule, "operations": ["*"]}],
    }
    client.request("POST", WEBHOOKS, {"metadata": {"name": "gone"}, "webhooks": [webhook]})
    client.request("POST", f"{APPS}/deployments", workload("work"))
    wait_for(lambda: client.get(EVENTS)["items"])
    (event,) = client.get(EVENTS)["items"]
    assert event["reason"] == "FailedCreate"
    assert "gone.sandbox.test" in event["message"]
    assert not client.get(f"{APPS}/deployments/work")["status"].get("readyReplicas")
    client.request("DELETE", f"{WEBHOOKS}/gone")
    path = f"{APPS}/deployments/work"
    wait_for(lambda: client.get(path)["status"].get("readyReplicas") == 1)
    client.request("DELETE", path)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"selector": {"matchLabels": {"app": "other"}}}, "does not match template"),
        ({"selector": None}, "spec.selector: Required value"),
        ({"template": {"metadata": {"labels": LABELS}}}, "containers: Required value"),
    ],
)
def test_workloads_that_a_real_server_refuses(client: ApiClient, spec: Object, words: str) -> None:
    body = workload("work")
    body["spec"].update(spec)
    code, message = refusal(client, "POST", f"{APPS}/deployments", body)
    assert code == 422
    assert words in message


def test_pod_takes_no_change_but_of_its_images(client: ApiClient) -> None:
    path, named = f"{PODS}/p", {"metadata": {"name": "p"}}
    client.request("POST", PODS, {**named, **_pod_spec("one")})
    strategic = "application/strategic-merge-patch+json"
    patched = client.request("PATCH", path, _pod_spec("two"), strategic)
    assert patched["spec"]["containers"][0]["image"] == "two"
    other = {**named, **_pod_spec("two", hostNetwork=True)}
    code, message = refusal(client, "PUT", path, other)
    assert code == 422
    assert "pod updates may not change fields" in message


def _pod_spec(image: str, **more: t.Any) -> Object:
    return {"spec": {"containers": [{"name": "main", "image": image}], **more}}


def test_there_are_no_logs(client: ApiClient) -> None:
    assert refusal(client, "GET", f"{PODS}/p/log")[0] == 404


def field(number: int, content: bytes) -> bytes:
    """Return a length-delimited protobuf field."""
    return bytes([number << 3 | 2, len(content)]) + content


def envelope(kind: bytes, raw: bytes) -> bytes:
    type_meta = field(1, b"v1") + field(2, kind)
    return b"k8s\x00" + field(1, type_meta) + field(2, raw)


def test_protobuf_secret() -> None:
    metadata = field(1, b"helm") + field(11, field(1, b"owner") + field(2, b"helm"))
    raw = field(1, metadata) + field(2, field(1, b"release") + field(2, b"\x00\xff"))
    assert decode(envelope(b"Secret", raw + field(3, b"helm.sh/release.v1"))) == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "helm", "labels": {"owner": "helm"}},
        "data": {"release": base64.b64encode(b"\x00\xff").decode()},
        "type": "helm.sh/release.v1",
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{}", 400),
        (envelope(b"Lease", b""), 415),
        (b"k8s\x00\x0a\xff", 400),
        (b"k8s\x00\x08\x01", 400),
    ],
)
def test_protobuf_that_cannot_be_read(body: bytes, code: int) -> None:
    with pytest.raises(ApiError) as caught:
        decode(body)
    assert caught.value.code == code
