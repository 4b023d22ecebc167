# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an upgrade of the release would change, and what is told of it."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.chart import (
    Chart,
    chart_from_files,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.plan import (
    ReleasePlan,
    check_of,
    plan_release,
    unknown_cluster_kind,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.release import (
    Release,
    decode_release,
)
from tests.unit.helpers.helm_releases import CHART, OURS, chart_release


def live(config: t.Mapping[str, t.Any], revision: int = 1, status: str = "deployed") -> Release:
    """Return a live release."""
    return decode_release(chart_release(config, revision, status))


NEW_CHART = chart_from_files(
    {
        "Chart.yaml": b"name: image-swap\nversion: 1.5.3\n",
        "values.yaml": b"config: {ociImageRegistry: {password: ''}}\n",
        "templates/a.yaml": b"b",
    },
    "chart",
)


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


TEST_REASONS: list[tuple[Release | None, Chart, list[str]]] = [
    (None, CHART, ["the release is not installed"]),
    (live({}, status="uninstalled"), CHART, ["the release is not installed"]),
    (live(OURS), CHART, []),
    (live({}), CHART, ["values differ"]),
    (live(OURS), NEW_CHART, ["the chart differs"]),
    (live(OURS, status="failed"), CHART, ["its status is failed"]),
]


@pytest.mark.parametrize(("found", "chart", "reasons"), TEST_REASONS)
def test_helm_runs_only_for_a_reason(
    found: Release | None, chart: Chart, reasons: list[str]
) -> None:
    assert plan_release(found, chart, {}, OURS).reasons == reasons


def test_the_values_of_an_uninstalled_release_are_forgotten() -> None:
    plan = plan_release(live({"old": 1}, status="uninstalled"), CHART, {}, OURS)
    assert plan.values == OURS


def test_the_diff_shows_paths_and_no_secret() -> None:
    before, after = plan_release(live({"a": 1}), NEW_CHART, {}, OURS).shown()
    assert before == {"chart": "image-swap-1.5.3", "values": {"a": 1}}
    assert after["chart_changes"] == ["templates/a.yaml"]
    assert "12e4" not in str(after)
    failed = plan_release(live(OURS, status="failed"), CHART, {}, OURS).shown()
    assert failed[0] is not None
    assert (failed[0]["status"], failed[1]["status"]) == ("failed", "deployed")
    assert plan_release(None, CHART, {}, OURS).shown()[0] is None


def test_what_was_left_behind_pending_counts_as_a_change() -> None:
    pending = live({"half": 1}, status="pending-upgrade", revision=2)
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
    finding = unknown_cluster_kind("x", Finding("forbidden", Severity.ERROR, "x", "you may not"))
    assert finding.code == "eks_unknown"
    assert "you may not" in finding.message
