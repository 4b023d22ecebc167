# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.client import Client
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.manifest import (
    ObjectName,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.state import (
    Permission,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from tests.unit.helpers.fake_client import FakeClient

MANIFEST = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "n"}}
SECRET = ObjectName("v1", "Secret", "s", "n")
NAMED = {"api_version": "v1", "kind": "Secret", "name": "s", "namespace": "n"}


class Noting(FakeClient):
    """Notes which modules ran, with what and in which mode."""

    def __init__(self, *answers: t.Any, check_mode: bool = False) -> None:
        super().__init__(check_mode=check_mode, delays=(0.0, 0.0))
        self.answers = list(answers)
        self.calls: list[tuple[str, dict[str, t.Any], bool]] = []
        self.own: list[bool] = []

    def run(
        self,
        module: str,
        arguments: t.Mapping[str, t.Any],
        attempt: str,
        *,
        check_mode: bool = False,
        own: bool = False,
    ) -> dict[str, t.Any]:
        self.calls.append((module, dict(arguments), check_mode))
        self.own.append(own)
        answer = self.answers.pop(0) if self.answers else {}
        if isinstance(answer, str):
            raise Failure.of(answer, "cluster", attempt, "wait")
        return t.cast("dict[str, t.Any]", answer)


def test_what_is_the_runs_own_is_said_to_be() -> None:
    client = Noting()
    for own in (True, False):
        client.create(MANIFEST, "x", own=own)
        client.patch(MANIFEST, "x", own=own)
        client.json_patch(SECRET, [], "x", own=own)
    assert client.own == [True] * 3 + [False] * 3


Verb = t.Callable[[Client], t.Any]
WRITES: list[tuple[Verb, str, dict[str, t.Any]]] = [
    (
        lambda client: client.create(MANIFEST, "x"),
        "k8s",
        {"state": "present", "resource_definition": MANIFEST},
    ),
    (
        lambda client: client.patch(MANIFEST, "x"),
        "k8s",
        {"state": "patched", "merge_type": ["merge"], "resource_definition": MANIFEST},
    ),
    (
        lambda client: client.json_patch(SECRET, [{"op": "remove", "path": "/a"}], "x"),
        "k8s_json_patch",
        {**NAMED, "patch": [{"op": "remove", "path": "/a"}]},
    ),
    (lambda client: client.delete(SECRET, "x"), "k8s", {"state": "absent", **NAMED}),
    (
        lambda client: client.delete(SECRET, "x", uid="u", resource_version="1"),
        "k8s",
        {
            "state": "absent",
            **NAMED,
            "delete_options": {"preconditions": {"uid": "u", "resourceVersion": "1"}},
        },
    ),
    (lambda client: client.helm({"release_name": "r"}, "x"), "helm", {"release_name": "r"}),
]


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(("verb", "module", "arguments"), WRITES)
def test_a_write_is_one_module_in_the_mode_of_the_task(
    verb: Verb, module: str, arguments: dict[str, t.Any], check_mode: bool
) -> None:
    client = Noting(check_mode=check_mode)
    verb(client)
    assert client.calls == [(module, arguments, check_mode)]
    with pytest.raises(Failure):
        verb(Noting("unreachable", {}))


def test_a_read_is_tried_again_and_runs_in_check_mode_as_well() -> None:
    client = Noting("unreachable", {"resources": [MANIFEST]}, check_mode=True)
    assert client.get("v1", "Secret", "s", namespace="n") == MANIFEST
    assert client.calls == [("k8s_info", NAMED, False)] * 2
    with pytest.raises(Failure, match="reading Secret s"):
        Noting("forbidden", {}).get("v1", "Secret", "s")


def test_selectors_pick_objects() -> None:
    client = Noting({"resources": [MANIFEST]}, {"resources": None})
    assert client.list("v1", "Secret", labels=("a=b",), fields=("type=x",)) == [MANIFEST]
    assert client.list("v1", "Secret", namespace="n") == []
    kind = {"api_version": "v1", "kind": "Secret"}
    assert [arguments for _module, arguments, _mode in client.calls] == [
        {**kind, "label_selectors": ["a=b"], "field_selectors": ["type=x"]},
        {**kind, "namespace": "n"},
    ]


def test_a_dry_run_is_one_in_every_mode() -> None:
    client = Noting({"result": MANIFEST, "changed": True}, {})
    assert client.dry_run(MANIFEST, "x", namespace="n") == (MANIFEST, True)
    assert client.dry_run(MANIFEST, "x") == ({}, False)
    assert [mode for _module, _arguments, mode in client.calls] == [True, True]


@pytest.mark.parametrize(("result", "there"), [({}, None), ({"result": MANIFEST}, MANIFEST)])
def test_what_is_gone_meanwhile_is_none(result: dict[str, t.Any], there: t.Any) -> None:
    assert Noting(result).patch(MANIFEST, "x") == there


def test_what_helm_says_of_itself_is_redacted() -> None:
    client = Noting()
    client.redactor.add(["planted"])
    client.runner.helm_version = lambda program: "v3 planted"  # type: ignore[method-assign]  # a stand-in
    assert "planted" not in str(client.helm_version("helm"))


RIGHTS = [Permission("get", "secrets"), Permission("list", "secrets", "jet-system")]


def reviews(*allowed: bool) -> dict[str, t.Any]:
    answers = [{"result": {"status": {"allowed": answer}}} for answer in allowed]
    return {"result": {"results": answers}}


@pytest.mark.parametrize(
    ("answers", "asked", "expected"),
    [
        ([reviews(True)], [1], [True, True]),
        ([reviews(False), reviews(True, False)], [1, 2], [True, False]),
        ([reviews(False), reviews(False, True)], [1, 2], [False, True]),
    ],
)
def test_an_administrator_is_asked_one_question(
    answers: list[dict[str, t.Any]], asked: list[int], expected: list[bool]
) -> None:
    client = Noting(*answers)
    assert list(client.allowed(RIGHTS)) == list(zip(RIGHTS, expected, strict=True))
    questions = [arguments["definition"] for _module, arguments, _mode in client.calls]
    assert [len(reviewed) for reviewed in questions] == asked
    attributes = questions[0][0]["spec"]["resourceAttributes"]
    assert attributes == {"verb": "*", "resource": "*", "group": "*"}
