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
    Here,
    runs_here,
)

ACCESS = {"kubeconfig": "/kubeconfig", "context": "mgmt", "impersonate_user": "jane"}


class Configuration:
    """Stands for the client's configuration, whose hook reads the token anew."""

    refresh_api_key_hook: t.Any = len


class Client:
    """Stands for the client of kubernetes.core; `act` is what a read does.

    `calls` are what it was asked, `opened` how often one was made.
    """

    act: t.ClassVar[t.Callable[[], t.Any]] = list
    calls: t.ClassVar[list[tuple[t.Any, ...]]] = []
    opened: t.ClassVar[list[dict[str, t.Any]]] = []

    def __init__(self, **access: t.Any) -> None:
        Client.opened.append(access)
        self.configuration = Configuration()

    def resource(self, kind: str, api_version: str) -> str:
        return f"{api_version} {kind}"

    def get(self, resource: str, **options: t.Any) -> t.Any:
        Client.calls.append(("get", resource, None, {k: v for k, v in options.items() if v}))
        found = Client.act()
        return types.SimpleNamespace(to_dict=lambda: found)

    def create(self, resource: str, body: t.Any, **options: t.Any) -> t.Any:
        return self._answer("create", resource, body, options)

    def patch(self, resource: str, body: t.Any, **options: t.Any) -> t.Any:
        return self._answer("patch", resource, body, options)

    def _answer(self, verb: str, resource: str, body: t.Any, options: dict[str, t.Any]) -> t.Any:
        assert self.configuration.refresh_api_key_hook is None
        Client.calls.append((verb, resource, body, options))
        status = {"of": resource, "proxy": os.environ["HTTPS_PROXY"]}
        return types.SimpleNamespace(to_dict=lambda: {"status": status})


@pytest.fixture(autouse=True)
def fixture_client(monkeypatch: pytest.MonkeyPatch) -> None:
    Client.calls.clear()
    Client.opened.clear()
    Client.act = lambda: {"items": [{"kind": "Secret"}]}
    monkeypatch.setattr(_cluster_in_process.core, "get_api_client", Client)


NODES = {"api_version": "v1", "kind": "Node"}


def run_here(
    arguments: dict[str, t.Any], environment: dict[str, str], seconds: float = 5
) -> dict[str, t.Any]:
    return Here().run(ACCESS, "k8s_info", arguments, environment, seconds)


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


def asked(module: str, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
    return Here().run(ACCESS, module, arguments, {"HTTPS_PROXY": "p"}, 5)


def test_questions_are_asked_one_by_one() -> None:
    questions = [{"apiVersion": "a", "kind": "b"}, {"apiVersion": "a", "kind": "c"}]
    found = asked("k8s", {"definition": questions})
    answers = [item["result"] for item in found["result"]["results"]]
    assert [item["status"]["of"] for item in answers] == ["a b", "a c"]
    assert [body for _verb, _of, body, _options in Client.calls] == questions


def test_a_pod_is_only_shown() -> None:
    found = asked("k8s", {"definition": POD, "state": "present"})
    assert found["result"] == {"status": {"of": "v1 Pod", "proxy": "p"}}
    assert Client.calls == [("create", "v1 Pod", POD, {"namespace": "ns", "dry_run": "All"})]


def test_the_lease_is_patched_with_the_test_of_its_patch() -> None:
    asked("k8s_json_patch", {**LEASE, "patch": PATCH})
    options = {"name": "n", "namespace": "s", "content_type": "application/json-patch+json"}
    assert Client.calls == [("patch", "coordination.k8s.io/v1 Lease", PATCH, options)]


TEST_OPTIONS: list[tuple[dict[str, t.Any], str, dict[str, t.Any]]] = [
    (NODES, "v1 Node", {}),
    (
        {**NODES, "name": "n", "namespace": "s", "label_selectors": ["a=b", "c"]},
        "v1 Node",
        {"name": "n", "namespace": "s", "label_selector": "a=b,c"},
    ),
    ({**NODES, "namespace": "", "field_selectors": ["x=y"]}, "v1 Node", {"field_selector": "x=y"}),
]


@pytest.mark.parametrize(("arguments", "resource", "options"), TEST_OPTIONS)
def test_it_takes_the_options_of_k8s_info(
    arguments: dict[str, t.Any], resource: str, options: dict[str, t.Any]
) -> None:
    found = {"kind": "Secret"}
    Client.act = lambda: found if arguments.get("name") else {"items": [found]}
    assert run_here(arguments, {}) == {"resources": [found]}
    assert Client.calls == [("get", resource, None, options)]


def test_one_client_asks_until_there_is_another_credential() -> None:
    here = Here()
    for access in (ACCESS, dict(ACCESS), {**ACCESS, "kubeconfig": "renewed"}):
        here.run(access, "k8s_info", NODES, {}, 5)
    assert Client.opened == [ACCESS, {**ACCESS, "kubeconfig": "renewed"}]


def test_discovery_writes_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    discoverers: list[t.Any] = []

    class Opened(Client):
        def __init__(self, **access: t.Any) -> None:
            super().__init__(**access)
            discoverers.append(_cluster_in_process.core.LazyDiscoverer)

    before = _cluster_in_process.core.LazyDiscoverer
    monkeypatch.setattr(_cluster_in_process.core, "get_api_client", Opened)
    run_here(NODES, {})
    (used,) = discoverers
    assert issubclass(used, before)
    assert used._write_cache is not before._write_cache
    assert _cluster_in_process.core.LazyDiscoverer is before


def test_the_environment_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K8S_AUTH_HOST", "https://elsewhere")
    Client.act = lambda: {"items": [dict(os.environ)]}
    assert run_here(NODES, {"A": "b"}) == {"resources": [{"A": "b"}]}
    assert os.environ["K8S_AUTH_HOST"] == "https://elsewhere"
    assert "A" not in os.environ


def test_none_is_no_objects_and_so_is_an_unknown_kind() -> None:
    Client.act = lambda: {"items": None}
    assert run_here(NODES, {}) == {"resources": []}

    def unknown() -> t.NoReturn:
        raise _cluster_in_process.ResourceNotFoundError("no match for kind Odd")

    Client.act = unknown
    assert run_here(NODES, {}) == {"resources": []}


def test_it_ends_in_time_and_a_timeout_of_the_task_goes_on() -> None:
    rung: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.4)
        Client.act = lambda: time.sleep(30)
        with pytest.raises(TimeoutError, match=r"no answer within 0\.1 s"):
            run_here(NODES, {}, 0.1)
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

    Client.act = ask_twice
    with pytest.raises(TimeoutError, match=r"no answer within 0\.1 s"):
        run_here(NODES, {}, 0.1)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
