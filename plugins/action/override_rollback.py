# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action override_rollback; its documentation is in the module of this name."""

from __future__ import annotations

import contextlib
import typing as t

from ..module_utils._evidence import Check, Status
from ..plugin_utils._action import KubernetesCoreAction
from ..plugin_utils._cluster.helm import HelmOptions
from ..plugin_utils._diff import readable_diff
from ..plugin_utils._guarded_action import Result
from ..plugin_utils._numbers import A_DAY, Range
from ..plugin_utils._override.limits import DURATION_RANGE
from ..plugin_utils._override.location import SECRET_ARGUMENTS
from ..plugin_utils._override.lock import Clock, Lock
from ..plugin_utils._override.restorer import Restored, Restorer
from ..plugin_utils._override.rollback import Rollback
from ..plugin_utils._override.secret_writer import SecretWriter
from ..plugin_utils._override.snapshot import LATEST, ReleasePoint, Snapshot
from ..plugin_utils._override.store import SnapshotStore
from ..plugin_utils._override.transaction import Token, Transaction, new_token
from ..plugin_utils._release.restorer import ReleaseRestorer
from ..plugin_utils._webhook.objects import NAMESPACE
from ..plugin_utils._webhook.proof import WebhookTrust
from ..plugin_utils._webhook.reader import WebhookReader


class ActionModule(KubernetesCoreAction):
    """Puts back what a snapshot holds."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        "snapshot": {"type": "str", "default": LATEST},
        **SECRET_ARGUMENTS,
        "helm_binary": {"type": "path", "default": ""},
        "timeout": {"type": "int", "default": 300},
        "history_max": {"type": "int", "default": 12},
        "lock_duration": {"type": "int", "default": 120},
    }

    NUMBERS: t.ClassVar[dict[str, Range]] = {
        "timeout": (1, A_DAY),
        "history_max": (2, 9999),
        "lock_duration": DURATION_RANGE,
    }

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Put a snapshot back, under the lock of the cluster."""
        subject = self.subject
        lock = self._taken_lock(arguments)
        rollback = self._rollback(arguments, subject, lock)
        with lock.given_up() if lock else contextlib.nullcontext():
            done = rollback.run(arguments["snapshot"])
        if done is None:
            said = "nothing had been written, so there is nothing to put back"
            check = Check("put back", subject, Status.PASS, "the state before", said)
            return {"changed": False, "snapshot": {}, "checks": self.shown([check]), "msg": said}
        return self._result(*done)

    def _taken_lock(self, arguments: t.Mapping[str, t.Any]) -> Lock | None:
        """Return the lock of the transaction that failed, or one of its own; none to look only."""
        if self.check_mode:
            return None
        if self.transaction is not None:
            return self.transaction.lock
        token = Token(
            holder="",
            snapshot="",
            secret_name=arguments["name"],
            secret_namespace=arguments["namespace"],
            lock_duration=arguments["lock_duration"],
        )
        lock = Transaction(new_token(token, Clock()), self.cluster).lock
        lock.acquire()
        return lock

    def _rollback(
        self, arguments: t.Mapping[str, t.Any], subject: str, lock: Lock | None
    ) -> Rollback:
        name, namespace = arguments["name"], arguments["namespace"]
        options = HelmOptions.of(arguments)
        seconds = self.cluster.runner.seconds(options.timeout_seconds)

        def before_step() -> None:  # for as long as Helm may take
            if lock:
                lock.renew(seconds)

        def release(point: ReleasePoint) -> ReleaseRestorer:
            return ReleaseRestorer(self.cluster, point.name, point.namespace, options)

        store = SnapshotStore(self.cluster, name, namespace)
        secret = SecretWriter(self.cluster, name, namespace)
        webhook = WebhookTrust(
            WebhookReader(self.cluster, NAMESPACE),
            lambda: lock.keep() if lock else None,
            options.timeout_seconds,
        )
        restorer = Restorer(self.cluster, store, secret, release, webhook, before_step, subject)
        return Rollback(store, restorer, self.transaction.token if self.transaction else None)

    def _result(self, snapshot: Snapshot, restored: Restored) -> Result:
        checks = self.shown(restored.checks)
        result: Result = {
            "changed": restored.changed,
            "snapshot": self.redactor.data(snapshot.summary()),
            "checks": checks,
            "msg": "; ".join(f"{check['name']}: {check['actual']}" for check in checks),
        }
        if self.diff_mode:
            secret = restored.secret
            shown = readable_diff(f"snapshot {snapshot.id}", secret.before, secret.after)
            result["diff"] = self.redactor.data(shown)
        return result
