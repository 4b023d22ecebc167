# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real control plane: its own controllers, and what the sandbox adds in front of it."""

from __future__ import annotations

import base64
import concurrent.futures
import pathlib
import time
import typing as t
import urllib.error
import urllib.request

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.integration.kubernetes_api import encoded, pod, refusal, secret, wait_for
from tests.sandbox import go_programs
from tests.sandbox.kubernetes import ApiServer, Fault
from tests.sandbox.kubernetes.client import ApiClient, RequestFailed, client_of
from tests.sandbox.paths import SandboxError

pytestmark = pytest.mark.sandbox

NAMESPACES = "/api/v1/namespaces"
SECRETS = f"{NAMESPACES}/default/secrets"
PODS = f"{NAMESPACES}/default/pods"
SERVICES = f"{NAMESPACES}/default/services"
ENDPOINTS = f"{NAMESPACES}/default/endpoints/work"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"


@pytest.fixture(name="server", scope="module")
def fixture_server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("api")) as server:
        server.keep_state("seed")
        yield server


@pytest.fixture(name="client")
def fixture_client(server: ApiServer) -> t.Iterator[ApiClient]:
    yield server.client
    server.heal()
    server.restore_state("seed")


def deployment(name: str, replicas: int = 1) -> dict[str, t.Any]:
    template = {"metadata": {"labels": {"app": name}}, "spec": pod("x")["spec"]}
    spec = {"selector": {"matchLabels": {"app": name}}, "template": template, "replicas": replicas}
    return {"metadata": {"name": name}, "spec": spec}


def names(client: ApiClient, path: str) -> list[str]:
    return [item["metadata"]["name"] for item in client.get(path)["items"]]


def addressed(client: ApiClient) -> bool:
    """Return whether the Service has pods behind it."""
    if is_gone(client, ENDPOINTS):
        return False
    return any(subset.get("addresses") for subset in client.get(ENDPOINTS).get("subsets") or [])


def is_gone(client: ApiClient, path: str) -> bool:
    try:
        client.get(path)
    except RequestFailed as error:
        return error.code == 404
    return False


def test_it_is_the_real_one_of_the_release_that_was_built(client: ApiClient) -> None:
    version = client.get("/version")
    assert version["gitVersion"] == f"v{go_programs.version('kubernetes-1.37')}"
    assert (version["major"], version["minor"]) == ("1", "37")
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "metadata": {"generateName": "ask-"},
        "spec": {"resourceAttributes": {"verb": "get", "resource": "secrets"}},
    }
    code, message = refusal(client, "POST", REVIEWS, review)
    assert (code, "metadata" in message) == (422, True)
    del review["metadata"]
    assert client.request("POST", REVIEWS, review)["status"]["allowed"] is True


def test_a_deployment_makes_pods_that_come_up_and_go(client: ApiClient) -> None:
    client.request("POST", DEPLOYMENTS, deployment("work", 2))
    path = f"{DEPLOYMENTS}/work"
    wait_for(lambda: client.get(path)["status"].get("readyReplicas") == 2, 20)
    pods = client.get(PODS)["items"]
    assert {item["spec"]["nodeName"] for item in pods} == {"sandbox-1"}
    assert all(item["status"]["podIP"].startswith("10.") for item in pods)
    client.request("DELETE", path)
    wait_for(lambda: not names(client, PODS), 20)


def test_pods_wait_for_a_reason(server: ApiServer, client: ApiClient) -> None:
    server.set_ready("default", "work", False, "ErrImagePull")
    client.request("POST", DEPLOYMENTS, deployment("work"))

    def reason() -> str:
        for item in client.get(PODS)["items"]:
            for status in item.get("status", {}).get("containerStatuses", []):
                return str(status["state"].get("waiting", {}).get("reason", ""))
        return ""

    wait_for(lambda: reason() == "ErrImagePull", 20)
    server.set_ready("default", "work", True)
    wait_for(lambda: client.get(f"{DEPLOYMENTS}/work")["status"].get("readyReplicas") == 1, 20)
    server.set_ready("default", "work", False, "ImagePullBackOff")
    wait_for(lambda: reason() == "ImagePullBackOff", 20)
    server.set_ready("default", "work", True)


def test_a_namespace_terminates_with_all_that_it_holds(client: ApiClient) -> None:
    client.request("POST", NAMESPACES, {"metadata": {"name": "passing"}})
    client.request("POST", f"{NAMESPACES}/passing/secrets", secret("held"))
    client.request("DELETE", f"{NAMESPACES}/passing")
    wait_for(lambda: is_gone(client, f"{NAMESPACES}/passing"), 30)


def test_a_service_account_has_a_token_and_its_own_rights(client: ApiClient) -> None:
    path = f"{NAMESPACES}/default/serviceaccounts/default/token"
    wait_for(lambda: not is_gone(client, path.removesuffix("/token")))
    token = client.request("POST", path, {"spec": {}})["status"]["token"]
    account = ApiClient(client.url, client.ca, token)
    code, message = refusal(account, "GET", SECRETS)
    assert (code, "system:serviceaccount:default:default" in message) == (403, True)


