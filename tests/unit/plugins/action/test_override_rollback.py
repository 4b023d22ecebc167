# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action override_rollback: under a lock, and with nothing written in check mode."""

from __future__ import annotations

import base64
import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.action import override_rollback
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.snapshot import (
    SnapshotState,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.store import (
    SnapshotStore,
)
from tests.unit.helpers.acting import Run, run_action, write_kubeconfig
from tests.unit.helpers.restoring import secret
from tests.unit.helpers.tiny_cluster import TinyCluster


def run(
    folder: pathlib.Path, cluster: TinyCluster, *, check_mode: bool = False, **options: t.Any
) -> Run:
    def answer(module: str, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        return cluster.run(module, arguments, "test")

    given = {"kubeconfig": write_kubeconfig(folder), **options}
    action = override_rollback.ActionModule
    return run_action(action, given, answer, check_mode=check_mode, diff=True)


@pytest.fixture(name="cluster")
def fixture_cluster() -> TinyCluster:
    """Return a cluster whose Secret was changed since a snapshot."""
    cluster = TinyCluster(secret())
    store = SnapshotStore(cluster, "registry-info", "jet-system")
    store.mark(store.take("1", "then", "me", None), SnapshotState.COMPLETED)
    cluster.put(secret(data={"DOMAIN": b"new", "PASSWORD": b"new-planted"}))
    cluster.calls.clear()
    return cluster


def domain(cluster: TinyCluster) -> bytes:
    (live,) = (item for item in cluster.of("Secret") if item["type"] == "Opaque")
    return base64.b64decode(live["data"]["DOMAIN"])


def test_a_secret_is_put_back_under_the_lock(tmp_path: pathlib.Path, cluster: TinyCluster) -> None:
    done = run(tmp_path, cluster)
    assert not done.result.get("failed"), done.result
    assert (done.result["changed"], domain(cluster)) == (True, b"old")
    assert done.result["snapshot"]["id"] == "1"
    assert all(check["status"] == "pass" for check in done.result["checks"]), done.result
    assert "planted" not in str(done.result)
    # The lock was taken before anything was written, and given up afterwards.
    assert cluster.writes[0].endswith("Lease")
    (lease,) = cluster.of("Lease")
    assert not lease["spec"].get("holderIdentity")


def test_check_mode_tells_and_takes_no_lock(tmp_path: pathlib.Path, cluster: TinyCluster) -> None:
    done = run(tmp_path, cluster, check_mode=True)
    assert done.result["changed"] is True
    assert "DOMAIN" in str(done.result["diff"])
    assert cluster.of("Lease") == []
    assert {call.check_mode for call in done.calls if call.module.endswith((".k8s", "patch"))} <= {
        True
    }


def test_a_cluster_without_a_snapshot_says_so(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, TinyCluster(secret()))
    assert done.result["failed"]
    assert done.result["findings"][0]["code"] == "snapshot_missing"


# options that are out of range, and the name that is told
TEST_NUMBERS: list[tuple[dict[str, t.Any], str]] = [
    ({"timeout": 0}, "timeout"),
    ({"history_max": 1}, "history_max"),
    ({"lock_duration": 10**9}, "lock_duration"),
]


@pytest.mark.parametrize(("options", "name"), TEST_NUMBERS)
def test_numbers_out_of_range_write_nothing(
    tmp_path: pathlib.Path, cluster: TinyCluster, options: dict[str, t.Any], name: str
) -> None:
    done = run(tmp_path, cluster, **options)
    (finding,) = done.result["findings"]
    assert (finding["code"], finding["subject"]) == ("number_out_of_range", name)
    assert (done.calls, domain(cluster)) == ([], b"new")
