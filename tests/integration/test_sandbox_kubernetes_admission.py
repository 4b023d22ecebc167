# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The built-in API server as a caller of mutating webhooks, good ones and bad ones."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import http.server
import json
import socket
import threading
import time
import typing as t

import pytest

from tests.integration.kubernetes_api import pod, refusal, wait_for
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.kubernetes.access import ADMIN
from tests.sandbox.kubernetes.admission import Change, mutate
from tests.sandbox.kubernetes.client import ApiClient
from tests.sandbox.kubernetes.errors import ApiError
from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.kubernetes.resources import MUTATING_WEBHOOKS, NAMESPACES
from tests.sandbox.kubernetes.resources import PODS as PODS_RESOURCE
from tests.sandbox.kubernetes.store import Key, Store
from tests.sandbox.pki import Authority
from tests.sandbox.tls import server_context

pytestmark = pytest.mark.sandbox

WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
NAMESPACE = "swapped"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
PATH = "/spec/containers/0/image"
REPLACE = ({"op": "replace", "path": PATH, "value": "mirror.example.org/nginx"},)


def patch_response(uid: str, patch: t.Any = REPLACE) -> Object:
    encoded = base64.b64encode(json.dumps(patch).encode()).decode()
    return {"uid": uid, "allowed": True, "patchType": "JSONPatch", "patch": encoded}


def review_of(response: Object) -> Object:
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}


def swap(request: Object) -> Object:
    return review_of(patch_response(request["uid"]))


@dataclasses.dataclass
class Webhook:
    """A webhook whose answer a test chooses; `asked` keeps the requests."""

    url: str
    bundle: str
    answer: t.Callable[[Object], Object] = swap
    status: int = 200
    asked: list[Object] = dataclasses.field(default_factory=list)

    def registered(self, **more: t.Any) -> Object:
        """Return a configuration that sends pods here."""
        webhook = {
            "name": "swap.sandbox.test",
            "admissionReviewVersions": ["v1"],
            "sideEffects": "NoneOnDryRun",
            "clientConfig": {"url": self.url, "caBundle": self.bundle},
            "namespaceSelector": {"matchLabels": {"swap": "enabled"}},
            "rules": [
                {
                    "apiGroups": [""],
                    "apiVersions": ["v1"],
                    "operations": ["CREATE", "UPDATE"],
                    "resources": ["pods"],
                }
            ],
            **more,
        }
        return {"metadata": {"name": "swap"}, "webhooks": [webhook]}


@pytest.fixture(name="server", scope="module")
def fixture_server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("api"), built_in=True) as server:
        namespace = {"metadata": {"name": NAMESPACE, "labels": {"swap": "enabled"}}}
        server.client.request("POST", "/api/v1/namespaces", namespace)
        yield server


@pytest.fixture(name="client")
def fixture_client(server: ApiServer) -> t.Iterator[ApiClient]:
    yield server.client
    server.client.request("DELETE", WEBHOOKS)
    server.client.request("DELETE", PODS)


@pytest.fixture(name="webhook", scope="module")
def fixture_module_webhook() -> t.Iterator[Webhook]:
    authority = Authority("webhook")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Answer as the test chose."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = json.loads(body)["request"]
            webhook.asked.append(request)
            answer = json.dumps(webhook.answer(request)).encode()
            self.send_response(webhook.status)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = server_context(authority.issue(("127.0.0.1",)))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    bundle = base64.b64encode(authority.pem.encode()).decode()
    webhook = Webhook(f"https://127.0.0.1:{server.server_port}/", bundle)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield webhook
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def fixture_reset(webhook: Webhook) -> None:
    webhook.answer, webhook.status = swap, 200
    webhook.asked.clear()


def image_of(obj: Object) -> str:
    return str(obj["spec"]["containers"][0]["image"])