def test_tokens_and_certificates_are_users_of_the_real_server(
    server: ApiServer, client: ApiClient
) -> None:
    reader = client_of(server.read_only_kubeconfig)
    assert "items" in reader.get(SECRETS)
    assert refusal(reader, "POST", SECRETS, secret("x"))[0] == 403
    ours = ApiClient(client.url, client.ca, server.issue_token("jane", ["testers"]))
    assert 'User "jane" cannot list' in refusal(ours, "GET", SECRETS)[1]
    pair = server.issue_certificate("jim", ["system:masters"])
    jim = ApiClient(client.url, client.ca, key_pair=pair.key + pair.certificate)
    assert "items" in jim.get(SECRETS)
    assert server.requests()[-1]["user"] == "jim"
    for token in ("", "wrong"):
        assert refusal(ApiClient(client.url, client.ca, token or "wrong"), "GET", SECRETS)[0] == 401


def test_nobody_becomes_another_by_a_header(server: ApiServer, client: ApiClient) -> None:
    request = urllib.request.Request(f"{client.url}{SECRETS}")
    request.add_header("X-Remote-User", "system:admin")
    request.add_header("X-Remote-Group", "system:masters")
    with pytest.raises(urllib.error.HTTPError) as caught:
        client.opener().open(request, timeout=10)
    assert caught.value.code == 403


@pytest.mark.parametrize("status", [401, 403, 409, 429, 500])
def test_status_on_demand(server: ApiServer, client: ApiClient, status: int) -> None:
    with server.failing(Fault(status=status, method="POST", path=r"/secrets$", skip=1)):
        client.request("POST", SECRETS, secret("first"))
        assert refusal(client, "POST", SECRETS, secret("second"))[0] == status
    assert "second" not in names(client, SECRETS)


@pytest.mark.parametrize(
    "fault", [{"kind": "explode"}, {"status": 418}, {"path": "("}, {"paths": "x"}]
)
def test_faults_that_cannot_work_are_refused(client: ApiClient, fault: dict[str, t.Any]) -> None:
    assert refusal(client, "POST", "/sandbox/faults", fault)[0] == 400


@pytest.mark.parametrize("after", [False, True])
def test_cut_connection(server: ApiServer, client: ApiClient, after: bool) -> None:
    with server.failing(Fault(kind="cut", method="POST", after=after)), pytest.raises(OSError):
        client.request("POST", SECRETS, secret("cut"))
    assert ("cut" in names(client, SECRETS)) is after
    assert any(entry["status"] == "cut" for entry in server.requests())


def test_stalled_answer_comes_late(server: ApiServer, client: ApiClient) -> None:
    with server.failing(Fault(kind="stall", path="/secrets", seconds=0.2)):
        assert client.get(SECRETS)["kind"] == "SecretList"
    assert any(entry.get("fault") == "stall" for entry in server.requests())


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


def test_a_state_comes_back_whole_and_versions_go_on(server: ApiServer, client: ApiClient) -> None:
    client.request("POST", SECRETS, secret("stays", data={"a": encoded("old")}))
    client.request("POST", SECRETS, secret("goes", data={"a": encoded("old")}))
    client.request("POST", NAMESPACES, {"metadata": {"name": "kept"}})
    client.request("POST", DEPLOYMENTS, deployment("work", 2))
    wait_for(lambda: client.get(f"{DEPLOYMENTS}/work")["status"].get("readyReplicas") == 2, 20)
    serving = {"selector": {"app": "work"}, "ports": [{"port": 443}]}
    client.request("POST", SERVICES, {"metadata": {"name": "work"}, "spec": serving})
    wait_for(lambda: addressed(client), 20)
    kept = client.get(f"{SECRETS}/stays")
    pods = names(client, PODS)
    server.keep_state("two")
    client.merge(f"{SECRETS}/stays", {"data": {"a": encoded("new")}})
    client.request("DELETE", f"{SECRETS}/goes")
    client.request("POST", SECRETS, secret("came"))
    client.request("DELETE", f"{DEPLOYMENTS}/work")
    wait_for(lambda: not addressed(client), 20)
    client.request("DELETE", f"{NAMESPACES}/kept")
    version = int(client.get(SECRETS)["metadata"]["resourceVersion"])
    server.restore_state("two")
    assert names(client, SECRETS) == ["goes", "stays"]
    assert names(client, PODS) == pods
    assert client.get(f"{NAMESPACES}/kept")["status"]["phase"] == "Active"
    assert client.get(f"{DEPLOYMENTS}/work")["status"]["readyReplicas"] == 2
    back = client.get(f"{SECRETS}/stays")
    assert int(back["metadata"]["resourceVersion"]) > version
    for obj in (kept, back):
        del obj["metadata"]["resourceVersion"]
    assert back == kept


def test_a_state_that_is_kept_while_controllers_work_lasts(
    server: ApiServer, client: ApiClient
) -> None:
    client.request("POST", DEPLOYMENTS, deployment("begun", 2))
    server.keep_state("begun")
    pods = names(client, PODS)
    assert [name.partition("-")[0] for name in pods].count("begun") == 2
    client.request("DELETE", f"{DEPLOYMENTS}/begun")
    server.restore_state("begun")
    assert names(client, PODS) == pods


