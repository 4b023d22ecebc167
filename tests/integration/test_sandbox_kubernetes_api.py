# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The built-in API server, request by request: what it keeps, refuses, asks and breaks."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from tests.integration.kubernetes_api import encoded, refusal, secret, wait_for
from tests.sandbox.kubernetes import ApiServer, Node
from tests.sandbox.kubernetes.client import ApiClient
from tests.sandbox.kubernetes.objects import Object

pytestmark = pytest.mark.sandbox

DEFAULT = "/api/v1/namespaces/default"
SECRETS = f"{DEFAULT}/secrets"
PODS = f"{DEFAULT}/pods"
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
JET = "/apis/apps/v1/namespaces/jet-system/deployments/jet"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"


@pytest.fixture(name="server", scope="module")
def fixture_server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("api"), built_in=True) as server:
        yield server


@pytest.fixture(name="client")
def fixture_client(server: ApiServer) -> ApiClient:
    return server.client


def test_state_folder_is_private_and_says_how_to_connect(server: ApiServer) -> None:
    ready = json.loads((server.state_dir / "ready.json").read_text(encoding="utf-8"))
    assert ready["url"].startswith("https://127.0.0.1:")
    assert server.is_ours
    for name in ("kubeconfig", "kubeconfig-readonly", "ready.json"):
        assert (server.state_dir / name).stat().st_mode & 0o077 == 0, name


def test_identity_of_a_cluster_lasts_and_differs(tmp_path: pathlib.Path) -> None:
    uids = []
    for folder in ("one", "one", "two"):
        with ApiServer(tmp_path / folder, built_in=True) as server:
            namespace = server.client.get("/api/v1/namespaces/kube-system")
            uids.append(namespace["metadata"]["uid"])
    assert uids[0] == uids[1] != uids[2]


def test_seed(client: ApiClient) -> None:
    assert client.get(JET)["status"]["readyReplicas"] == 1
    hubble = client.get("/apis/apps/v1/namespaces/hubble-system/deployments")
    assert [item["metadata"]["name"] for item in hubble["items"]] == ["hubble"]
    (node,) = client.get("/api/v1/nodes")["items"]
    assert node["status"]["conditions"][0]["status"] == "True"


@pytest.mark.parametrize("path", ["/api", "/apis", "/apis/apps", "/api/v1", "/apis/apps/v1"])
def test_discovery(client: ApiClient, path: str) -> None:
    assert client.get(path)["kind"].startswith("API")


def test_openapi_documents_name_dry_run(client: ApiClient) -> None:
    for entry in client.get("/openapi/v3")["paths"].values():
        document = client.get(entry["serverRelativeURL"])
        operations = [item for path in document["paths"].values() for item in path.values()]
        assert operations
        for operation in operations:
            names = {parameter["name"] for parameter in operation["parameters"]}
            assert {"dryRun", "fieldValidation"} <= names


@pytest.mark.parametrize("path", ["/nowhere", "/apis/none/v1", "/api/v1/nothings", "/apis/apps/v9"])
def test_unknown_paths(client: ApiClient, path: str) -> None:
    assert refusal(client, "GET", path)[0] == 404


def test_create_read_update_delete(client: ApiClient) -> None:
    created = client.request("POST", SECRETS, secret("crud", stringData={"a": "x"}))
    assert created["data"] == {"a": encoded("x")}
    assert "stringData" not in created
    assert refusal(client, "POST", SECRETS, secret("crud"))[0] == 409
    path = f"{SECRETS}/crud"
    changed = client.request("PUT", path, {**created, "data": {"a": encoded("y")}})
    code, message = refusal(client, "PUT", path, {**created, "data": {}})
    assert code == 409
    assert "has been modified" in message
    assert client.get(path)["metadata"]["resourceVersion"] == changed["metadata"]["resourceVersion"]
    assert client.request("DELETE", path)["status"] == "Success"
    assert refusal(client, "GET", path)[0] == 404


def test_unchanged_update_keeps_the_version(client: ApiClient) -> None:
    path = f"{SECRETS}/same"
    first = client.apply(path, secret("same", stringData={"a": "x"}))
    second = client.apply(path, secret("same", stringData={"a": "x"}))
    assert first["metadata"]["resourceVersion"] == second["metadata"]["resourceVersion"]


