# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked in this process: as the modules would, in one environment, and with an end."""

from __future__ import annotations

import contextlib
import os
import signal
import time
import types
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster import (
    in_process as _cluster_in_process,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.in_process import (
    run_here,
    runs_here,
)

ACCESS = {"kubeconfig": "/kubeconfig", "context": "mgmt", "impersonate_user": "jane"}


class Lookup:
    """Stands for the lookup plugin; `act` is what it does."""

    act: t.ClassVar[t.Callable[[], t.Any]] = list
    calls: t.ClassVar[list[dict[str, t.Any]]] = []

    def run(self, terms: list[str], **options: t.Any) -> t.Any:
        Lookup.calls.append({**options, "terms": terms, "proxy": os.environ.get("HTTPS_PROXY")})
        return Lookup.act()


@pytest.fixture(autouse=True)
def fixture_lookup(monkeypatch: pytest.MonkeyPatch) -> None:
    Lookup.calls.clear()
    Lookup.act = lambda: [{"kind": "Secret"}]
    monkeypatch.setattr(_cluster_in_process, "KubernetesLookup", Lookup)


QUESTION = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "ns", "generateName": "p-"}}
LEASE = {"api_version": "coordination.k8s.io/v1", "kind": "Lease", "name": "n", "namespace": "s"}
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
        ("k8s_json_patch", LEASE, True, False),
        ("k8s_json_patch", {"kind": "Secret"}, False, False),
        ("helm", {}, False, False),
    ],
)
def test_what_writes_the_platform_stays_a_module(
    module: str, arguments: dict[str, t.Any], in_a_run: bool, in_check_mode: bool
) -> None:
    assert runs_here(module, arguments, check_mode=False) is in_a_run
    assert runs_here(module, arguments, check_mode=True) is in_check_mode


class Client:
    """Stands for the client of kubernetes.core; `calls` are what it was asked."""

    calls: t.ClassVar[list[tuple[str, str, t.Any, dict[str, t.Any]]]] = []

    def __init__(self, **access: t.Any) -> None:
        assert access == ACCESS

    def resource(self, kind: str, api_version: str) -> str:
        return f"{api_version} {kind}"

    def create(self, resource: str, body: t.Any, **options: t.Any) -> t.Any:
        return self._answer("create", resource, body, options)

    def patch(self, resource: str, body: t.Any, **options: t.Any) -> t.Any:
        return self._answer("patch", resource, body, options)

    def _answer(self, verb: str, resource: str, body: t.Any, options: dict[str, t.Any]) -> t.Any:
        Client.calls.append((verb, resource, body, options))
        status = {"of": resource, "proxy": os.environ["HTTPS_PROXY"]}
        return types.SimpleNamespace(to_dict=lambda: {"status": status})


def asked(
    monkeypatch: pytest.MonkeyPatch, module: str, arguments: dict[str, t.Any]
) -> dict[str, t.Any]:
    Client.calls.clear()
    monkeypatch.setattr(_cluster_in_process, "get_api_client", Client)
    return run_here(ACCESS, module, arguments, {"HTTPS_PROXY": "p"}, 5)


def test_questions_are_asked_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    questions = [{"apiVersion": "a", "kind": "b"}, {"apiVersion": "a", "kind": "c"}]
    found = asked(monkeypatch, "k8s", {"definition": questions})
    answers = [item["result"] for item in found["result"]["results"]]
    assert [item["status"]["of"] for item in answers] == ["a b", "a c"]
    assert [body for _verb, _of, body, _options in Client.calls] == questions


def test_a_pod_is_only_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    found = asked(monkeypatch, "k8s", {"definition": POD, "state": "present"})
    assert found["result"] == {"status": {"of": "v1 Pod", "proxy": "p"}}
    assert Client.calls == [("create", "v1 Pod", POD, {"namespace": "ns", "dry_run": "All"})]


def test_the_lease_is_patched_with_the_test_of_its_patch(monkeypatch: pytest.MonkeyPatch) -> None:
    asked(monkeypatch, "k8s_json_patch", {**LEASE, "patch": PATCH})
    options = {"name": "n", "namespace": "s", "content_type": "application/json-patch+json"}
    assert Client.calls == [("patch", "coordination.k8s.io/v1 Lease", PATCH, options)]


TEST_OPTIONS: list[tuple[dict[str, t.Any], dict[str, t.Any]]] = [
    ({"api_version": "v1", "kind": "Node"}, {"api_version": "v1", "kind": "Node"}),
    (
        {"kind": "Secret", "name": "n", "namespace": "s", "label_selectors": ["a=b", "c"]},
        {"kind": "Secret", "resource_name": "n", "namespace": "s", "label_selector": "a=b,c"},
    ),
    (
        {"kind": "Pod", "namespace": "", "field_selectors": ["type=x"]},
        {"kind": "Pod", "field_selector": "type=x"},
    ),
]


@pytest.mark.parametrize(("arguments", "options"), TEST_OPTIONS)
def test_it_takes_the_options_of_k8s_info(
    arguments: dict[str, t.Any], options: dict[str, t.Any]
) -> None:
    assert run_here(ACCESS, "k8s_info", arguments, {"HTTPS_PROXY": "http://proxy"}, 5) == {
        "resources": [{"kind": "Secret"}]
    }
    (call,) = Lookup.calls
    assert call == {**ACCESS, **options, "terms": [], "proxy": "http://proxy"}


def test_the_environment_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K8S_AUTH_HOST", "https://elsewhere")
    Lookup.act = lambda: [dict(os.environ)]
    assert run_here(ACCESS, "k8s_info", {"kind": "Node"}, {"A": "b"}, 5) == {
        "resources": [{"A": "b"}]
    }
    assert os.environ["K8S_AUTH_HOST"] == "https://elsewhere"
    assert "A" not in os.environ


def test_none_is_no_objects_and_so_is_an_unknown_kind() -> None:
    Lookup.act = lambda: None
    assert run_here(ACCESS, "k8s_info", {"kind": "Node"}, {}, 5) == {"resources": []}

    def unknown() -> t.NoReturn:
        raise _cluster_in_process.ResourceNotFoundError("no match for kind Odd")

    Lookup.act = unknown
    assert run_here(ACCESS, "k8s_info", {"kind": "Odd"}, {}, 5) == {"resources": []}


def test_it_ends_in_time_and_a_timeout_of_the_task_goes_on() -> None:
    rung: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.4)
        Lookup.act = lambda: time.sleep(30)
        with pytest.raises(TimeoutError, match=r"no answer within 0\.1 s"):
            run_here(ACCESS, "k8s_info", {"kind": "Node"}, {}, 0.1)
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

    Lookup.act = ask_twice
    with pytest.raises(TimeoutError, match=r"no answer within 0\.1 s"):
        run_here(ACCESS, "k8s_info", {"kind": "Node"}, {}, 0.1)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
