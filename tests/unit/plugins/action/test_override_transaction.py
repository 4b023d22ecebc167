# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action override_transaction refuses what leaves no way back before it locks anything."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.action import override_transaction
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.snapshot import (
    ReleasePoint,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.store import (
    SnapshotStore,
)
from tests.unit.helpers.acting import Run, run_action, write_kubeconfig
from tests.unit.helpers.tiny_cluster import TinyCluster


def transact(
    folder: pathlib.Path,
    *,
    check_mode: bool = False,
    cluster: TinyCluster | None = None,
    **options: t.Any,
) -> Run:
    """Run the action against a cluster, an empty one if none is given."""
    cluster = cluster or TinyCluster()

    def answer(module: str, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        return cluster.run(module, arguments, "test")

    arguments = {"kubeconfig": write_kubeconfig(folder), "state": "begun", **options}
    return run_action(override_transaction.ActionModule, arguments, answer, check_mode=check_mode)


TEST_REFUSED: list[tuple[dict[str, t.Any], list[str]]] = [
    ({"history_max": 11}, ["history_too_short"]),
    ({"keep": 6}, ["history_too_short"]),
    ({"keep": 0}, ["number_out_of_range"]),
    ({"keep": -1, "lock_duration": 0}, ["number_out_of_range", "number_out_of_range"]),
    ({"lock_duration": 10**12}, ["number_out_of_range"]),
]


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(("options", "codes"), TEST_REFUSED)
def test_what_cannot_work_is_refused_in_check_mode_as_well(
    tmp_path: pathlib.Path, options: dict[str, t.Any], codes: list[str], check_mode: bool
) -> None:
    run = transact(tmp_path, check_mode=check_mode, **options)
    assert run.result["failed"]
    assert [finding["code"] for finding in run.result["findings"]] == codes
    assert run.calls == []


TEST_ACCEPTED: list[dict[str, t.Any]] = [
    {},
    {"keep": 1, "history_max": 4},
    {"airgap": False, "history_max": 2},
]


@pytest.mark.parametrize("options", TEST_ACCEPTED)
def test_what_can_work_locks_the_cluster(tmp_path: pathlib.Path, options: dict[str, t.Any]) -> None:
    run = transact(tmp_path, **options)
    assert not run.result.get("failed"), run.result
    assert run.result["transaction"]["snapshot"] == run.result["snapshot"]
    assert [call.module for call in run.of("k8s_json_patch")] == ["kubernetes.core.k8s_json_patch"]


def test_check_mode_locks_nothing(tmp_path: pathlib.Path) -> None:
    run = transact(tmp_path, check_mode=True)
    assert run.result["transaction"] == {}
    assert {call.module for call in run.calls} == {"kubernetes.core.k8s_info"}


def test_who_may_not_read_the_lock_still_sees_the_snapshots(tmp_path: pathlib.Path) -> None:
    def answer(_module: str, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        if arguments["kind"] == "Lease":
            return {"failed": True, "msg": "Forbidden: (403) Reason: Forbidden"}
        return {"resources": []}

    arguments = {"kubeconfig": write_kubeconfig(tmp_path), "state": "listed"}
    run = run_action(override_transaction.ActionModule, arguments, answer)
    assert not run.result.get("failed"), run.result
    (check,) = run.result["checks"]
    assert (check["status"], check["actual"]) == ("warn", "none")
    assert check["findings"][0]["code"] == "forbidden"


def test_an_adoption_is_told(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(
        override_transaction.ActionModule, "say", lambda _self, text: said.append(text)
    )
    cluster = TinyCluster()
    store = SnapshotStore(cluster, "registry-info", "jet-system")
    store.take("left", "then", "me", ReleasePoint("image-swap", "default", 0))
    run = transact(tmp_path, cluster=cluster)
    assert run.result["adopted"]
    assert run.result["snapshot"] == "left"
    assert said == [run.result["msg"]]