@pytest.mark.parametrize(
    ("content_type", "patch"),
    [
        (MERGE_PATCH, {"data": {"a": None, "b": encoded("2")}}),
        (STRATEGIC_PATCH, {"data": {"a": None, "b": encoded("2")}}),
        (
            JSON_PATCH,
            [
                {"op": "remove", "path": "/data/a"},
                {"op": "add", "path": "/data/b", "value": encoded("2")},
            ],
        ),
    ],
)
def test_patches(client: ApiClient, content_type: str, patch: t.Any) -> None:
    path = f"{SECRETS}/patched"
    client.request("POST", SECRETS, secret("patched", stringData={"a": "1", "c": "3"}))
    dry = client.request("PATCH", f"{path}?dryRun=All", patch, content_type)
    assert client.get(path)["data"] == {"a": encoded("1"), "c": encoded("3")}
    real = client.request("PATCH", path, patch, content_type)
    assert dry["data"] == real["data"] == {"b": encoded("2"), "c": encoded("3")}
    client.request("DELETE", path)


def test_apply_drops_what_is_no_longer_applied(client: ApiClient) -> None:
    path = f"{SECRETS}/applied"
    client.apply(path, secret("applied", data={"a": encoded("1"), "b": encoded("2")}))
    client.merge(path, {"data": {"other": encoded("3")}})
    applied = client.apply(path, secret("applied", data={"b": encoded("2")}))
    assert applied["data"] == {"b": encoded("2"), "other": encoded("3")}
    assert refusal(client, "PATCH", path, secret("x"), "application/apply-patch+yaml")[0] == 422


def test_strategic_merge_knows_containers_by_name(client: ApiClient) -> None:
    template = {"spec": {"containers": [{"name": "jet", "env": [{"name": "A", "value": "1"}]}]}}
    before = client.get(JET)["spec"]["template"]["spec"]["containers"][0]["image"]
    patch = {"spec": {"template": template}}
    changed = client.request("PATCH", JET, patch, STRATEGIC_PATCH)
    (container,) = changed["spec"]["template"]["spec"]["containers"]
    assert (container["image"], container["env"]) == (before, [{"name": "A", "value": "1"}])


def test_failing_test_operation_of_a_patch_is_422(client: ApiClient) -> None:
    lease = {"metadata": {"name": "lock"}, "spec": {"holderIdentity": "one"}}
    leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
    version = client.request("POST", leases, lease)["metadata"]["resourceVersion"]
    patch = [
        {"op": "test", "path": "/metadata/resourceVersion", "value": version},
        {"op": "replace", "path": "/spec/holderIdentity", "value": "two"},
    ]
    client.request("PATCH", f"{leases}/lock", patch, JSON_PATCH)
    assert refusal(client, "PATCH", f"{leases}/lock", patch, JSON_PATCH)[0] == 422
    assert client.get(f"{leases}/lock")["spec"]["holderIdentity"] == "two"


@pytest.mark.parametrize(
    ("method", "path", "body", "code", "words"),
    [
        ("POST", SECRETS, secret("bad", data={"a": "%%%"}), 400, "illegal base64"),
        ("POST", SECRETS, secret("bad", data={"a": 1}), 400, "unmarshal"),
        ("POST", SECRETS, secret("bad", data={"a b": ""}), 422, "data[a b]"),
        ("POST", SECRETS, secret("BAD"), 422, "RFC 1123"),
        ("POST", SECRETS, {"metadata": {}}, 422, "name"),
        ("POST", "/api/v1/namespaces/none/secrets", secret("x"), 404, '"none" not found'),
        ("POST", PODS, {"metadata": {"name": "p"}, "spec": {}}, 422, "containers"),
        ("POST", f"{SECRETS}?dryRun=yes", secret("x"), 422, "Unsupported value"),
        ("PUT", f"{SECRETS}/fixed", secret("fixed", type="other/type"), 422, "immutable"),
        ("PUT", f"{SECRETS}/fixed", secret("fixed", data={}), 422, "immutable"),
        ("PUT", f"{SECRETS}/fixed", secret("other"), 400, "does not match"),
    ],
)
def test_refusals(
    client: ApiClient, method: str, path: str, body: Object, code: int, words: str
) -> None:
    fixed = secret("fixed", immutable=True, stringData={"a": "x"})
    client.apply(f"{SECRETS}/fixed", fixed)
    got, message = refusal(client, method, path, body)
    assert got == code
    assert words in message


