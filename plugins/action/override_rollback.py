# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action override_rollback; its documentation is in the module of this name."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings import (
    SECRET_NAME,
    SECRET_NAMESPACE,
)
from ansible_collections.palette.image_registry.plugins.module_utils._snapshot import (
    LATEST,
    ReleasePoint,
    Snapshot,
    chosen,
)
from ansible_collections.palette.image_registry.plugins.module_utils._values import readable
from ansible_collections.palette.image_registry.plugins.plugin_utils._helm_options import (
    HelmOptions,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._kubernetes_core import (
    Failure,
    KubernetesCoreAction,
    Result,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._lock import Clock
from ansible_collections.palette.image_registry.plugins.plugin_utils._release_restorer import (
    ReleaseRestorer,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._restorer import (
    Restored,
    Restorer,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._secret_writer import (
    SecretWriter,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._snapshot_store import (
    SnapshotStore,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._transaction import (
    Token,
    new_token,
)

_NOT_PUT_BACK = "not_put_back"


class ActionModule(KubernetesCoreAction):
    """Puts back what a snapshot holds."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        "snapshot": {"type": "str", "default": LATEST},
        "name": {"type": "str", "default": SECRET_NAME},
        "namespace": {"type": "str", "default": SECRET_NAMESPACE},
        "helm_binary": {"type": "path", "default": ""},
        "timeout_seconds": {"type": "int", "default": 300},
        "history_max": {"type": "int", "default": 12},
        "lock_duration": {"type": "int", "default": 120},
    }

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Put a snapshot back, under the lock of the cluster."""
        self._options = HelmOptions(
            binary=arguments["helm_binary"],
            timeout_seconds=arguments["timeout_seconds"],
            history_max=arguments["history_max"],
        )
        store = SnapshotStore(
            self.run_module,
            self.keep_secret,
            arguments["name"],
            arguments["namespace"],
        )
        try:
            with self._locked(arguments):
                snapshot = self._chosen(store, arguments["snapshot"])
                if snapshot is None:
                    return self._nothing_written()
                return self._result(snapshot, self._put_back(store, snapshot))
        except Failure as failure:
            known = any(finding.code == _NOT_PUT_BACK for finding in failure.findings)
            if known or self.transaction is None:
                raise
            hint = _how_to_go_on(self.transaction.token.snapshot, "what was there before")
            raise Failure(*failure.findings, hint) from failure

    @contextlib.contextmanager
    def _locked(self, arguments: t.Mapping[str, t.Any]) -> t.Iterator[None]:
        """Hold the lock: the one of the transaction that failed, or one of its own."""
        if self.check_mode:
            yield
            return
        if self.transaction is None:
            token = Token(
                "",
                "",
                arguments["name"],
                arguments["namespace"],
                lock_duration=arguments["lock_duration"],
            )
            transaction = self.transaction_of(new_token(token, Clock()))
            transaction.lock.acquire()
        else:
            transaction = self.transaction
        self._lock = transaction.lock
        try:
            yield
        finally:
            # What went wrong before counts; an unreachable lock ends by itself.
            with contextlib.suppress(Failure):
                transaction.lock.give_up()

    def _chosen(self, store: SnapshotStore, wanted: str) -> Snapshot | None:
        """Return the snapshot to put back, None where the transaction has written nothing."""
        found, findings = store.all()
        if self.transaction:
            mine = [item for item in found if item.id == self.transaction.token.snapshot]
            if findings and not mine:  # one of those that cannot be read may be it
                raise Failure(*findings)
            return mine[0] if mine else None
        try:
            return chosen(found, wanted)
        except ValueError as exc:
            raise Failure.of(
                "snapshot_missing",
                f"snapshots in {store.secret_namespace}",
                f"{exc}; nothing was changed",
                "ansible-playbook palette.image_registry.verify lists the snapshots",
            ) from exc

    def _put_back(self, store: SnapshotStore, snapshot: Snapshot) -> Restored:
        secret = SecretWriter(
            self.run_module,
            self.keep_secret,
            store.secret_name,
            store.secret_namespace,
            self.check_mode,
        )
        restorer = Restorer(
            self.run_module,
            store,
            secret,
            self._release_restorer,
            self._before_step,
            self._subject,
            self.check_mode,
        )
        try:
            return restorer.restore(snapshot)
        except Failure as failure:
            hint = _how_to_go_on(snapshot.id, snapshot.described)
            raise Failure(*failure.findings, hint) from failure

    def _release_restorer(self, point: ReleasePoint) -> ReleaseRestorer:
        return ReleaseRestorer(
            self.run_module, self.run_helm, point.name, point.namespace, self._options
        )

    def _before_step(self) -> None:
        """Keep the lock for as long as Helm may take."""
        if not self.check_mode:
            self._lock.renew(self._seconds({"timeout": self._options.timeout_seconds}))

    @property
    def _subject(self) -> str:
        return str(self._task_vars.get("inventory_hostname", "cluster"))

    def _nothing_written(self) -> Result:
        said = "nothing had been written, so there is nothing to put back"
        check = Check("put back", self._subject, Status.PASS, "the state before", said)
        return {"changed": False, "snapshot": {}, "checks": self.shown([check]), "msg": said}

    def _result(self, snapshot: Snapshot, restored: Restored) -> Result:
        checks = self.shown(restored.checks)
        result: Result = {
            "changed": restored.changed,
            "snapshot": self._redactor.data(snapshot.summary()),
            "checks": checks,
            "msg": "; ".join(f"{check['name']}: {check['actual']}" for check in checks),
        }
        if self.diff_mode:
            header = f"snapshot {snapshot.id}"
            result["diff"] = {
                "before_header": header,
                "after_header": header,
                "before": self._redactor.text(readable(restored.secret.before)),
                "after": self._redactor.text(readable(restored.secret.after)),
            }
        return result


def _how_to_go_on(snapshot: str, described: str) -> Finding:
    return Finding(
        _NOT_PUT_BACK,
        Severity.ERROR,
        f"snapshot {snapshot}",
        f"it is not put back, or not wholly: {described}",
        "settle what failed, then run ansible-playbook palette.image_registry.rollback"
        f" -e rollback_snapshot={snapshot}, as often as needed",
    )
