# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked in this process: as the modules would, and with an end."""

from __future__ import annotations

import contextlib
import json
import pathlib
import signal
import time
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster import (
    in_process as _cluster_in_process,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.access import (
    ClusterAccess,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.api import (
    Api,
    ApiError,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.in_process import (
    Here,
    runs_here,
)
from tests.unit.helpers.scripted_registry import Reply, Request, Script, Server, serving

NODES = {"api_version": "v1", "kind": "Node"}
SECRETS = {"api_version": "v1", "kind": "Secret"}
NODE = {"apiVersion": "v1", "kind": "Node"}


def access(server: Server) -> ClusterAccess:
    """Return an access to a server without TLS."""
    config: dict[str, t.Any] = {"clusters": [{"cluster": {}}], "users": [{"user": {}}]}
    return ClusterAccess("/kubeconfig", "mgmt", f"http://{server.host}", (), config)


def answered(script: Script, module: str, arguments: dict[str, t.Any]) -> tuple[t.Any, Server]:
    """Return what is answered here, and the server with what it was asked."""
    with serving(script, plain=True) as server:
        return Here(pathlib.Path("/none")).run(access(server), module, arguments, {}, 5), server


def echo(request: Request) -> Reply:
    """Answer with what was sent."""
    return Reply.json({"kind": "Echo", "body": json.loads(request.body or b"null")})


def waits(seconds: float, then: t.Callable[[], t.Any] = dict) -> t.Any:
    """Return what stands for an API whose answer takes some seconds."""

    class Slow:
        def __init__(self, *_way: t.Any) -> None:
            pass

        def ask(self, *_question: t.Any, **_more: t.Any) -> t.Any:
            time.sleep(seconds)
            return then()

    return Slow


QUESTION = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "ns", "generateName": "p-"}}
LEASE = {"api_version": "coordination.k8s.io/v1", "kind": "Lease", "name": "n", "namespace": "s"}
SNAPSHOTS = "/api/v1/namespaces/s/secrets"
SNAPSHOT = {
    "resource_definition": {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "n", "namespace": "s"},
    }
}
PATCH = [{"op": "test", "path": "/spec/holderIdentity", "value": "me"}]


@pytest.mark.parametrize(
    ("module", "arguments", "in_a_run", "in_check_mode"),
    [
        ("k8s_info", {"kind": "Secret"}, True, True),
        ("k8s", {"definition": [QUESTION]}, True, True),
        ("k8s", {"definition": [QUESTION, POD]}, False, False),
        ("k8s", {"definition": QUESTION}, False, False),
        ("k8s", {"definition": POD}, False, True),
        ("k8s", {"resource_definition": POD}, False, False),
        ("k8s_json_patch", {"kind": "Secret"}, False, False),
        ("helm", {}, False, False),
    ],
)
def test_what_writes_the_platform_stays_a_module(
    module: str, arguments: dict[str, t.Any], in_a_run: bool, in_check_mode: bool
) -> None:
    assert runs_here(module, arguments, check_mode=False) is in_a_run
    assert runs_here(module, arguments, check_mode=True) is in_check_mode


@pytest.mark.parametrize(("module", "arguments"), [("k8s", SNAPSHOT), ("k8s_json_patch", LEASE)])
def test_what_is_the_runs_own_is_kept_here_but_in_check_mode(
    module: str, arguments: dict[str, t.Any]
) -> None:
    assert runs_here(module, arguments, check_mode=False, own=True)
    assert not runs_here(module, arguments, check_mode=True, own=True)
    assert not runs_here(module, arguments, check_mode=False)


def test_it_is_created_or_returned_as_it_is() -> None:
    created, server = answered(echo, "k8s", {"state": "present", **SNAPSHOT})
    assert created["result"]["body"] == SNAPSHOT["resource_definition"]
    assert server.asked() == [f"POST {SNAPSHOTS}"]

    def taken(request: Request) -> Reply:
        if request.method == "POST":
            return Reply.json({"kind": "Status", "reason": "AlreadyExists"}, status=409)
        return Reply.json({"kind": "Secret", "data": "there"})

    found, server = answered(taken, "k8s", {"state": "present", **SNAPSHOT})
    assert found["result"]["data"] == "there"
    assert server.asked() == [f"POST {SNAPSHOTS}", f"GET {SNAPSHOTS}/n"]
    with pytest.raises(ApiError):
        answered(lambda _: Reply(403, body=b"{}"), "k8s", {"state": "present", **SNAPSHOT})


def test_it_is_merged_into_where_it_is_still_there() -> None:
    patched, server = answered(echo, "k8s", {"state": "patched", **SNAPSHOT})
    assert patched["result"]["body"] == SNAPSHOT["resource_definition"]
    assert server.asked() == [f"PATCH {SNAPSHOTS}/n"]
    assert server.requests[0].headers["content-type"] == "application/merge-patch+json"
    gone, _server = answered(
        lambda _: Reply(404, body=b"{}"), "k8s", {"state": "patched", **SNAPSHOT}
    )
    assert gone["result"] is None
    with pytest.raises(ApiError):
        answered(lambda _: Reply(403, body=b"{}"), "k8s", {"state": "patched", **SNAPSHOT})