def test_pod_is_swapped_on_create_and_update(client: ApiClient, webhook: Webhook) -> None:
    client.request("POST", WEBHOOKS, webhook.registered())
    assert image_of(client.request("POST", PODS, pod("a"))) == "mirror.example.org/nginx"
    (request,) = webhook.asked
    assert (request["operation"], request["namespace"], request["name"]) == (
        "CREATE",
        NAMESPACE,
        "a",
    )
    assert request["userInfo"]["username"] == "sandbox:admin"
    assert request["dryRun"] is False
    patch = [{"op": "replace", "path": PATH, "value": "other"}]
    client.request("PATCH", f"{PODS}/a", patch, "application/json-patch+json")
    update = next(item for item in webhook.asked if item["operation"] == "UPDATE")
    assert image_of(update["oldObject"]) == "mirror.example.org/nginx"
    assert image_of(client.get(f"{PODS}/a")) == "mirror.example.org/nginx"


def test_dry_run_shows_the_swapped_pod_and_creates_nothing(
    client: ApiClient, webhook: Webhook
) -> None:
    client.request("POST", WEBHOOKS, webhook.registered())
    shown = client.request("POST", f"{PODS}?dryRun=All", pod("dry"))
    assert image_of(shown) == "mirror.example.org/nginx"
    assert webhook.asked[0]["dryRun"] is True
    assert client.get(PODS)["items"] == []


def test_pods_of_a_deployment_are_swapped_and_its_template_is_not(
    client: ApiClient, webhook: Webhook
) -> None:
    client.request("POST", WEBHOOKS, webhook.registered())
    path = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
    template = {"metadata": {"labels": {"a": "b"}}, "spec": pod("x")["spec"]}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "replicas": 2, "template": template}
    client.request("POST", path, {"metadata": {"name": "web"}, "spec": spec})
    wait_for(lambda: client.get(f"{path}/web").get("status", {}).get("readyReplicas") == 2)
    images = [image_of(item) for item in client.get(PODS)["items"]]
    assert images == ["mirror.example.org/nginx"] * 2
    assert image_of(client.get(f"{path}/web")["spec"]["template"]) == "nginx"
    client.request("DELETE", f"{path}/web")
    assert client.get(PODS)["items"] == []


@pytest.mark.parametrize(
    ("more", "labels", "asked"),
    [
        ({"namespaceSelector": {"matchLabels": {"swap": "other"}}}, {}, False),
        (
            {
                "namespaceSelector": {
                    "matchExpressions": [
                        {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["x"]}
                    ]
                }
            },
            {},
            False,
        ),
        ({"objectSelector": {"matchLabels": {"swap": "me"}}}, {}, False),
        ({"objectSelector": {"matchLabels": {"swap": "me"}}}, {"swap": "me"}, True),
        (
            {"objectSelector": {"matchExpressions": [{"key": "skip", "operator": "DoesNotExist"}]}},
            {"skip": ""},
            False,
        ),
        ({"rules": []}, {}, False),
    ],
)
def test_selectors_and_rules(
    client: ApiClient, webhook: Webhook, more: Object, labels: Object, asked: bool
) -> None:
    client.request("POST", WEBHOOKS, webhook.registered(**more))
    created = client.request("POST", PODS, pod("sel", labels=labels))
    assert bool(webhook.asked) is asked
    assert (image_of(created) != "nginx") is asked


def deny(request: Object) -> Object:
    status = {"message": "not today"}
    return review_of({"uid": request["uid"], "allowed": False, "status": status})


def test_refusal_is_403_whatever_the_policy(client: ApiClient, webhook: Webhook) -> None:
    client.request("POST", WEBHOOKS, webhook.registered(failurePolicy="Ignore"))
    webhook.answer = deny
    code, message = refusal(client, "POST", PODS, pod("denied"))
    assert code == 403
    assert message == 'admission webhook "swap.sandbox.test" denied the request: not today'


BAD_ANSWERS: list[t.Callable[[Object], Object]] = [
    lambda _request: {},
    lambda _request: swap({"uid": "other"}),
    lambda request: {**swap(request), "apiVersion": "admission.k8s.io/v1beta1"},
    lambda request: review_of({**patch_response(request["uid"]), "patchType": "Merge"}),
]


