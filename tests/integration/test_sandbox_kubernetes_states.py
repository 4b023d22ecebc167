# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The built-in API server put back into a state that was kept, and requests broken one by one."""

from __future__ import annotations

import concurrent.futures
import time
import typing as t

import pytest

from tests.integration.kubernetes_api import encoded, refusal, secret, wait_for
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.kubernetes.client import ApiClient
from tests.sandbox.kubernetes.faults import Fault

pytestmark = pytest.mark.sandbox

SECRETS = "/api/v1/namespaces/default/secrets"
WORKLOADS = "/apis/apps/v1/namespaces/default/deployments"
PODS = "/api/v1/namespaces/default/pods"


@pytest.fixture(name="server", scope="module")
def fixture_server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("api"), built_in=True) as server:
        yield server


@pytest.fixture(name="client")
def fixture_client(server: ApiServer) -> t.Iterator[ApiClient]:
    server.keep_state("before")
    yield server.client
    server.heal()
    server.restore_state("before")


def names(client: ApiClient, path: str) -> list[str]:
    return [item["metadata"]["name"] for item in client.get(path)["items"]]


def test_a_state_comes_back_whole_and_versions_go_on(server: ApiServer, client: ApiClient) -> None:
    client.request("POST", SECRETS, secret("stays", data={"a": encoded("old")}))
    client.request("POST", SECRETS, secret("goes", data={"a": encoded("old")}))
    kept = client.get(f"{SECRETS}/stays")
    server.keep_state("two")
    client.merge(f"{SECRETS}/stays", {"data": {"a": encoded("new")}})
    client.request("DELETE", f"{SECRETS}/goes")
    client.request("POST", SECRETS, secret("came"))
    version = int(client.get(SECRETS)["metadata"]["resourceVersion"])
    server.restore_state("two")
    assert names(client, SECRETS) == ["goes", "stays"]
    back = client.get(f"{SECRETS}/stays")
    assert int(back["metadata"]["resourceVersion"]) > version
    for obj in (kept, back):
        del obj["metadata"]["resourceVersion"]
    assert back == kept
    again = int(client.get(SECRETS)["metadata"]["resourceVersion"])
    server.restore_state("two")
    assert int(client.get(SECRETS)["metadata"]["resourceVersion"]) == again


def test_workloads_live_on_in_a_state_that_came_back(server: ApiServer, client: ApiClient) -> None:
    template = {
        "metadata": {"labels": {"app": "work"}},
        "spec": {"containers": [{"name": "main", "image": "work:1"}]},
    }
    spec = {"selector": {"matchLabels": {"app": "work"}}, "template": template, "replicas": 2}
    client.request("POST", WORKLOADS, {"metadata": {"name": "work"}, "spec": spec})
    wait_for(lambda: len(names(client, PODS)) == 2)
    server.restore_state("before")
    assert names(client, PODS) == []
    client.request("POST", WORKLOADS, {"metadata": {"name": "work"}, "spec": spec})
    wait_for(lambda: len(names(client, PODS)) == 2)


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
