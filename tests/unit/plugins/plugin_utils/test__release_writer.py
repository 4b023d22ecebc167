# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The release brought to a chart and values, with a Helm of a few lines."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import json
import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._chart import (
    Chart,
    chart_from_files,
)
from ansible_collections.palette.image_registry.plugins.module_utils._release import (
    RELEASE_TYPE,
    Release,
    decode_release,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._kubernetes_core import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._release_writer import (
    HelmOptions,
    ReleasePlan,
    ReleaseWriter,
    check_of,
    plan_release,
    unknown_cluster_kind,
)

CHART = chart_from_files(
    {
        "Chart.yaml": b"name: image-swap\nversion: 1.5.3\n",
        "values.yaml": b"config: {ociImageRegistry: {password: ''}}\n",
        "templates/a.yaml": b"a",
    },
    "chart",
)
OURS = {"config": {"ociImageRegistry": {"password": "12e4"}}}


def release(config: t.Mapping[str, t.Any], revision: int = 1, **more: t.Any) -> dict[str, t.Any]:
    """Return the Secret of a revision of CHART."""
    content = {
        "name": "image-swap",
        "namespace": "default",
        "version": revision,
        "info": {"status": "deployed"},
        "config": config,
        "chart": {
            "metadata": {"name": "image-swap", "version": "1.5.3"},
            "values": dict(CHART.values),
            "templates": [{"name": "templates/a.yaml", "data": base64.b64encode(b"a").decode()}],
        },
        **more,
    }
    packed = base64.b64encode(gzip.compress(json.dumps(content).encode()))
    return {
        "type": RELEASE_TYPE,
        "metadata": {"name": f"v{revision}", "labels": {"version": str(revision)}},
        "data": {"release": base64.b64encode(packed).decode()},
    }


def live(config: t.Mapping[str, t.Any], **more: t.Any) -> Release:
    """Return a live release."""
    return decode_release(release(config, **more))


class Helm:
    """Runs kubernetes.core.helm against a list of revisions."""

    def __init__(self, *revisions: dict[str, t.Any]) -> None:
        self.revisions = list(revisions)
        self.calls: list[t.Mapping[str, t.Any]] = []
        self.reads_wrong = False
        self.does_nothing = False

    def run_module(
        self, module: str, arguments: t.Mapping[str, t.Any], attempt: str, *, reads: bool = False
    ) -> dict[str, t.Any]:
        if module == "k8s_info":
            assert arguments["label_selectors"] == ["owner=helm", "name=image-swap"]
            return {"resources": self.revisions}
        assert not reads
        self.calls.append(arguments)
        if not self.does_nothing:
            first, *others = map(pathlib.Path, arguments["values_files"])
            values = json.loads(first.read_text(encoding="utf-8"))
            # Helm merges an empty mapping into a full one without a trace.
            for other in others:
                nothing = json.loads(other.read_text(encoding="utf-8"))
                assert all(value == {} and values[key] for key, value in nothing.items())
            if self.reads_wrong:
                values = {"config": {"ociImageRegistry": {"password": 120000}}}
            self.revisions.append(release(values, len(self.revisions) + 1))
        return {"changed": True}

    def writer(self, **options: t.Any) -> ReleaseWriter:
        """Return a writer on this Helm."""
        return ReleaseWriter(self.run_module, "image-swap", "default", HelmOptions(**options))


def test_nobodys_keys_are_wiped_and_ours_win() -> None:
    plan = plan_release(
        live({"theirs": 1, "config": {"keep": True, "ociImageRegistry": {"password": "old"}}}),
        CHART,
        {"user": 2, "config": {"ociImageRegistry": {"password": "user", "extra": "user"}}},
        OURS,
    )
    assert plan.values == {
        "theirs": 1,
        "user": 2,
        "config": {"keep": True, "ociImageRegistry": {"password": "12e4", "extra": "user"}},
    }
    assert plan.changed_values == [
        "config.ociImageRegistry.extra",
        "config.ociImageRegistry.password",
        "user",
    ]


NEW_CHART = chart_from_files(
    {
        "Chart.yaml": b"name: image-swap\nversion: 1.5.3\n",
        "values.yaml": b"config: {ociImageRegistry: {password: ''}}\n",
        "templates/a.yaml": b"b",
    },
    "chart",
)

TEST_REASONS: list[tuple[Release | None, Chart, list[str]]] = [
    (None, CHART, ["the release is not installed"]),
    (live({}, info={"status": "uninstalled"}), CHART, ["the release is not installed"]),
    (live(OURS), CHART, []),
    (live({}), CHART, ["values differ"]),
    (live(OURS), NEW_CHART, ["the chart differs"]),
    (live(OURS, info={"status": "failed"}), CHART, ["its status is failed"]),
]


@pytest.mark.parametrize(("found", "chart", "reasons"), TEST_REASONS)
def test_helm_runs_only_for_a_reason(
    found: Release | None, chart: Chart, reasons: list[str]
) -> None:
    assert plan_release(found, chart, {}, OURS).reasons == reasons


def test_the_values_of_an_uninstalled_release_are_forgotten() -> None:
    plan = plan_release(live({"old": 1}, info={"status": "uninstalled"}), CHART, {}, OURS)
    assert plan.values == OURS


def test_the_diff_shows_paths_and_no_secret() -> None:
    before, after = plan_release(live({"a": 1}), NEW_CHART, {}, OURS).shown()
    assert before == {"chart": "image-swap-1.5.3", "values": {"a": 1}}
    assert after["chart_changes"] == ["templates/a.yaml"]
    assert "12e4" not in str(after)
    failed = plan_release(live(OURS, info={"status": "failed"}), CHART, {}, OURS).shown()
    assert failed[0] is not None
    assert (failed[0]["status"], failed[1]["status"]) == ("failed", "deployed")
    assert plan_release(None, CHART, {}, OURS).shown()[0] is None


def test_an_upgrade_reads_back_what_it_did(tmp_path: pathlib.Path) -> None:
    helm = Helm(release({}))
    writer = helm.writer(binary="/opt/helm", timeout_seconds=5, history_max=3)
    plan = plan_release(writer.read().last(), CHART, {}, OURS)
    done = writer.upgrade(plan, pathlib.Path("chart.tgz"), tmp_path)
    assert (done.revision, done.config) == (2, OURS)
    (call,) = helm.calls
    assert {key: call[key] for key in ("wait", "timeout", "history_max", "binary_path")} == {
        "wait": False,
        "timeout": "5s",
        "history_max": 3,
        "binary_path": "/opt/helm",
    }
    assert "12e4" not in str(call)
    check = check_of(plan, done, writer.subject, False)
    assert check.actual == "deployed now: image-swap-1.5.3, revision 2"


def test_helm_on_path_is_not_named(tmp_path: pathlib.Path) -> None:
    helm = Helm()
    helm.writer().upgrade(plan_release(None, CHART, {}, OURS), pathlib.Path("c.tgz"), tmp_path)
    assert "binary_path" not in helm.calls[0]


def test_values_that_helm_read_otherwise_are_found_out(tmp_path: pathlib.Path) -> None:
    helm = Helm()
    helm.reads_wrong = True
    with pytest.raises(Failure, match=r"something else for config\.ociImageRegistry\.password"):
        helm.writer().upgrade(plan_release(None, CHART, {}, OURS), pathlib.Path("c.tgz"), tmp_path)


def test_a_helm_that_did_nothing_is_found_out(tmp_path: pathlib.Path) -> None:
    helm = Helm(release({}))
    helm.does_nothing = True
    plan = plan_release(helm.writer().read().last(), CHART, {}, OURS)
    with pytest.raises(Failure, match="the release is deployed, revision 1"):
        helm.writer().upgrade(plan, pathlib.Path("c.tgz"), tmp_path)


def test_what_was_left_behind_pending_counts_as_a_change() -> None:
    pending = live({"half": 1}, info={"status": "pending-upgrade"}, revision=2)
    plan = dataclasses.replace(plan_release(live(OURS), CHART, {}, OURS), left_behind=pending)
    assert (plan.changed, plan.reasons) == (True, [])
    before, after = plan.shown()
    assert before is not None
    assert (before["status"], after["status"]) == ("pending-upgrade", "deployed")
    assert plan_release(live(OURS), CHART, {}, OURS).changed is False


def test_reset_values_forgets_what_others_set_and_says_so() -> None:
    plan = plan_release(live({"theirs": 1}), CHART, {"user": 2}, OURS, reset_values=True)
    assert plan.values == {"user": 2, **OURS}
    assert "theirs" in plan.changed_values
    settled = plan_release(live(plan.values), CHART, {"user": 2}, OURS, reset_values=True)
    assert settled.reasons == []


def test_a_release_that_cannot_be_read_back_is_named(tmp_path: pathlib.Path) -> None:
    helm = Helm({**release(OURS, revision=9), "data": {"release": "e30="}})
    with pytest.raises(Failure, match="holds no Helm release"):
        helm.writer().upgrade(plan_release(None, CHART, {}, OURS), pathlib.Path("c.tgz"), tmp_path)


@pytest.mark.parametrize(
    ("found", "check_mode", "actual"),
    [
        (None, True, "would be installed: image-swap-1.5.3 (the release is not installed)"),
        (live({}), True, "would be upgraded to image-swap-1.5.3 (values differ)"),
        (live(OURS), True, "deployed already: image-swap-1.5.3, revision 1"),
        (live(OURS), False, "deployed already: image-swap-1.5.3, revision 1"),
    ],
)
def test_checks(found: Release | None, check_mode: bool, actual: str) -> None:
    plan: ReleasePlan = plan_release(found, CHART, {}, OURS)
    assert check_of(plan, found, "x", check_mode).actual == actual


def test_an_unknown_kind_of_cluster_is_a_warning() -> None:
    finding = unknown_cluster_kind("x", Failure.of("forbidden", "x", "you may not", "ask"))
    assert finding.code == "eks_unknown"
    assert "you may not" in finding.message