def test_a_state_that_was_never_kept_is_refused(client: ApiClient) -> None:
    code, message = refusal(client, "PUT", "/sandbox/states", {"name": "never"})
    assert (code, "never" in message) == (400, True)


def test_from_a_lasting_fault_on_everything_fails_until_it_is_healed(
    server: ApiServer, client: ApiClient
) -> None:
    fault = Fault(status=500, method="POST", path="/secrets", lasting=True)
    server.fail(fault)
    assert names(client, SECRETS) == []
    assert refusal(client, "POST", SECRETS, secret("first"))[0] == 500
    assert refusal(client, "GET", SECRETS)[0] == 500
    assert refusal(client, "GET", "/version")[0] == 500
    assert server.faults()[0]["hits"] == 3
    server.heal()
    assert names(client, SECRETS) == []


def test_a_fault_can_pass_over_clients(server: ApiServer, client: ApiClient) -> None:
    server.fail(Fault(path="/secrets", count=0, user_agent="Helm/.*"))
    assert names(client, SECRETS) == []
    assert server.faults()[0]["hits"] == 0


def test_healing_lets_a_stalled_request_go_on(server: ApiServer, client: ApiClient) -> None:
    server.fail(Fault(kind="stall", method="POST", path="/secrets"))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        stalled = pool.submit(client.request, "POST", SECRETS, secret("late"))
        wait_for(lambda: server.faults()[0]["hits"] == 1)
        time.sleep(0.1)
        assert not stalled.done()
        assert names(client, SECRETS) == []
        server.heal()
        assert stalled.result(10)["metadata"]["name"] == "late"
    assert names(client, SECRETS) == ["late"]


def test_a_certificate_is_signed_for_who_asks_as_the_cluster_wants_it(client: ApiClient) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "system:nodes"),
            x509.NameAttribute(NameOID.COMMON_NAME, "system:node:swap"),
        ]
    )
    asked = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(subject)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("swap.default.svc")]), False)
        .sign(key, hashes.SHA256())
    )
    path = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
    request = base64.b64encode(asked.public_bytes(serialization.Encoding.PEM)).decode()
    spec = {
        "request": request,
        "signerName": "kubernetes.io/kubelet-serving",
        "usages": ["digital signature", "server auth"],
    }
    client.request("POST", path, {"metadata": {"name": "swap"}, "spec": spec})
    approved = {"type": "Approved", "status": "True", "reason": "Test", "message": "a test"}
    found = client.get(f"{path}/swap")
    found["status"] = {"conditions": [approved]}
    client.request("PUT", f"{path}/swap/approval", found)
    wait_for(lambda: "certificate" in client.get(f"{path}/swap")["status"], 20)


def test_other_programs_may_be_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    assets = tmp_path / "assets"
    assets.mkdir()
    built = go_programs.control_plane()
    for name in ("etcd", "kube-controller-manager"):
        (assets / name).symlink_to(built / name)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    monkeypatch.delenv("SANDBOX_KUBECONFIG", raising=False)
    with pytest.raises(SandboxError, match="there is no kube-apiserver"):
        ApiServer(tmp_path / "state").start()
    broken = assets / "kube-apiserver"
    broken.write_text("#!/bin/sh\necho out of luck\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    with pytest.raises(SandboxError, match="kube-apiserver did not start"):
        ApiServer(tmp_path / "other").start()


def test_found_cluster(
    server: ApiServer, client: ApiClient, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    client.request("POST", "/api/v1/nodes", {"metadata": {"name": "kubelet-1"}})
    config = yaml.safe_load(server.kubeconfig.read_text(encoding="utf-8"))
    # As others write it: a file instead of embedded data, and a second context.
    authority = config["clusters"][0]["cluster"].pop("certificate-authority-data")
    (tmp_path / "ca.crt").write_bytes(base64.b64decode(authority))
    config["clusters"][0]["cluster"]["certificate-authority"] = "ca.crt"
    config["contexts"].insert(0, {"name": "other", "context": {"cluster": "x", "user": "y"}})
    (tmp_path / "found.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    monkeypatch.setenv("SANDBOX_KUBECONFIG", str(tmp_path / "found.yaml"))
    with ApiServer(tmp_path / "state") as found:
        assert not found.is_ours
        assert set(names(found.client, "/api/v1/nodes")) == {"sandbox-1", "kubelet-1"}
        reader = client_of(found.read_only_kubeconfig)
        path = "/api/v1/namespaces/jet-system/secrets"
        assert reader.get(path)["items"] == []
        assert refusal(reader, "POST", path, secret("x"))[0] == 403


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{}", "no context"),
        ("{current-context: a, contexts: [{name: a, context: {cluster: c, user: u}}]}", "no clus"),
    ],
)
def test_kubeconfig_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, text: str, words: str
) -> None:
    config = tmp_path / "config"
    config.write_text(text, encoding="utf-8")
    monkeypatch.setenv("SANDBOX_KUBECONFIG", str(config))
    with pytest.raises(SandboxError, match=words):
        ApiServer(tmp_path / "state").start()