@pytest.mark.parametrize("answer", BAD_ANSWERS)
@pytest.mark.parametrize("policy", ["Fail", "Ignore"])
def test_failure_policy_of_bad_answers(
    client: ApiClient, webhook: Webhook, answer: t.Callable[[Object], Object], policy: str
) -> None:
    client.request("POST", WEBHOOKS, webhook.registered(failurePolicy=policy))
    webhook.answer = answer
    check_policy(client, policy)


def check_policy(client: ApiClient, policy: str) -> None:
    if policy == "Ignore":
        assert image_of(client.request("POST", PODS, pod("ignored"))) == "nginx"
        return
    code, message = refusal(client, "POST", PODS, pod("failed"))
    assert code == 500
    assert 'failed calling webhook "swap.sandbox.test"' in message


@pytest.mark.parametrize("policy", ["Fail", "Ignore"])
def test_failure_policy_of_a_crash(client: ApiClient, webhook: Webhook, policy: str) -> None:
    client.request("POST", WEBHOOKS, webhook.registered(failurePolicy=policy))
    webhook.status = 500
    check_policy(client, policy)


@pytest.mark.parametrize("policy", ["Fail", "Ignore"])
def test_failure_policy_of_an_untrusted_certificate(
    client: ApiClient, webhook: Webhook, policy: str
) -> None:
    other = base64.b64encode(Authority("other").pem.encode()).decode()
    config = {"url": webhook.url, "caBundle": other}
    client.request("POST", WEBHOOKS, webhook.registered(failurePolicy=policy, clientConfig=config))
    check_policy(client, policy)
    assert webhook.asked == []


def test_webhook_of_older_days_cannot_be_asked_in_a_dry_run(webhook: Webhook) -> None:
    """Configurations written through v1beta1 may have such side effects; v1 refuses them."""
    store = Store()
    (entry,) = webhook.registered(sideEffects="Some")["webhooks"]
    entry = {**entry, "objectSelector": {}, "timeoutSeconds": 1, "namespaceSelector": {}}
    entry["rules"][0]["scope"] = "*"
    kept = {"metadata": {"name": "old"}, "webhooks": [entry]}
    store.add(Key(MUTATING_WEBHOOKS, "", "old"), kept)
    store.add(Key(NAMESPACES, "", NAMESPACE), {"metadata": {"name": NAMESPACE}})
    change = Change(Key(PODS_RESOURCE, NAMESPACE, "a"), pod("a"), None, ADMIN, dry_run=True)
    with pytest.raises(ApiError, match="does not support dry run") as caught:
        asyncio.run(mutate(store, change))
    assert caught.value.code == 400
    assert webhook.asked == []


@contextlib.contextmanager
def silent_port() -> t.Iterator[int]:
    """Listen and never answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_webhook_that_never_answers_costs_its_timeout(client: ApiClient, webhook: Webhook) -> None:
    with silent_port() as port:
        config = {"url": f"https://127.0.0.1:{port}/", "caBundle": webhook.bundle}
        client.request("POST", WEBHOOKS, webhook.registered(clientConfig=config, timeoutSeconds=1))
        started = time.monotonic()
        code, message = refusal(client, "POST", PODS, pod("late"))
    assert code == 500
    assert "context deadline exceeded" in message
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"sideEffects": "Some"}, "sideEffects"),
        ({"admissionReviewVersions": []}, "admissionReviewVersions"),
        ({"name": "short"}, "name"),
        ({"timeoutSeconds": 31}, "timeoutSeconds"),
        ({"clientConfig": {}}, "clientConfig"),
        ({"clientConfig": {"url": "http://127.0.0.1/"}}, "clientConfig.url"),
    ],
)
def test_configurations_that_a_real_server_refuses(
    client: ApiClient, webhook: Webhook, more: Object, field: str
) -> None:
    code, message = refusal(client, "POST", WEBHOOKS, webhook.registered(**more))
    assert code == 422
    assert f"webhooks[0].{field}: " in message
