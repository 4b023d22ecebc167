# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads in this process: with the options of k8s_info, one environment, and an end."""

from __future__ import annotations

import contextlib
import os
import signal
import time
import types
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster import (
    lookup as _cluster_lookup,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.lookup import (
    can_look_up,
    look_up,
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
    monkeypatch.setattr(_cluster_lookup, "KubernetesLookup", Lookup)


def test_the_real_lookup_is_there() -> None:
    question = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    assert can_look_up("k8s_info", {"kind": "Secret"})
    assert can_look_up("k8s", {"definition": [question]})
    assert not can_look_up("k8s", {"definition": [question, {"apiVersion": "v1"}]})
    assert not can_look_up("k8s", {"definition": question})
    assert not can_look_up("helm", {})


def test_questions_are_asked_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    class Client:
        def __init__(self, **access: t.Any) -> None:
            assert access == ACCESS

        def resource(self, kind: str, api_version: str) -> str:
            return f"{api_version} {kind}"

        def create(self, resource: str, question: t.Any) -> t.Any:
            status = {"of": resource, "proxy": os.environ["HTTPS_PROXY"]}
            return types.SimpleNamespace(to_dict=lambda: {**question, "status": status})

    monkeypatch.setattr(_cluster_lookup, "get_api_client", Client)
    questions = [{"apiVersion": "a", "kind": "b"}, {"apiVersion": "a", "kind": "c"}]
    found = look_up(ACCESS, {"definition": questions}, {"HTTPS_PROXY": "p"}, 5)
    answers = [item["result"] for item in found["result"]["results"]]
    assert [item["status"]["of"] for item in answers] == ["a b", "a c"]


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
    assert look_up(ACCESS, arguments, {"HTTPS_PROXY": "http://proxy"}, 5) == {
        "resources": [{"kind": "Secret"}]
    }
    (call,) = Lookup.calls
    assert call == {**ACCESS, **options, "terms": [], "proxy": "http://proxy"}


def test_the_environment_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K8S_AUTH_HOST", "https://elsewhere")
    Lookup.act = lambda: [dict(os.environ)]
    assert look_up(ACCESS, {"kind": "Node"}, {"A": "b"}, 5) == {"resources": [{"A": "b"}]}
    assert os.environ["K8S_AUTH_HOST"] == "https://elsewhere"
    assert "A" not in os.environ


def test_none_is_no_objects_and_so_is_an_unknown_kind() -> None:
    Lookup.act = lambda: None
    assert look_up(ACCESS, {"kind": "Node"}, {}, 5) == {"resources": []}

    def unknown() -> t.NoReturn:
        raise _cluster_lookup.ResourceNotFoundError("no match for kind Odd")

    Lookup.act = unknown
    assert look_up(ACCESS, {"kind": "Odd"}, {}, 5) == {"resources": []}


def test_it_ends_in_time_and_a_timeout_of_the_task_goes_on() -> None:
    rung: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.4)
        Lookup.act = lambda: time.sleep(30)
        with pytest.raises(TimeoutError, match=r"no answer within 0\.1 s"):
            look_up(ACCESS, {"kind": "Node"}, {}, 0.1)
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
    monkeypatch.setattr(_cluster_lookup, "_AGAIN_SECONDS", 0.1)

    def ask_twice() -> None:
        with contextlib.suppress(swallowed):
            time.sleep(5)
        time.sleep(5)
        pytest.fail("nobody ended it")

    Lookup.act = ask_twice
    with pytest.raises(TimeoutError, match=r"no answer within 0\.1 s"):
        look_up(ACCESS, {"kind": "Node"}, {}, 0.1)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
