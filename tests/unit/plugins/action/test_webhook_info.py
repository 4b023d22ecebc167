# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action webhook_info, its modules answered by a small cluster."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.action import (
    webhook_info,
)
from tests.unit.helpers.acting import Run, run_action, write_kubeconfig
from tests.unit.helpers.webhook_cluster import (
    EXPIRED,
    IMAGE,
    NEW,
    OLD,
    SETTINGS,
    Cluster,
    JsonObject,
)


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
