# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The built-in API server: who may do what, watches, the request log and failures on demand."""

from __future__ import annotations

import dataclasses
import http.client
import json
import os
import pathlib
import signal
import ssl
import subprocess
import sys
import typing as t
import urllib.error
import urllib.parse

import pytest

from tests.integration.kubernetes_api import encoded, refusal, secret, wait_for
from tests.sandbox.kubernetes import ApiServer, Fault
from tests.sandbox.kubernetes.client import ApiClient, RequestFailed, client_of
from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.paths import CHECKOUT

pytestmark = pytest.mark.sandbox

SECRETS = "/api/v1/namespaces/default/secrets"
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/default"


@pytest.fixture(name="server", scope="module")
def fixture_server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("api"), built_in=True) as server:
        yield server


@pytest.fixture(name="client")
def fixture_client(server: ApiServer) -> ApiClient:
    return server.client


@pytest.fixture(name="reader")
def fixture_reader(server: ApiServer) -> ApiClient:
    return client_of(server.read_only_kubeconfig)


def may(client: ApiClient, verb: str, resource: str, **more: str) -> bool:
    """Ask a SelfSubjectAccessReview."""
    attributes = {"verb": verb, "resource": resource, **more}
    review = client.request("POST", REVIEWS, {"spec": {"resourceAttributes": attributes}})
    return bool(review["status"]["allowed"])


@pytest.mark.parametrize("token", ["", "wrong"])
def test_no_or_a_bad_token_is_401(client: ApiClient, token: str) -> None:
    stranger = dataclasses.replace(client, token=token)
    assert refusal(stranger, "GET", SECRETS)[0] == 401
    assert stranger.get("/version")["gitVersion"].startswith("v1.")


def test_certificate_is_of_the_own_authority_only(client: ApiClient) -> None:
    url = urllib.parse.urlsplit(client.url)
    assert url.hostname
    connection = http.client.HTTPSConnection(url.hostname, url.port, timeout=10)
    with pytest.raises(ssl.SSLCertVerificationError):
        connection.request("GET", "/version")


def test_reader_reads_and_does_not_write(client: ApiClient, reader: ApiClient) -> None:
    client.apply(f"{SECRETS}/seen", secret("seen", stringData={"a": "x"}))
    assert reader.get(f"{SECRETS}/seen")["data"] == {"a": encoded("x")}
    for method, path, body in (
        ("POST", SECRETS, secret("new")),
        ("PUT", f"{SECRETS}/seen", secret("seen")),
        ("PATCH", f"{SECRETS}/seen", {}),
        ("DELETE", f"{SECRETS}/seen", None),
        ("POST", f"{SECRETS}?dryRun=All", secret("new")),
        ("DELETE", SECRETS, None),
    ):
        code, message = refusal(reader, method, path, body)
        assert code == 403, (method, path)
        assert 'User "system:serviceaccount:kube-system:sandbox-reader" cannot' in message
    assert refusal(reader, "GET", "/sandbox/faults")[0] == 403


def test_access_reviews(client: ApiClient, reader: ApiClient) -> None:
    assert may(client, "create", "secrets", namespace="jet-system")
    assert may(reader, "get", "secrets", namespace="jet-system")
    assert not may(reader, "create", "secrets", namespace="jet-system")
    assert not may(reader, "patch", "deployments", group="apps", namespace="jet-system")


@pytest.mark.parametrize("metadata", [{"generateName": "a-"}, {"name": "a"}])
def test_access_reviews_have_no_metadata(client: ApiClient, metadata: Object) -> None:
    review = {"metadata": metadata, "spec": {"resourceAttributes": {"verb": "get"}}}
    code, message = refusal(client, "POST", REVIEWS, review)
    assert code == 422
    assert message.endswith("must be empty")


def test_roles_bind_users_and_service_accounts(server: ApiServer, client: ApiClient) -> None:
    rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "patch"]}
    role = {"metadata": {"name": "one"}, "rules": [{**rule, "resourceNames": ["mine"]}]}
    client.request("POST", f"{RBAC}/roles", role)
    subjects = [
        {"kind": "User", "name": "jane"},
        {"kind": "ServiceAccount", "name": "default", "namespace": "default"},
    ]
    reference = {"kind": "Role", "name": "one"}
    binding = {"metadata": {"name": "one"}, "roleRef": reference, "subjects": subjects}
    client.request("POST", f"{RBAC}/rolebindings", binding)
    path = "/api/v1/namespaces/default/serviceaccounts/default/token"
    account = client.request("POST", path, {"spec": {}})["status"]["token"]
    for token in (server.issue_token("jane"), account):
        someone = dataclasses.replace(client, token=token)
        assert may(someone, "get", "secrets", namespace="default", name="mine")
        assert not may(someone, "get", "secrets", namespace="default", name="other")
        assert not may(someone, "get", "secrets", namespace="jet-system", name="mine")
        assert refusal(someone, "GET", f"{SECRETS}/mine")[0] == 404
        assert refusal(someone, "GET", f"{SECRETS}/other")[0] == 403


def watch(client: ApiClient, query: str) -> t.Iterator[Object]:
    """Yield the events of a watch; its connection goes with the generator."""
    url = urllib.parse.urlsplit(client.url)
    assert url.hostname
    context = ssl.create_default_context(cadata=client.ca)
    connection = http.client.HTTPSConnection(url.hostname, url.port, timeout=10, context=context)
    headers = {"Authorization": f"Bearer {client.token}"}
    connection.request("GET", f"{SECRETS}?watch=true&timeoutSeconds=8&{query}", headers=headers)
    with connection.getresponse() as answer:
        for line in answer:
            yield json.loads(line)
    connection.close()


