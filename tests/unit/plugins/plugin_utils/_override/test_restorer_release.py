# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A snapshot put back: the release with what it leaves, and the webhook that has to answer."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.snapshot import (
    ReleasePoint,
    SnapshotState,
)
from tests.unit.helpers.restoring import WAS, Case, Data, secret


def test_the_release_goes_back_and_a_second_time_nothing_happens() -> None:
    case = Case(WAS, ReleasePoint("image-swap", "default", 1, "c"))
    snapshot = case.snapshot
    assert snapshot is not None
    case.store.mark(snapshot, SnapshotState.COMPLETED)
    case.releases.upgrade({"a": 2})
    first = case.restore()
    assert first.checks[1].actual == "rolled back to revision 1, as revision 3"
    assert case.steps == 3
    second = case.restore()
    assert second.checks[1].actual == "as revision 1 has it"
    assert not second.changed
    assert len(case.releases.history) == 3
    kept = case.snapshot
    assert kept is not None
    assert kept.state is SnapshotState.COMPLETED


TEST_NOT_DEPLOYED = ["failed", "pending-upgrade"]


@pytest.mark.parametrize("status", TEST_NOT_DEPLOYED)
def test_a_release_that_stopped_half_way_goes_back(status: str) -> None:
    case = Case(WAS, ReleasePoint("image-swap", "default", 1, "c"))
    case.releases.upgrade({"a": 1}, status)
    assert case.restore().checks[1].actual == "rolled back to revision 1, as revision 3"


def test_a_revision_that_is_gone_is_refused_before_anything_is_written() -> None:
    case = Case(WAS, ReleasePoint("image-swap", "default", 7, "c"))
    case.cluster.put(secret(data={"DOMAIN": b"new"}))
    with pytest.raises(Failure, match="Helm does not have any more; nothing was changed") as error:
        case.restore()
    assert error.value.code == "revision_gone"
    assert case.cluster.writes == []


def webhook(name: str) -> Data:
    return {"kind": "MutatingWebhookConfiguration", "metadata": {"name": name}}


def test_an_absent_release_is_uninstalled_with_what_it_leaves() -> None:
    point = ReleasePoint("image-swap", "default", 0, "", ("Namespace/imageswap-system",))
    case = Case(WAS, point)
    case.cluster.put(webhook("imageswap-webhook"))
    case.cluster.put(webhook("others"))
    case.cluster.put({"kind": "Namespace", "metadata": {"name": "imageswap-system"}})
    restored = case.restore()
    assert restored.checks[1].actual == "uninstalled"
    assert case.releases.history == []
    names = [item["metadata"]["name"] for item in case.cluster.of("MutatingWebhookConfiguration")]
    assert names == ["others"]
    assert case.cluster.of("Namespace"), "it was there before the release"


@pytest.mark.parametrize("check_mode", [False, True])
def test_what_somebody_left_who_uninstalled_it_by_hand_is_told(check_mode: bool) -> None:
    case = Case(WAS, ReleasePoint("image-swap", "default", 0))
    case.releases.history = []
    case.cluster.put(webhook("imageswap-webhook"))
    restored = case.restore(check_mode=check_mode)
    would = "would be " if check_mode else ""
    said = f"absent, as it was; {would}removed: MutatingWebhookConfiguration imageswap-webhook"
    assert (restored.checks[1].actual, restored.changed) == (said, True)


def test_where_nothing_is_left_nothing_changes() -> None:
    case = Case(WAS, ReleasePoint("image-swap", "default", 0))
    case.releases.history = []
    restored = case.restore()
    assert (restored.checks[1].actual, restored.changed) == ("absent, as it was", False)


def test_a_leftover_that_may_not_be_removed_is_a_warning() -> None:
    case = Case(None, ReleasePoint("image-swap", "default", 0))
    case.cluster.failures = ["(403) Reason: Forbidden"]
    restored = case.restore()
    assert restored.checks[1].status is Status.WARN
    assert restored.checks[1].findings[0].code == "forbidden"


@pytest.mark.parametrize(("gone_after", "codes"), [(3, []), (0, ["namespace_terminating"])])
def test_a_namespace_that_is_being_deleted_is_waited_for(gone_after: int, codes: list[str]) -> None:
    case = Case(WAS, ReleasePoint("image-swap", "default", 0))
    case.gone_after = gone_after
    metadata = {"name": "imageswap-system", "deletionTimestamp": "2026-11-26T04:15:00Z"}
    run = case.cluster.run

    def deletes_later(module: str, arguments: t.Any, *more: t.Any, **options: t.Any) -> Data:
        done = run(module, arguments, *more, **options)
        if (arguments.get("kind"), arguments.get("state")) == ("Namespace", "absent"):
            case.cluster.put({"kind": "Namespace", "metadata": metadata})
        return done

    case.cluster.run = deletes_later  # type: ignore[method-assign]  # a stand-in
    restored = case.restore()
    assert [finding.code for finding in restored.checks[1].findings] == codes
    assert case.pauses == (gone_after or 30)


TRUSTS: dict[str, t.Any] = {"imageswap-webhook": {"w": "then"}}
WITH_TRUSTS = ReleasePoint("image-swap", "default", 1, "c", trusts=TRUSTS)


def test_nothing_is_put_back_before_the_webhook_answers() -> None:
    case = Case(WAS, WITH_TRUSTS)
    case.releases.upgrade({"a": 2})
    case.webhook.answers = Status.FAIL
    assert [check.status for check in case.restore().checks] == [
        Status.PASS,
        Status.PASS,
        Status.FAIL,
    ]
    assert case.snapshot is not None, "a rollback can be run again"
    # What the webhook trusts is judged by what was there before the override, and just before.
    known = (case.webhook.now, TRUSTS)
    assert case.webhook.calls == [("settle", known), ("proof", TRUSTS)]
    case.webhook.answers = Status.PASS
    case.restore()
    assert case.snapshot is None


def test_a_registration_that_was_left_behind_is_not_expected_back() -> None:
    case = Case(WAS, dataclasses.replace(WITH_TRUSTS, revision=0))
    case.restore()
    assert case.webhook.calls[-1] == ("proof", {})


def test_a_ca_bundle_that_was_given_back_is_told() -> None:
    case = Case(WAS, WITH_TRUSTS)
    case.webhook.settled = (Finding("given_back", Severity.INFO, "w", "it got it"),)
    restored = case.restore()
    assert restored.changed
    assert [finding.code for finding in restored.checks[1].findings] == ["given_back"]


def test_a_rollback_that_fails_half_way_still_looks_after_pods() -> None:
    case = Case(WAS, WITH_TRUSTS)
    case.releases.upgrade({"a": 2})
    case.releases.failures = ["forbidden"]
    with pytest.raises(Failure, match="it failed"):
        case.restore()
    assert [name for name, _known in case.webhook.calls] == ["settle"]


@pytest.mark.parametrize(("point", "check_mode"), [(None, False), (WITH_TRUSTS, True)])
def test_the_webhook_is_left_alone(point: ReleasePoint | None, check_mode: bool) -> None:
    case = Case(WAS, point)
    case.restore(check_mode=check_mode)
    assert case.webhook.calls == []
