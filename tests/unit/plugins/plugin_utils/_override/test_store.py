# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Snapshots kept beside the Secret, and read again; no value of them is shown."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.errors import explain
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.snapshot import (
    SNAPSHOT_TYPE,
    ReleasePoint,
    Snapshot,
    SnapshotState,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.store import (
    SnapshotStore,
)
from tests.unit.helpers.fake_client import FakeClient
from tests.unit.helpers.helm_releases import release_secret
from tests.unit.helpers.restoring import secret
from tests.unit.helpers.tiny_cluster import TinyCluster

NAME, NAMESPACE = "registry-info", "jet-system"


def store(cluster: TinyCluster) -> SnapshotStore:
    return SnapshotStore(cluster, NAME, NAMESPACE)


def taken(cluster: TinyCluster, name: str = "1") -> Snapshot:
    return store(cluster).take(name, "then", "me", None)


def test_what_is_there_is_kept_and_read_again() -> None:
    cluster = TinyCluster(secret())
    taken(cluster)
    found = store(cluster).get("1")
    assert found is not None and found.secret is not None
    assert found.secret.data == {"DOMAIN": b"old", "PASSWORD": b"old-planted"}
    assert found.secret.labels == {"theirs": "x"}
    assert found.state is SnapshotState.OPEN
    kept = next(item for item in cluster.of("Secret") if item["type"] == SNAPSHOT_TYPE)
    assert kept["immutable"] is True
    assert kept["metadata"]["namespace"] == NAMESPACE
    assert "old-planted" in cluster.hidden


def test_nothing_there_is_kept_as_nothing() -> None:
    cluster = TinyCluster()
    taken(cluster)
    found = store(cluster).get("1")
    assert found is not None and found.secret is None
    assert store(cluster).get("2") is None


def test_a_snapshot_that_the_cluster_changed_is_none() -> None:
    """An admission webhook may do so; then nothing could be put back."""

    class Changing(TinyCluster):
        def put(self, manifest: dict[str, t.Any]) -> dict[str, t.Any]:
            if manifest.get("type") == SNAPSHOT_TYPE:
                manifest = {**manifest, "data": {}}
            return super().put(manifest)

    with pytest.raises(Failure) as refused:
        taken(Changing(secret()))
    assert refused.value.code == "snapshot_not_kept"


def test_a_lost_answer_makes_no_second_snapshot() -> None:
    cluster = TinyCluster(secret())
    cluster.lost = ["connection reset by peer"]
    taken(cluster)
    assert len(cluster.of("Secret")) == 2


def test_its_state_is_marked_and_it_goes() -> None:
    cluster = TinyCluster(secret())
    made = taken(cluster)
    store(cluster).mark(made, SnapshotState.COMPLETED)
    found = store(cluster).get("1")
    assert found is not None and found.state is SnapshotState.COMPLETED
    assert found.secret is not None and "PASSWORD" in found.secret.data
    store(cluster).remove(made)
    assert store(cluster).all() == ([], [])
    assert len(cluster.of("Secret")) == 1


def test_only_snapshots_of_this_secret_count_and_what_is_none_is_told() -> None:
    cluster = TinyCluster(secret())
    made = taken(cluster).to_object()
    other = SnapshotStore(cluster, "another", NAMESPACE)
    other.take("2", "then", "me", None)
    broken = {**made, "metadata": {**made["metadata"], "name": "broken"}, "data": {}}
    plain = {**made, "metadata": {**made["metadata"], "name": "plain"}, "type": "Opaque"}
    cluster.put(broken)
    cluster.put(plain)
    snapshots, findings = store(cluster).all()
    assert [item.id for item in snapshots] == ["1"]
    assert [(one.code, one.subject) for one in findings] == [
        ("snapshot_unreadable", "secret/broken in jet-system")
    ]


def point(answers: dict[str, t.Any]) -> ReleasePoint:
    """Return where the release stands in a cluster that answers so, by kind."""

    def answer(_module: str, arguments: t.Mapping[str, t.Any], attempt: str) -> dict[str, t.Any]:
        found = answers.get(arguments["kind"], [])
        if isinstance(found, str):
            raise Failure(explain(found, "k8s_info", attempt))
        name = arguments.get("name")
        return {"resources": [x for x in found if not name or x["metadata"]["name"] == name]}

    return SnapshotStore(FakeClient(answer), NAME, NAMESPACE).release_point("image-swap", "default")


FORBIDDEN = 'configurations is forbidden: User "u" cannot list (403) Forbidden'
GONE = {"metadata": {"name": "imageswap-system"}}


def test_an_installed_release_stands_at_its_revision() -> None:
    found = point({"Secret": [release_secret(1, "superseded"), release_secret(2)]})
    assert (found.revision, found.chart, found.leftovers) == (2, "image-swap-1.5.3", ())


def test_a_pending_release_stands_where_it_would_be_taken_back_to() -> None:
    found = point({"Secret": [release_secret(1), release_secret(2, "pending-upgrade")]})
    assert found.revision == 1


def test_of_an_absent_release_the_leftovers_are_kept() -> None:
    assert point({"Namespace": [GONE]}).leftovers == ("Namespace/imageswap-system",)
    assert point({}).leftovers == ()


def test_what_may_not_be_read_counts_as_there_so_that_it_stays() -> None:
    found = point({"MutatingWebhookConfiguration": FORBIDDEN})
    assert found.leftovers == ("MutatingWebhookConfiguration/imageswap-webhook",)
    assert found.trusts == {}


def test_a_cluster_that_does_not_answer_is_no_absent_release() -> None:
    with pytest.raises(Failure) as failure:
        point({"MutatingWebhookConfiguration": "Connection refused"})
    assert failure.value.code == "unreachable"