def test_watch_sends_the_state_and_then_changes(client: ApiClient) -> None:
    metadata = {"name": "watched", "labels": {"watch": "me"}}
    client.request("POST", SECRETS, {"metadata": metadata})
    events = watch(client, "labelSelector=watch%3Dme&sendInitialEvents=true")
    assert next(events)["type"] == "ADDED"
    bookmark = next(events)
    assert bookmark["type"] == "BOOKMARK"
    assert bookmark["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"] == "true"
    client.merge(f"{SECRETS}/watched", {"data": {"a": encoded("x")}})
    client.request("DELETE", f"{SECRETS}/watched")
    assert [next(events)["type"] for _change in range(2)] == ["MODIFIED", "DELETED"]
    events.close()  # type: ignore[attr-defined]


def test_watch_from_a_version_misses_nothing(client: ApiClient) -> None:
    version = client.get(SECRETS)["metadata"]["resourceVersion"]
    client.request("POST", SECRETS, secret("early"))
    events = watch(client, f"resourceVersion={version}")
    assert next(events)["object"]["metadata"]["name"] == "early"
    client.request("DELETE", f"{SECRETS}/early")
    assert next(events)["type"] == "DELETED"
    events.close()  # type: ignore[attr-defined]


def test_request_log_names_requests_and_no_secret(server: ApiServer, client: ApiClient) -> None:
    body = secret("logged", stringData={"a": "s3cr3t-value"})
    client.request("POST", f"{SECRETS}?dryRun=All", body)
    entry = server.requests()[-1]
    assert (entry["method"], entry["status"]) == ("POST", 201)
    assert entry["path"] == f"{SECRETS}?dryRun=All"
    assert (entry["user_agent"], entry["user"]) == ("sandbox", "sandbox:admin")
    log = (server.state_dir / "requests.jsonl").read_text(encoding="utf-8")
    assert "s3cr3t-value" not in log
    assert encoded("s3cr3t-value") not in log


@pytest.mark.parametrize("status", [401, 403, 409, 429, 500])
def test_status_on_demand(server: ApiServer, client: ApiClient, status: int) -> None:
    fault = Fault(status=status, method="POST", path=r"/secrets$", count=2, skip=1)
    body = secret("fault")
    with server.failing(fault):
        assert client.get(SECRETS)["kind"] == "SecretList"
        client.request("POST", SECRETS, body)
        for _time in range(2):
            assert refusal(client, "POST", SECRETS, body)[0] == status
        client.request("DELETE", f"{SECRETS}/fault")
        client.request("POST", SECRETS, body)
        assert server.faults()[0]["hits"] == 2
    client.request("DELETE", f"{SECRETS}/fault")


def test_too_many_requests_says_when_to_come_back(server: ApiServer, client: ApiClient) -> None:
    with (
        server.failing(Fault(status=429, path="/secrets", retry_after=7)),
        pytest.raises(RequestFailed) as caught,
    ):
        client.get(SECRETS)
    assert caught.value.status["details"]["retryAfterSeconds"] == 7
    assert caught.value.retry_after == "7"


@pytest.mark.parametrize("after", [False, True])
def test_cut_connection(server: ApiServer, client: ApiClient, after: bool) -> None:
    with server.failing(Fault(kind="cut", method="POST", after=after)), pytest.raises(OSError):
        client.request("POST", SECRETS, secret("cut"))
    names = {item["metadata"]["name"] for item in client.get(SECRETS)["items"]}
    assert ("cut" in names) is after
    assert any(entry["status"] == "cut" for entry in server.requests())


def test_stalled_answer_comes_late(server: ApiServer, client: ApiClient) -> None:
    with server.failing(Fault(kind="stall", path="/secrets", seconds=0.2)):
        assert client.get(SECRETS)["kind"] == "SecretList"
    assert any(entry.get("fault") == "stall" for entry in server.requests())


@pytest.mark.parametrize(
    "fault", [{"kind": "explode"}, {"status": 418}, {"path": "("}, {"paths": "x"}]
)
def test_faults_that_cannot_work_are_refused(client: ApiClient, fault: Object) -> None:
    assert refusal(client, "POST", "/sandbox/faults", fault)[0] == 400


def test_server_ends_with_its_parent(tmp_path: pathlib.Path) -> None:
    script = (
        "import sys, time\n"
        "from tests.sandbox.kubernetes import ApiServer\n"
        "server = ApiServer(sys.argv[1], built_in=True)\n"
        "server.start()\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=CHECKOUT)
    try:
        wait_for((tmp_path / "ready.json").exists, 60)
        server = json.loads((tmp_path / "ready.json").read_text(encoding="utf-8"))["pid"]
        os.kill(server, 0)
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    wait_for(lambda: not (tmp_path / "ready.json").exists(), 20)


def test_server_stops_on_sigterm_and_says_goodbye(tmp_path: pathlib.Path) -> None:
    server = ApiServer(tmp_path, built_in=True)
    server.start()
    client = server.client
    server.stop()
    server.stop()
    assert not (tmp_path / "ready.json").exists()
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        client.get("/version")
