# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rollback: the snapshot that is meant is put back, and if it cannot be, how to go on is said."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses

from ...module_utils._evidence import Finding, Severity
from .._failure import Failure
from .restorer import Restored, Restorer
from .snapshot import Snapshot, chosen
from .store import SnapshotStore
from .transaction import Token


@dataclasses.dataclass
class Rollback:
    """Puts one snapshot back. `token` is that of the transaction that failed, None without one."""

    store: SnapshotStore
    restorer: Restorer
    token: Token | None

    def run(self, wanted: str) -> tuple[Snapshot, Restored] | None:
        """Put the snapshot of the transaction back, or the `wanted` one where there is none.

        Returns None where the transaction has written nothing. Raises Failure, with how to go on
        if something may have been written.
        """
        try:
            snapshot = self._mine(self.token) if self.token else self._chosen(wanted)
        except Failure as failure:
            if self.token is None:
                raise
            hint = _how_to_go_on(self.token.snapshot, "what was there before")
            raise Failure(*failure.findings, hint) from failure
        if snapshot is None:
            return None
        try:
            return snapshot, self.restorer.restore(snapshot)
        except Failure as failure:
            hint = _how_to_go_on(snapshot.id, snapshot.described)
            raise Failure(*failure.findings, hint) from failure

    def _mine(self, token: Token) -> Snapshot | None:
        """Return the snapshot of the transaction, None if none was taken."""
        found, findings = self.store.all()
        mine = next((item for item in found if item.id == token.snapshot), None)
        if findings and mine is None:  # one of those that cannot be read may be it
            raise Failure(*findings)
        return mine

    def _chosen(self, wanted: str) -> Snapshot:
        try:
            return chosen(self.store.all()[0], wanted)
        except ValueError as exc:
            raise Failure.of(
                "snapshot_missing",
                f"snapshots in {self.store.secret_namespace}",
                f"{exc}; nothing was changed",
                "ansible-playbook palette.image_registry.verify lists the snapshots",
            ) from exc


def _how_to_go_on(snapshot: str, described: str) -> Finding:
    return Finding(
        "not_put_back",
        Severity.ERROR,
        f"snapshot {snapshot}",
        f"it is not put back, or not wholly: {described}",
        "settle what failed, then run ansible-playbook palette.image_registry.rollback"
        f" -e rollback_snapshot={snapshot}, as often as needed",
    )


__all__ = ("Rollback",)
