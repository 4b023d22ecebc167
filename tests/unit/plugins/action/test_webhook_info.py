# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The actions webhook_info and webhook_break_glass, their modules answered by a small cluster."""

from __future__ import annotations

import copy
import dataclasses
import json
import pathlib
import time
import typing as t

import jsonpatch
import pytest

from ansible_collections.palette.image_registry.plugins.action import (
    webhook_break_glass,
    webhook_info,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.swap import SwapMap
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.objects import (
    find_webhooks,
)
from tests.unit.helpers.acting import Run, run_action, write_kubeconfig

JsonObject = dict[str, t.Any]
NAME = "imageswap.webhook.k8s.twr.io"
OLD, NEW = "default::\ndocker.io::h.io/old\n", "default::\ndocker.io::h.io/new\n"
SETTINGS = {
    "endpoint": "h.io",
    "name": "Internal Registry",
    "base_content_path": "new",
    "username": "robot",
    "password": "planted-Passw0rd-3",
    "mirrors": "docker.io::h.io/new",
}
PODS = {"operations": ["*"], "apiGroups": [""], "resources": ["pods"]}
IMAGE = "docker.io/library/nginx:latest"


@dataclasses.dataclass
class Cluster:
    """A cluster whose webhook runs on `maps`, one an attempt; `refusals` come first."""

    maps: list[str] = dataclasses.field(default_factory=lambda: [NEW])
    refusals: list[str] = dataclasses.field(default_factory=list)
    forbidden: frozenset[str] = frozenset()
    outage: int = 0
    places: list[str] = dataclasses.field(default_factory=list)
    webhook: JsonObject = dataclasses.field(
        default_factory=lambda: {
            "metadata": {"name": "imageswap-webhook", "resourceVersion": "7"},
            "webhooks": [{"name": NAME, "rules": [PODS], "clientConfig": {}}],
        }
    )

    def __call__(self, module: str, arguments: JsonObject) -> JsonObject:
        """Answer a module of kubernetes.core."""
        if module == "k8s_info":
            return self._read(arguments["kind"])
        if module == "k8s_json_patch":
            patch = jsonpatch.JsonPatch(arguments["patch"])
            self.webhook = patch.apply(copy.deepcopy(self.webhook))
            return {"changed": True, "result": self.webhook}
        return self._admit(copy.deepcopy(arguments["definition"]))

    def _read(self, kind: str) -> JsonObject:
        if self.outage:
            self.outage -= 1
            return {"failed": True, "msg": "Connection refused"}
        if kind in self.forbidden:
            return {"failed": True, "msg": "Forbidden: (403) Reason: Forbidden"}
        names = ("jet-system", "hubble-system", "a", "b")
        objects: dict[str, list[JsonObject]] = {
            "MutatingWebhookConfiguration": [self.webhook],
            "Namespace": [{"metadata": {"name": name}} for name in names],
            "ConfigMap": [{"metadata": {"name": "imageswap-maps"}, "data": {"maps": NEW}}],
        }
        return {"resources": objects.get(kind, [])}

    def _admit(self, pod: JsonObject) -> JsonObject:
        self.places.append(pod["metadata"]["namespace"])
        if self.refusals and not find_webhooks([self.webhook])[0].bypassed:
            message = self.refusals.pop(0)
            body = json.dumps({"kind": "Status", "message": message, "code": 500})
            return {"failed": True, "msg": f"Failed to create object: {body.encode()!r}"}
        swaps = SwapMap.from_map_file(self.maps.pop(0) if len(self.maps) > 1 else self.maps[0])
        for container in pod["spec"]["containers"]:
            container["image"] = swaps.swap(container["image"]).swapped
        pod["metadata"]["creationTimestamp"] = "2026-11-26T04:00:00Z"
        return {"changed": True, "result": pod}


@pytest.fixture(name="slept")
def fixture_slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let time pass only by sleeping, and return how long that was."""
    slept: list[float] = []
    monkeypatch.setattr(time, "monotonic", lambda: float(sum(slept)))
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


class Look:
    """Runs webhook_info, and counts its heartbeats."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.beats = 0
        self._kubeconfig = write_kubeconfig(folder)

    def __call__(self, cluster: Cluster, **options: t.Any) -> Run:
        look = self

        class Beating(webhook_info.ActionModule):
            """The action, its heartbeats counted."""

            def heartbeat(self) -> None:
                look.beats += 1

        given = {"kubeconfig": self._kubeconfig, "settings": SETTINGS, **options}
        return run_action(Beating, given, cluster)


@pytest.fixture(name="look")
def fixture_look(tmp_path: pathlib.Path, slept: list[float]) -> Look:
    """Return a look at a cluster, in which time passes by sleeping."""
    assert slept == []
    return Look(tmp_path)


def codes(run: Run) -> list[str]:
    found = [finding for check in run.result["checks"] for finding in check["findings"]]
    return [item["code"] for item in found if item["code"] != "webhook_ca_bundle_empty"]


def test_the_pod_is_only_shown(look: Look) -> None:
    run = look(Cluster())
    assert run.result["live"]
    assert run.result["changed"] is False
    (shown,) = run.of("k8s")
    assert shown.check_mode
    assert all(not call.check_mode for call in run.of("k8s_info"))
    assert run.result["images"] == [
        {
            "source": "docker.io",
            "image": IMAGE,
            "actual": "h.io/new/library/nginx:latest",
            "predicted": "h.io/new/library/nginx:latest",
            "wanted": "h.io/new/library/nginx:latest",
        }
    ]
    assert "planted-Passw0rd-3" not in str(run.result)


def test_it_waits_for_the_map_and_beats_before_each_look(look: Look, slept: list[float]) -> None:
    run = look(Cluster(maps=[OLD, OLD, OLD, NEW]), timeout=150)
    assert run.result["live"]
    assert look.beats == 4
    assert slept == [5.0, 5.0, 5.0]


def test_the_wait_ends(look: Look, slept: list[float]) -> None:
    run = look(Cluster(maps=[OLD]), timeout=12)
    assert codes(run) == ["webhook_not_synced"]
    assert slept == [5.0, 5.0, 2.0]
    assert look.beats == 4


EXPIRED = f'failed calling webhook "{NAME}": failed to call webhook: Post "https://x": x509: certificate has expired or is not yet valid'  # noqa: E501  # as it comes
QUOTA = 'pods "image-registry-canary-x" is forbidden: exceeded quota: pods'


def test_an_api_server_that_is_away_for_a_while_is_waited_for(
    look: Look, slept: list[float]
) -> None:
    run = look(Cluster(outage=5), timeout=150)
    assert run.result["live"]
    assert sum(slept) > 0


def test_what_does_not_pass_is_not_waited_for(look: Look, slept: list[float]) -> None:
    cluster = Cluster(refusals=[EXPIRED])
    assert codes(look(cluster, timeout=150)) == ["webhook_certificate_expired"]
    assert slept == []
    assert cluster.places == ["jet-system"]


def test_a_refusal_of_others_leads_to_the_next_namespace(look: Look) -> None:
    cluster = Cluster(refusals=[QUOTA])
    assert look(cluster).result["live"]
    assert cluster.places == ["jet-system", "hubble-system"]
    cluster = Cluster(refusals=[QUOTA] * 9)
    run = look(cluster)
    assert codes(run) == ["canary_quota"]
    assert run.result["live"]
    assert cluster.places == ["jet-system", "hubble-system", "a"]
    cluster = Cluster(refusals=[QUOTA] * 9)
    assert codes(look(cluster, canary_namespace="b")) == ["canary_quota"]
    assert cluster.places == ["b"]


def test_what_may_not_be_read_is_passed_over_or_told(look: Look) -> None:
    assert look(Cluster(forbidden=frozenset({"Secret", "Pod"}))).result["live"]
    run = look(Cluster(forbidden=frozenset({"MutatingWebhookConfiguration"})))
    assert run.result["failed"]
    assert run.result["findings"][0]["code"] == "forbidden"


def test_an_api_server_that_is_gone_is_no_matter_of_the_webhook(look: Look) -> None:
    class Gone(Cluster):
        """A cluster that dies before the pod."""

        def _admit(self, pod: JsonObject) -> JsonObject:
            return {"failed": True, "msg": "Max retries exceeded: Connection refused"}

    run = look(Gone())
    assert run.result["failed"]
    assert run.result["findings"][0]["code"] == "unreachable"


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