def test_dry_run_creates_and_deletes_nothing(client: ApiClient) -> None:
    shown = client.request("POST", f"{SECRETS}?dryRun=All", secret("dry", stringData={"a": "x"}))
    assert shown["data"] == {"a": encoded("x")}
    assert refusal(client, "GET", f"{SECRETS}/dry")[0] == 404
    client.apply(f"{SECRETS}/stays", secret("stays"))
    client.request("DELETE", f"{SECRETS}/stays?dryRun=All")
    client.request("DELETE", f"{SECRETS}/stays", {"kind": "DeleteOptions", "dryRun": ["All"]})
    assert client.get(f"{SECRETS}/stays")["metadata"]["name"] == "stays"


def test_selectors(client: ApiClient) -> None:
    for name, tier in (("sel-a", "web"), ("sel-b", "db")):
        metadata = {"name": name, "labels": {"tier": tier, "set": "sel"}}
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
        client.apply(f"{DEFAULT}/configmaps/{name}", body)

    def names(query: str) -> list[str]:
        items = client.get(f"{DEFAULT}/configmaps?{query}")["items"]
        return [item["metadata"]["name"] for item in items]

    assert names("labelSelector=set%3Dsel") == ["sel-a", "sel-b"]
    assert names("labelSelector=set,tier+in+(web,other)") == ["sel-a"]
    assert names("labelSelector=set,tier+notin+(web)") == ["sel-b"]
    assert names("labelSelector=set,tier!=web") == ["sel-b"]
    assert names("labelSelector=set,!tier") == []
    assert names("fieldSelector=metadata.name%3Dsel-b") == ["sel-b"]


def test_namespace_takes_its_objects_along(client: ApiClient) -> None:
    client.request("POST", "/api/v1/namespaces", {"metadata": {"name": "brief"}})
    client.request("POST", "/api/v1/namespaces/brief/secrets", secret("inside"))
    client.request("DELETE", "/api/v1/namespaces/brief")
    assert client.get("/api/v1/namespaces/brief/secrets")["items"] == []


def test_deletion_takes_dependents_along(client: ApiClient) -> None:
    owner = client.apply(f"{SECRETS}/owner", secret("owner"))
    reference = {"apiVersion": "v1", "kind": "Secret", "name": "owner"}
    reference["uid"] = owner["metadata"]["uid"]
    owned = secret("owned")
    owned["metadata"]["ownerReferences"] = [reference]
    client.request("POST", SECRETS, owned)
    client.request("DELETE", f"{SECRETS}/owner")
    assert refusal(client, "GET", f"{SECRETS}/owned")[0] == 404


def test_unready_workload_and_back(server: ApiServer, client: ApiClient) -> None:
    server.set_ready("jet-system", "jet", False, "ErrImagePull")
    wait_for(lambda: not client.get(JET)["status"].get("readyReplicas"))
    assert client.get(JET)["status"]["conditions"][0]["status"] == "False"
    pods = client.get("/api/v1/namespaces/jet-system/pods?labelSelector=app%3Djet")["items"]
    reasons = {
        container["state"]["waiting"]["reason"]
        for item in pods
        for container in item["status"]["containerStatuses"]
    }
    assert reasons == {"ErrImagePull"}
    server.set_ready("jet-system", "jet", True)
    wait_for(lambda: client.get(JET)["status"].get("readyReplicas") == 1)


def test_nodes_are_settable(server: ApiServer, client: ApiClient) -> None:
    before = client.get("/api/v1/nodes")["items"][0]["metadata"]["name"]
    server.set_nodes([Node("a", "127.44.0.1", {"zone": "x"}), Node("b", "127.44.0.2", ready=False)])
    items = client.get("/api/v1/nodes")["items"]
    assert [item["status"]["addresses"][0]["address"] for item in items] == [
        "127.44.0.1",
        "127.44.0.2",
    ]
    assert [item["status"]["conditions"][0]["status"] for item in items] == ["True", "False"]
    server.set_nodes([Node(before, "127.0.0.1")])
    assert len(client.get("/api/v1/nodes")["items"]) == 1
