# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action credential_places_info, its modules answered by a test."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.action.credential_places_info import (
    ActionModule,
)
from tests.unit.helpers.acting import Run, run_action, write_kubeconfig
from tests.unit.helpers.cluster_secrets import (
    FORBIDDEN,
    HOST,
    NEW,
    OLD,
    ROTATED,
    Secret,
    encoded,
    registry_info,
)

SETTINGS = {
    "endpoint": HOST,
    "base_content_path": "airgap-images",
    "username": "robot",
    "password": NEW,
    "mirrors": f"docker.io::{HOST}/airgap-images/docker.io",
}


def run(
    folder: pathlib.Path, answer: t.Callable[[dict[str, t.Any]], dict[str, t.Any]], **more: t.Any
) -> Run:
    """Run the action; `answer` is what k8s_info returns."""
    given = {"kubeconfig": write_kubeconfig(folder), "settings": SETTINGS, **more}
    return run_action(ActionModule, given, lambda module, arguments: answer(arguments))


def test_one_question_finds_every_place_and_tells_no_value(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, lambda _: {"resources": ROTATED})
    (call,) = done.calls
    assert "namespace" not in call.arguments
    assert call.arguments["kind"] == "Secret"
    result = done.result
    assert (result["changed"], result["complete"]) == (False, True)
    assert [place["kind"] for place in result["places"]] == [
        "snapshot",
        "helm_revision",
        "pull_secret",
    ]
    old, pulls = result["checks"]
    assert (old["name"], old["status"], old["actual"]) == ("old credential", "warn", "in 3 Secrets")
    assert (pulls["name"], pulls["status"]) == ("pull secrets", "pass")
    for password in (OLD, NEW):
        for form in (password, encoded(password), encoded(f"robot:{password}")):
            assert form not in str(result)


def test_where_listing_all_is_forbidden_it_looks_where_it_may(tmp_path: pathlib.Path) -> None:
    def answer(arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        namespace = arguments.get("namespace")
        if namespace not in ("jet-system", "hubble-system"):
            return FORBIDDEN
        return {"resources": [x for x in ROTATED if x["metadata"]["namespace"] == namespace]}

    result = run(tmp_path, answer, release_namespace="elsewhere").result
    assert result["complete"] is False
    assert [place["kind"] for place in result["places"]] == ["snapshot", "pull_secret"]
    (check, _other) = result["checks"]
    assert check["actual"] == "in 2 Secrets (seen: jet-system, hubble-system)"
    assert check["findings"][-1]["code"] == "secrets_not_seen"


@pytest.mark.parametrize("first", [FORBIDDEN, None])
def test_a_cluster_that_does_not_answer_is_a_skip(
    tmp_path: pathlib.Path, first: dict[str, t.Any] | None
) -> None:
    def answer(arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        if first and "namespace" not in arguments:
            return first
        return {"failed": True, "msg": "Connection refused"}

    result = run(tmp_path, answer).result
    assert "failed" not in result
    assert result["complete"] is False
    assert [check["status"] for check in result["checks"]] == ["skip"]
    assert result["checks"][0]["findings"][0]["code"] == "unreachable"


def test_unusable_settings_are_an_error(tmp_path: pathlib.Path) -> None:
    result = run(
        tmp_path, lambda _: {"resources": []}, settings={**SETTINGS, "endpoint": ""}
    ).result
    assert result["failed"] is True
    assert "endpoint" in result["msg"]


def test_nothing_known_and_nothing_there(tmp_path: pathlib.Path) -> None:
    secrets: list[Secret] = [registry_info()]
    result = run(tmp_path, lambda _: {"resources": secrets}).result
    assert [check["actual"] for check in result["checks"]] == ["no former credential is known"]
