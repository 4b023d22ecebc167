# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A snapshot put back: to the byte, in the right order, and again after an interruption."""

from __future__ import annotations

import base64
import dataclasses
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.restorer import (
    Restored,
    Restorer,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.secret import (
    LiveSecret,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.secret_writer import (
    SecretWriter,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.snapshot import (
    SNAPSHOT_TYPE,
    ReleasePoint,
    Snapshot,
    SnapshotState,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.store import (
    SnapshotStore,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.release import Release
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.restorer import (
    ReleaseRestorer,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.proof import (
    WebhookTrust,
)
from tests.unit.helpers.tiny_cluster import TinyCluster

Data = dict[str, t.Any]


def secret(**more: t.Any) -> Data:
    """Return the Secret of the override as somebody may have it."""
    metadata = {
        "name": "registry-info",
        "namespace": "jet-system",
        "labels": more.pop("labels", {"theirs": "x"}),
        "annotations": more.pop("annotations", {"note": "y"}),
    }
    data = {"DOMAIN": b"old", "PASSWORD": b"old-planted"}
    data.update(more.pop("data", {}))
    encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
    return {"kind": "Secret", "type": "Opaque", "metadata": metadata, "data": encoded, **more}


class Releases:
    """The release, restored without Helm."""

    def __init__(self) -> None:
        self.history = [self._revision(1, {"a": 1})]
        self.remarks: list[Finding] = []
        self.failures: list[str] = []

    @staticmethod
    def _revision(number: int, config: Data, status: str = "deployed") -> Release:
        return Release("image-swap", "default", number, status, config, {})

    def upgrade(self, config: Data, status: str = "deployed") -> None:
        """Deploy something else."""
        self.history.append(self._revision(len(self.history) + 1, config, status))

    def revisions(self) -> tuple[Release, ...]:
        return tuple(self.history)

    def has_revision(self, number: int, began: str = "") -> bool:
        return any(item.revision == number and item.began == began for item in self.history)

    def rollback_to(self, number: int) -> Release:
        if self.failures:
            raise Failure.of(self.failures.pop(0), "helm", "it failed", "wait")
        self.upgrade(dict(self.history[number - 1].config))
        return self.history[-1]

    def uninstall(self) -> bool:
        there, self.history = bool(self.history), []
        return there


class Webhook:
    """The webhook, which answers as it is told to."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, t.Any]] = []
        self.now: dict[str, t.Any] = {"imageswap-webhook": {"w": "now"}}
        self.settled: tuple[Finding, ...] = ()
        self.answers = Status.PASS

    def trusts(self) -> dict[str, t.Any]:
        return self.now

    def settle(self, known: t.Sequence[t.Any]) -> tuple[Finding, ...]:
        self.calls.append(("settle", known))
        return self.settled

    def proof(self, subject: str, expected: t.Any) -> Check:
        self.calls.append(("proof", expected))
        return Check("webhook answers", subject, self.answers)


class Case:
    """A cluster with a snapshot, and the means to put it back."""

    def __init__(self, was: Data | None, point: ReleasePoint | None = None) -> None:
        self.cluster = TinyCluster(*([was] if was else []))
        self.releases = Releases()
        self.webhook = Webhook()
        self.steps = 0
        self.pauses, self.gone_after = 0, 0
        self.store = SnapshotStore(
            self.cluster.run_module, self.cluster.hide, "registry-info", "jet-system"
        )
        self.store.take("id", "then", "me", point)
        self.cluster.calls.clear()

    def restore(self, *, check_mode: bool = False) -> Restored:
        snapshot = self.snapshot
        assert snapshot is not None
        writer = SecretWriter(
            self.cluster.run_module, self.cluster.hide, "registry-info", "jet-system", check_mode
        )
        restorer = Restorer(
            self.cluster.run_module,
            self.store,
            writer,
            lambda _point: t.cast(ReleaseRestorer, self.releases),
            t.cast(WebhookTrust, self.webhook),
            self._step,
            "mgmt",
            check_mode,
            (0.0, 0.0),
            self._sleep,
        )
        return restorer.restore(snapshot)

    def _step(self) -> None:
        self.steps += 1

    def _sleep(self, _seconds: float) -> None:
        self.pauses += 1
        if self.pauses == self.gone_after:
            self.cluster.objects.pop(("Namespace", "", "imageswap-system"), None)

    @property
    def snapshot(self) -> Snapshot | None:
        return self.store.get("id")

    @property
    def live(self) -> LiveSecret | None:
        found = [item for item in self.cluster.of("Secret") if item["type"] != SNAPSHOT_TYPE]
        if not found:
            return None
        return dataclasses.replace(LiveSecret.from_object(found[0]), uid="", resource_version="")


WAS = secret()
TEST_SECRETS: list[tuple[str, Data | None, Data | None, str]] = [
    ("absent before", None, secret(), "removed: DOMAIN, PASSWORD"),
    ("absent then and now", None, None, "is absent, as it was"),
    ("absent now", WAS, None, "created as it was: DOMAIN, PASSWORD"),
    ("untouched", WAS, WAS, "is as it was"),
    (
        "a key more, a value, labels and annotations",
        WAS,
        secret(data={"DOMAIN": b"new", "MORE": b"m"}, labels={}, annotations={"other": "z"}),
        "put back: DOMAIN, MORE",
    ),
    ("of another type", WAS, secret(type="kubernetes.io/tls"), "put back"),
    ("was immutable", secret(immutable=True), secret(data={"DOMAIN": b"n"}), "put back: DOMAIN"),
    ("is immutable", WAS, secret(immutable=True), "put back"),
    ("was without marks", secret(labels={}, annotations={}), WAS, "put back"),
]


@pytest.mark.parametrize(
    ("was", "is_now", "said"),
    [row[1:] for row in TEST_SECRETS],
    ids=[row[0] for row in TEST_SECRETS],
)
def test_the_secret_becomes_what_it_was(was: Data | None, is_now: Data | None, said: str) -> None:
    case = Case(was)
    before = case.live
    case.cluster.objects.pop(("Secret", "jet-system", "registry-info"), None)
    if is_now:
        case.cluster.put(is_now)
    restored = case.restore()
    assert case.live == before
    assert restored.checks[0].actual == said
    assert [check.status for check in restored.checks] == [Status.PASS]
    assert restored.changed is (said not in ("is as it was", "is absent, as it was"))
    assert case.snapshot is None, "an override that never completed leaves no snapshot"


def test_a_dry_run_changes_nothing_and_says_what_would_be() -> None:
    case = Case(WAS, ReleasePoint("image-swap", "default", 1, "c"))
    case.cluster.put(secret(data={"DOMAIN": b"new"}))
    case.releases.upgrade({"a": 2})
    restored = case.restore(check_mode=True)
    assert restored.changed
    assert [check.actual for check in restored.checks] == [
        "would be put back: DOMAIN",
        "would be rolled back to revision 1",
    ]
    # The module itself makes it a dry run.
    assert case.cluster.writes == ["patched Secret"]
    assert len(case.releases.history) == 2
    assert case.snapshot is not None


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


def test_an_api_that_fails_for_a_moment_is_asked_again() -> None:
    case = Case(WAS, ReleasePoint("image-swap", "default", 1, "c"))
    case.cluster.put(secret(data={"DOMAIN": b"new"}))
    case.releases.upgrade({"a": 2})
    case.cluster.failures = ["(500) Reason: Internal", '"code":422']
    case.releases.failures = ["server_error"]
    assert case.restore().changed
    assert case.live is not None
    assert case.live.data["DOMAIN"] == b"old"
    assert case.steps == 6, "the lock is kept for each attempt"


def test_one_that_cannot_go_on_keeps_its_snapshot() -> None:
    case = Case(WAS)
    case.cluster.put(secret(data={"DOMAIN": b"new"}))
    case.cluster.failures = ["(403) Reason: Forbidden"]
    with pytest.raises(Failure, match="403"):
        case.restore()
    assert case.snapshot is not None


def test_a_completed_one_that_was_interrupted_stays_marked() -> None:
    case = Case(WAS)
    snapshot = case.snapshot
    assert snapshot is not None
    case.store.mark(snapshot, SnapshotState.COMPLETED)
    case.cluster.put(secret(data={"DOMAIN": b"new"}))
    mark = case.store.mark

    def mark_and_die(item: Snapshot, state: SnapshotState) -> None:
        mark(item, state)
        raise KeyboardInterrupt

    case.store.mark = mark_and_die  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        case.restore()
    case.store.mark = mark  # type: ignore[method-assign]
    left = case.snapshot
    assert left is not None
    assert left.state is SnapshotState.RESTORING
    assert case.restore().changed
    back = case.snapshot
    assert back is not None
    assert back.state is SnapshotState.COMPLETED


@pytest.mark.parametrize(("gone_after", "codes"), [(3, []), (0, ["namespace_terminating"])])
def test_a_namespace_that_is_being_deleted_is_waited_for(gone_after: int, codes: list[str]) -> None:
    case = Case(WAS, ReleasePoint("image-swap", "default", 0))
    case.gone_after = gone_after
    metadata = {"name": "imageswap-system", "deletionTimestamp": "2026-11-26T04:15:00Z"}
    run_module = case.cluster.run_module

    def deletes_later(module: str, arguments: t.Any, *more: t.Any, **options: t.Any) -> Data:
        done = run_module(module, arguments, *more, **options)
        if (arguments.get("kind"), arguments.get("state")) == ("Namespace", "absent"):
            case.cluster.put({"kind": "Namespace", "metadata": metadata})
        return done

    case.cluster.run_module = deletes_later  # type: ignore[method-assign]
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


POINT = ReleasePoint("image-swap", "default", 1, "c")
TEST_OTHERS: list[tuple[ReleasePoint | None, ReleasePoint | None, SnapshotState]] = [
    (None, None, SnapshotState.COMPLETED),
    (POINT, None, SnapshotState.COMPLETED),
    (POINT, POINT, SnapshotState.COMPLETED),
    (None, POINT, SnapshotState.OPEN),
    (dataclasses.replace(POINT, name="other"), POINT, SnapshotState.OPEN),
]


@pytest.mark.parametrize(("point", "others", "state"), TEST_OTHERS)
def test_an_older_one_settles_what_was_interrupted(
    point: ReleasePoint | None, others: ReleasePoint | None, state: SnapshotState
) -> None:
    case = Case(WAS, point)
    chosen = case.snapshot
    assert chosen is not None
    case.store.mark(chosen, SnapshotState.COMPLETED)
    case.store.take("interrupted", "later", "me", others)
    case.restore()
    left = case.store.get("interrupted")
    assert left is not None
    assert left.state is state


def test_somebody_who_writes_it_again_is_found() -> None:
    case = Case(WAS)
    case.cluster.put(secret(data={"DOMAIN": b"new"}))
    put = case.cluster.put

    def put_and_undo(item: Data) -> Data:
        kept = put(item)
        if item["metadata"]["name"] == "registry-info":
            put(secret(data={"DOMAIN": b"theirs"}))
        return kept

    case.cluster.put = put_and_undo  # type: ignore[method-assign]
    restored = case.restore()
    assert restored.checks[0].status is Status.FAIL
    assert restored.checks[0].findings[0].code == "not_put_back"
    assert case.snapshot is not None