def test_questions_are_asked_one_by_one() -> None:
    questions = [{**QUESTION, "spec": {"n": number}} for number in (1, 2)]
    found, server = answered(echo, "k8s", {"definition": questions})
    assert [item["result"]["body"] for item in found["result"]["results"]] == questions
    assert server.asked() == ["POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews"] * 2


def test_a_pod_is_only_shown() -> None:
    found, server = answered(echo, "k8s", {"definition": POD, "state": "present"})
    assert (found["changed"], found["result"]["body"]) == (True, POD)
    assert server.asked() == ["POST /api/v1/namespaces/ns/pods?dryRun=All"]


def test_the_lease_is_patched_with_the_test_of_its_patch() -> None:
    found, server = answered(echo, "k8s_json_patch", {**LEASE, "patch": PATCH})
    assert (found["changed"], found["result"]["body"]) == (True, PATCH)
    assert server.asked() == ["PATCH /apis/coordination.k8s.io/v1/namespaces/s/leases/n"]
    assert server.requests[0].headers["content-type"] == "application/json-patch+json"


TEST_OPTIONS: list[tuple[dict[str, t.Any], str]] = [
    (NODES, "/api/v1/nodes"),
    ({**NODES, "name": "n", "namespace": "s"}, "/api/v1/nodes/n"),
    ({**SECRETS, "name": "n", "namespace": "s"}, "/api/v1/namespaces/s/secrets/n"),
    (
        {**SECRETS, "namespace": "", "label_selectors": ["a=b", "c"]},
        "/api/v1/secrets?labelSelector=a%3Db%2Cc",
    ),
    ({**NODES, "field_selectors": ["x=y"]}, "/api/v1/nodes?fieldSelector=x%3Dy"),
]


@pytest.mark.parametrize(("arguments", "path"), TEST_OPTIONS)
def test_it_takes_the_options_of_k8s_info(arguments: dict[str, t.Any], path: str) -> None:
    one = Reply.json(NODE)
    many = Reply.json({"apiVersion": "v1", "kind": "NodeList", "items": [{}]})
    reply = one if arguments.get("name") else many
    found, server = answered(lambda _: reply, "k8s_info", arguments)
    assert found == {"resources": [NODE]}
    assert server.asked() == [f"GET {path}"]


def test_one_client_asks_until_there_is_another_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[ClusterAccess] = []

    class Opened(Api):
        def __init__(self, way: ClusterAccess, *more: t.Any) -> None:
            super().__init__(way, *more)
            opened.append(way)

    monkeypatch.setattr(_cluster_in_process, "Api", Opened)
    with serving(lambda _: Reply.json({"kind": "NodeList"}), plain=True) as server:
        here = Here(pathlib.Path("/none"))
        first, renewed = access(server), access(server)
        for way in (first, first, renewed):
            here.run(way, "k8s_info", NODES, {}, 5)
    assert [id(way) for way in opened] == [id(first), id(renewed)]


@pytest.mark.parametrize("kind", ["Secret", "Odd"])
def test_none_is_no_objects_and_so_is_an_unknown_kind(kind: str) -> None:
    status = Reply.json({"kind": "Status", "code": 404}, 404)
    found, _server = answered(lambda _: status, "k8s_info", {"api_version": "v1", "kind": kind})
    assert found == {"resources": []}


def test_nothing_is_made_of_a_kind_that_is_not_there() -> None:
    status = Reply.json({"kind": "Status", "code": 404}, 404)
    odd = {"apiVersion": "odd/v1", "kind": "Odd"}
    with pytest.raises(ValueError, match="knows no Odd of odd/v1"):
        answered(lambda _: status, "k8s", {"definition": [odd]})


def test_a_refusal_is_raised() -> None:
    with pytest.raises(ApiError, match="403"):
        answered(lambda _: Reply.json({}, 403), "k8s_info", NODES)


def run_slowly(monkeypatch: pytest.MonkeyPatch, slow: t.Any, seconds: float) -> None:
    monkeypatch.setattr(_cluster_in_process, "Api", slow)
    way = ClusterAccess("/kubeconfig", "mgmt", "https://h", ())
    Here(pathlib.Path("/none")).run(way, "k8s_info", NODES, {}, seconds)


def test_it_ends_in_time_and_a_timeout_of_the_task_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rung: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.4)
        with pytest.raises(TimeoutError, match=r"no answer within 0\.1 s"):
            run_slowly(monkeypatch, waits(30), 0.1)
        assert rung == []
        time.sleep(0.6)
        assert rung == [1]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("swallowed", [OSError, Exception])
def test_it_ends_even_if_a_library_takes_the_end_for_its_own(
    swallowed: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """urllib3 asks again after whatever is an OSError, which a TimeoutError is."""
    monkeypatch.setattr(_cluster_in_process, "_AGAIN_SECONDS", 0.1)

    def ask_twice() -> None:
        with contextlib.suppress(swallowed):
            time.sleep(5)
        time.sleep(5)
        pytest.fail("nobody ended it")

    with pytest.raises(TimeoutError, match=r"no answer within 0\.1 s"):
        run_slowly(monkeypatch, waits(0, ask_twice), 0.1)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
