# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action override_transaction; its documentation is in the module of this name."""

from __future__ import annotations

import typing as t

from ..plugin_utils._action import KubernetesCoreAction
from ..plugin_utils._failure import Failure
from ..plugin_utils._guarded_action import Result
from ..plugin_utils._override.limits import limit_findings
from ..plugin_utils._override.location import OVERRIDE_ARGUMENTS
from ..plugin_utils._override.lock import Clock
from ..plugin_utils._override.store import SnapshotStore
from ..plugin_utils._override.transaction import Token, Transaction, new_token


class ActionModule(KubernetesCoreAction):
    """Begins, completes or abandons an override; tells what snapshots there are."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        "state": {
            "type": "str",
            "required": True,
            "choices": ["begun", "completed", "abandoned", "listed"],
        },
        "airgap": {"type": "bool", "default": True},
        **OVERRIDE_ARGUMENTS,
        "lock_duration": {"type": "int", "default": 120},
        "keep": {"type": "int", "default": 5},
        "history_max": {"type": "int", "default": 12},
    }

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Do one of the states."""
        if arguments["state"] == "begun":
            findings = limit_findings(
                keep=arguments["keep"],
                lock_duration=arguments["lock_duration"],
                history_max=arguments["history_max"],
                release=arguments["airgap"],
            )
            if findings:
                raise Failure(*findings)
        if arguments["state"] == "listed" or self.check_mode:
            return self._list(arguments)
        if arguments["state"] == "begun":
            return self._begin(arguments)
        if self.transaction is None:
            return {"changed": False, "msg": "no transaction was begun", "transaction": {}}
        return self._end(self.transaction, arguments)

    def _begin(self, arguments: t.Mapping[str, t.Any]) -> Result:
        token = new_token(_token(arguments), Clock())
        token, said = Transaction(token, self.cluster).begin()
        if token.adopted:  # at any verbosity: a rollback goes further back than this run
            self.say(said)
        return {
            "changed": False,
            "transaction": token.to_dict(),
            "snapshot": token.snapshot,
            "adopted": token.adopted,
            "msg": said,
        }

    def _end(self, transaction: Transaction, arguments: t.Mapping[str, t.Any]) -> Result:
        result: Result = {"changed": False, "transaction": {}, "snapshot": ""}
        if arguments["state"] == "abandoned":
            transaction.lock.give_up()
            return {**result, "msg": "the cluster is not locked any more"}
        kept = transaction.complete(arguments["keep"])
        if kept is None:
            return {**result, "msg": "nothing had to be written, so no snapshot was taken"}
        said = f"snapshot {kept.id} holds the state before: {kept.described}"
        return {**result, "snapshot": kept.id, "msg": self.redacted(said)}

    def _list(self, arguments: t.Mapping[str, t.Any]) -> Result:
        from ..plugin_utils._override.snapshot_checks import snapshots_check

        store = SnapshotStore(self.cluster, arguments["name"], arguments["namespace"])
        found, findings = store.all()
        lease, unseen = Transaction(_token(arguments), self.cluster).lock.seen()
        subject = self.subject
        check = snapshots_check(subject, found, [*findings, *unseen], lease, Clock().now())
        return {
            "changed": False,
            "transaction": {},
            "snapshots": self.redactor.data([item.summary() for item in found]),
            "checks": self.shown([check]),
            "msg": self.redacted(check.actual),
        }


def _token(arguments: t.Mapping[str, t.Any]) -> Token:
    return Token(
        holder="",
        snapshot="",
        secret_name=arguments["name"],
        secret_namespace=arguments["namespace"],
        release_name=arguments["release_name"] if arguments["airgap"] else "",
        release_namespace=arguments["release_namespace"],
        lock_duration=arguments["lock_duration"],
    )
