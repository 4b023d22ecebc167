# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action snapshots_forget, its modules answered by a test."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.action.snapshots_forget import ActionModule
from tests.unit.helpers.acting import Run, run_action, write_kubeconfig
from tests.unit.helpers.cluster_secrets import (
    FORBIDDEN,
    NEW,
    OLD,
    ROTATED,
    Secret,
    encoded,
    registry_info,
    revision,
    snapshot,
)

GONE = ["sh.helm.release.v1.image-swap.v1", "registry-info-snapshot-1"]


def run(
    folder: pathlib.Path,
    secrets: list[Secret],
    *,
    check_mode: bool = False,
    conflict_on: str = "",
    seen: tuple[str, ...] = (),
    **arguments: t.Any,
) -> Run:
    """Run the action against a cluster with some Secrets; only `seen` namespaces may be read."""

    def answer(module: str, given: dict[str, t.Any]) -> dict[str, t.Any]:
        if module == "k8s":
            conflict = {"failed": True, "msg": "Conflict (409) Reason: Conflict"}
            return conflict if given["name"] == conflict_on else {"changed": True}
        namespace = given.get("namespace")
        if seen and namespace not in seen:
            return FORBIDDEN
        return {"resources": [x for x in secrets if not seen or x["metadata"]["namespace"] in seen]}

    given = {"kubeconfig": write_kubeconfig(folder), "subject": "prod", **arguments}
    return run_action(ActionModule, given, answer, check_mode=check_mode, diff=True)


def deleted(done: Run) -> list[str]:
    """Return the names of the Secrets that were deleted, each by its preconditions."""
    names = []
    for call in done.of("k8s"):
        assert call.arguments["state"] == "absent"
        name = call.arguments["name"]
        assert call.arguments["delete_options"] == {
            "preconditions": {"uid": f"uid-of-{name}", "resourceVersion": "7"}
        }
        names.append(name)
    return names


def test_confirmed_it_deletes_the_history_and_lists_what_is_left(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, ROTATED, confirm="prod")
    assert deleted(done) == GONE
    result = done.result
    assert result["changed"] is True
    assert [secret["name"] for secret in result["history"]] == GONE
    assert [place["kind"] for place in result["places"]] == ["pull_secret"]
    history, old = result["checks"]
    assert history["actual"] == "1 snapshot and 1 Helm revision deleted"
    assert "a rollback is no longer possible" in history["findings"][0]["message"]
    assert [finding["code"] for finding in old["findings"]] == ["old_credential_in_pull_secret"]
    assert GONE[1] in result["diff"]["before"]
    assert result["diff"]["after"] == ""
    assert not any(form in str(result) for form in (OLD, NEW, encoded(OLD), encoded(NEW)))


@pytest.mark.parametrize("confirm", ["", "staging", "PROD", "true"])
def test_without_its_own_name_it_lists_and_deletes_nothing(
    tmp_path: pathlib.Path, confirm: str
) -> None:
    done = run(tmp_path, ROTATED, confirm=confirm)
    assert deleted(done) == []
    assert done.result["failed"] is True
    assert done.result["findings"][0]["code"] == "forget_not_confirmed"
    for words in (*GONE, "forget_confirm=prod", "nothing was deleted"):
        assert words in done.result["msg"]


@pytest.mark.parametrize("confirm", ["", "prod"])
def test_check_mode_lists(tmp_path: pathlib.Path, confirm: str) -> None:
    done = run(tmp_path, ROTATED, confirm=confirm, check_mode=True)
    assert deleted(done) == []
    assert done.result["changed"] is True
    assert [secret["name"] for secret in done.result["history"]] == GONE
    assert "would be deleted" in done.result["msg"]
    assert "would no longer be possible" in done.result["checks"][0]["findings"][0]["message"]


def test_nothing_to_forget_needs_no_confirmation(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, [registry_info(), revision(2, "deployed", NEW)])
    assert done.result["changed"] is False
    assert done.result["msg"] == "history of the override on prod: there is none"
    assert [check["status"] for check in done.result["checks"]] == ["pass", "pass"]


@pytest.mark.parametrize(
    ("unfinished", "code"),
    [
        (snapshot(2, OLD, "open"), "snapshot_unfinished"),
        (revision(3, "pending-upgrade"), "release_pending"),
    ],
)
def test_unfinished_work_is_refused_though_confirmed(
    tmp_path: pathlib.Path, unfinished: Secret, code: str
) -> None:
    done = run(tmp_path, [*ROTATED, unfinished], confirm="prod")
    assert deleted(done) == []
    assert done.result["findings"][0]["code"] == code


def test_what_was_changed_since_ends_it_and_says_what_is_gone(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, ROTATED, confirm="prod", conflict_on=GONE[1])
    assert deleted(done) == GONE
    assert [finding["code"] for finding in done.result["findings"]] == [
        "conflict",
        "forgotten_in_part",
    ]
    assert GONE[0] in done.result["findings"][1]["message"]
    first = run(tmp_path, ROTATED, confirm="prod", conflict_on=GONE[0])
    assert [finding["code"] for finding in first.result["findings"]] == ["conflict"]


def test_history_that_may_not_be_read_is_not_taken_for_none(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, ROTATED, confirm="prod", seen=("jet-system",))
    assert deleted(done) == []
    assert done.result["findings"][0]["code"] == "history_not_seen"
    assert "Secrets of default" in done.result["msg"]
