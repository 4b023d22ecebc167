# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which snapshot a rollback puts back, and what it says where it cannot."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.rollback import (
    Rollback,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.snapshot import (
    Snapshot,
    SnapshotState,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.transaction import (
    Token,
)

TOKEN = Token("me", "mine", "registry-info", "jet-system")
BROKEN = Failure.of("unreachable", "x", "no answer", "look")


def snapshot(name: str) -> Snapshot:
    return Snapshot(
        id=name,
        taken_at=f"2026-11-26T00:00:0{len(name)}",
        taken_by="me",
        secret_name="registry-info",
        secret_namespace="jet-system",
        secret=None,
        release=None,
        state=SnapshotState.COMPLETED,
    )


class Store:
    """Some snapshots, and what is to be said of others."""

    secret_namespace = "jet-system"

    def __init__(self, *names: str, unreadable: int = 0, failure: Failure | None = None) -> None:
        self.found = [snapshot(name) for name in names]
        self.findings = list(BROKEN.findings) * unreadable
        self.failure = failure

    def all(self) -> tuple[list[Snapshot], list[t.Any]]:
        if self.failure:
            raise self.failure
        return self.found, self.findings


class Restorer:
    """Says what it was given."""

    def __init__(self, failure: Failure | None = None) -> None:
        self.failure = failure

    def restore(self, found: Snapshot) -> str:
        if self.failure:
            raise self.failure
        return f"restored {found.id}"


def run(
    store: Store, token: Token | None, wanted: str = "latest", failure: Failure | None = None
) -> t.Any:
    restorer: t.Any = Restorer(failure)
    done: t.Any = Rollback(t.cast("t.Any", store), restorer, token).run(wanted)
    return done and done[1]


def test_the_transactions_own_snapshot_counts_whatever_is_wanted() -> None:
    assert run(Store("mine", "newest"), TOKEN) == "restored mine"
    assert run(Store("mine", "newest"), TOKEN, "newest") == "restored mine"


def test_without_a_transaction_the_wanted_one_counts() -> None:
    assert run(Store("a", "bb"), None) == "restored bb"
    assert run(Store("a", "bb"), None, "a") == "restored a"


def test_a_transaction_that_wrote_nothing_has_nothing_to_put_back() -> None:
    assert run(Store("other"), TOKEN) is None


def codes(*arguments: t.Any, **more: t.Any) -> list[str]:
    with pytest.raises(Failure) as raised:
        run(*arguments, **more)
    return [finding.code for finding in raised.value.findings]


def test_failures_say_how_to_go_on_where_something_may_have_been_written() -> None:
    broken = Store("mine", failure=BROKEN)
    assert codes(broken, TOKEN) == ["unreachable", "not_put_back"]
    assert codes(broken, None) == ["unreachable"]
    assert codes(Store(unreadable=1), TOKEN) == ["unreachable", "not_put_back"]
    assert codes(Store("mine"), TOKEN, failure=BROKEN) == ["unreachable", "not_put_back"]
    assert codes(Store("mine"), None, failure=BROKEN) == ["unreachable", "not_put_back"]
    assert codes(Store("mine"), None, "gone") == ["snapshot_missing"]


def test_one_that_cannot_be_read_stops_nothing_if_it_is_another() -> None:
    assert run(Store("mine", unreadable=1), TOKEN) == "restored mine"
