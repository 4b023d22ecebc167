# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is a request of another kind, and what is the same one of another object."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from tests.sandbox.kubernetes import recording

JSON = "application/json"
SECRETS = "/api/v1/namespaces/jet-system/secrets"
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def request(method: str, path: str, body: t.Any = None, **more: t.Any) -> dict[str, t.Any]:
    given = {"body": json.dumps(body)} if body is not None else {}
    head = {"method": method, "path": path, "operator": False, "Content-Type": JSON}
    return {**head, **given, **more}


SAME = [
    (request("GET", f"{SECRETS}/a"), request("GET", "/api/v1/namespaces/other/secrets/b")),
    (request("GET", "/api/v1/pods?limit=1"), request("GET", "/api/v1/pods?limit=500")),
    (
        request("GET", "/api/v1/pods?labelSelector=a%3Db%2Cc%3Dd"),
        request("GET", "/api/v1/pods?labelSelector=c%3De%2Ca%3Df"),
    ),
    (
        request("POST", SECRETS, {"metadata": {"name": "a"}, "data": {"x": "QQ=="}}),
        request("POST", SECRETS, {"metadata": {"name": "b", "uid": "1"}, "data": {"y": "QQ=="}}),
    ),
]
OTHER = [
    (request("GET", SECRETS), request("GET", f"{SECRETS}/a")),
    (request("GET", SECRETS), request("GET", "/api/v1/secrets")),
    (request("GET", SECRETS), request("DELETE", SECRETS)),
    (request("GET", f"{SECRETS}/a"), request("GET", f"{SECRETS}/a/status")),
    (request("POST", SECRETS, {}), request("POST", f"{SECRETS}?dryRun=All", {})),
    (request("POST", SECRETS, {}), request("POST", SECRETS, {}, **{"Content-Type": "text/x"})),
    (
        request("POST", REVIEWS, {"spec": {"verb": "get"}}),
        request("POST", REVIEWS, {"spec": {"verb": "get"}, "metadata": {"generateName": "a-"}}),
    ),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_of_one_kind(one: dict[str, t.Any], other: dict[str, t.Any]) -> None:
    assert recording.kind(one) == recording.kind(other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_of_two_kinds(one: dict[str, t.Any], other: dict[str, t.Any]) -> None:
    assert recording.kind(one) != recording.kind(other)


def test_what_the_vectors_lack_is_named(tmp_path: pathlib.Path) -> None:
    known = recording.vectors()[0]
    new = request("POST", f"{SECRETS}?fieldManager=somebody", {"kind": "Secret"})
    recorded = tmp_path / "recorded"
    lines = [json.dumps(entry) for entry in (known, new, new)]
    recorded.write_text("\n".join(lines), encoding="utf-8")
    wanted = f"POST /api/v1/namespaces/*/secrets?fieldManager=somebody {JSON} kind"
    assert recording.unknown(recorded) == [wanted]
    assert recording.unknown(recorded, shapes=False) == [wanted.removesuffix(" kind")]


def test_another_body_is_no_other_question(tmp_path: pathlib.Path) -> None:
    known = next(entry for entry in recording.vectors() if entry["path"].startswith(REVIEWS))
    recorded = tmp_path / "recorded"
    recorded.write_text(json.dumps({**known, "body": '{"another": 1}'}), encoding="utf-8")
    assert len(recording.unknown(recorded)) == 1
    assert recording.unknown(recorded, shapes=False) == []


def test_one_is_kept_of_many_with_what_the_operator_asked() -> None:
    first, second = request("GET", SECRETS), request("GET", SECRETS, operator=True)
    assert recording.condensed([first, second]) == [{**first, "operator": True}]


def test_the_vectors_hold_one_of_many() -> None:
    assert recording.condensed(recording.vectors()) == recording.vectors()
