# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action webhook_break_glass, its modules answered by a small cluster."""

from __future__ import annotations

import copy
import pathlib

import pytest

from ansible_collections.palette.image_registry.plugins.action import (
    webhook_break_glass,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.objects import (
    find_webhooks,
)
from tests.unit.helpers.acting import run_action, write_kubeconfig
from tests.unit.helpers.webhook_cluster import (
    EXPIRED,
    Cluster,
    JsonObject,
)


@pytest.mark.parametrize("check_mode", [False, True])
def test_break_glass(tmp_path: pathlib.Path, slept: list[float], check_mode: bool) -> None:
    cluster = Cluster(refusals=[EXPIRED] * 9)
    before = copy.deepcopy(cluster.webhook)
    given = {"kubeconfig": write_kubeconfig(tmp_path)}
    action = webhook_break_glass.ActionModule
    run = run_action(action, given, cluster, check_mode=check_mode, diff=True)
    assert run.result["changed"] is True
    (patch,) = run.of("k8s_json_patch")
    assert patch.check_mode is check_mode
    assert "webhook-bypassed" in str(run.result["diff"])
    assert slept == []
    if check_mode:
        assert run.result["undo"] == []
        assert "would be asked about no pod" in run.result["msg"]
        return
    assert run.of("k8s")[0].check_mode
    assert [check["status"] for check in run.result["checks"]] == ["warn", "pass"]
    (undo,) = run.result["undo"]
    assert f"--kubeconfig={given['kubeconfig']} --context=mgmt" in undo
    again = run_action(action, given, cluster)
    assert (again.result["changed"], again.result["undo"]) == (False, [undo])
    restored = run_action(action, {**given, "state": "active"}, cluster)
    assert restored.result["changed"] is True
    assert cluster.webhook["webhooks"][0].pop("namespaceSelector") == {}
    assert cluster.webhook == before


TEST_TROUBLE = ["(409) Reason: Conflict", "(500) Reason: Internal Server Error"]


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("trouble", TEST_TROUBLE)
def test_break_glass_tries_again(
    tmp_path: pathlib.Path, slept: list[float], trouble: str, lost: bool
) -> None:
    """`lost`: only the answer is; what was asked for is done."""

    class Troubled(Cluster):
        def __call__(self, module: str, arguments: JsonObject) -> JsonObject:
            if module == "k8s_json_patch" and not troubled:
                troubled.append(trouble)
                if lost:
                    super().__call__(module, arguments)
                return {"failed": True, "msg": trouble}
            return super().__call__(module, arguments)

    troubled: list[str] = []
    cluster = Troubled()
    given = {"kubeconfig": write_kubeconfig(tmp_path)}
    run = run_action(webhook_break_glass.ActionModule, given, cluster)
    assert not run.result.get("failed"), run.result
    assert run.result["changed"]
    assert find_webhooks([cluster.webhook])[0].bypassed
    assert len(run.of("k8s_json_patch")) == (1 if lost else 2)


def test_break_glass_says_what_still_blocks_pods(
    tmp_path: pathlib.Path, slept: list[float]
) -> None:
    class Deaf(Cluster):
        """A cluster whose API server goes on to ask the webhook."""

        def _admit(self, pod: JsonObject) -> JsonObject:
            return {"failed": True, "msg": EXPIRED}

    given = {"kubeconfig": write_kubeconfig(tmp_path)}
    run = run_action(webhook_break_glass.ActionModule, given, Deaf())
    assert [check["status"] for check in run.result["checks"]] == ["warn", "fail"]
    assert "certificate has expired" in run.result["msg"]
    assert len(slept) == 4


def test_without_a_webhook_there_is_no_glass(tmp_path: pathlib.Path, slept: list[float]) -> None:
    cluster = Cluster(webhook={"metadata": {"name": "other"}, "webhooks": [{"name": "a.b.c"}]})
    given = {"kubeconfig": write_kubeconfig(tmp_path)}
    run = run_action(webhook_break_glass.ActionModule, given, cluster)
    assert run.result["changed"] is False
    assert [check["status"] for check in run.result["checks"]] == ["skip"]
    assert slept == []
