# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action snapshots_forget; its documentation is in plugins/modules/snapshots_forget.py."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._credential_findings import (
    Sight,
    old_credential_check,
)
from ansible_collections.palette.image_registry.plugins.module_utils._credential_places import (
    Override,
    live_password,
    search,
)
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.module_utils._forget import (
    Memory,
    counted,
    history_of,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster_reader import (
    ClusterReader,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._credential_reader import (
    OVERRIDE_ARGUMENTS,
    override_of,
    read_secrets,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._kubernetes_core import (
    Failure,
    KubernetesCoreAction,
    Result,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._secret_writer import (
    delete_secret,
)


class ActionModule(KubernetesCoreAction):
    """Deletes what an override keeps for a rollback."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        "confirm": {"type": "str", "default": ""},
        "subject": {"type": "str", "default": ""},
        **OVERRIDE_ARGUMENTS,
    }

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Delete the history once it is confirmed; list it until then."""
        subject = arguments["subject"] or self._task_vars.get("inventory_hostname", "cluster")
        override = override_of(arguments)
        secrets, sight = read_secrets(ClusterReader(self.run_module), override)
        found = search(secrets, live_password(secrets, override), override)
        self.keep_secret(found.passwords)
        _refuse_unless_seen(sight, override)
        history = history_of(secrets, override)
        if history.obstacles:
            raise Failure(*history.obstacles)
        memories = history.memories
        if memories and arguments["confirm"] != subject and not self.check_mode:
            raise _unconfirmed(memories, subject)
        if memories and not self.check_mode:
            self._forget(memories)
        gone = {(memory.namespace, memory.name) for memory in memories}
        places = tuple(item for item in found.places if (item.namespace, item.name) not in gone)
        left = dataclasses.replace(found, places=places)
        check = _forgotten(memories, subject, check_mode=self.check_mode)
        result: Result = {
            "changed": bool(memories),
            "history": [memory.to_dict() for memory in memories],
            "places": [self._redactor.data(place.to_dict()) for place in places],
            "checks": self.shown([check, old_credential_check(subject, left, sight, override)]),
            "msg": f"{check.name} on {subject}: {check.actual}",
        }
        if self.diff_mode:
            header = f"history of the override on {subject}"
            before = "".join(f"{memory}\n" for memory in memories)
            result["diff"] = {
                "before_header": header,
                "after_header": header,
                "before": before,
                "after": "",
            }
        return result

    def _forget(self, memories: t.Sequence[Memory]) -> None:
        for number, memory in enumerate(memories):
            try:
                delete_secret(
                    self.run_module,
                    memory.name,
                    memory.namespace,
                    uid=memory.uid,
                    resource_version=memory.resource_version,
                )
            except Failure as failure:
                raise Failure(*failure.findings, *_deleted_before(memories[:number])) from failure


def _refuse_unless_seen(sight: Sight, override: Override) -> None:
    """Raise Failure where the history itself may not be read: it would seem to be empty."""
    needed = (override.secret_namespace, override.release_namespace)
    unseen = [name for name in dict.fromkeys(needed) if name not in sight.namespaces]
    if unseen and not sight.everywhere:
        raise Failure.of(
            "history_not_seen",
            "user of the kubeconfig",
            f"may not list the Secrets of {', '.join(unseen)}, where the history is",
            "use an administrator's kubeconfig, or have this permission granted",
        )


def _unconfirmed(memories: t.Sequence[Memory], subject: str) -> Failure:
    return Failure.of(
        "forget_not_confirmed",
        f"history of the override on {subject}",
        f"nothing was deleted, since it is not confirmed. {counted(memories)} would go, and no"
        f" rollback would be possible then: {'; '.join(map(str, memories))}",
        f"to go on, give -e rollback_forget_confirm={subject}: each cluster is confirmed by its own"
        " inventory name",
    )


def _deleted_before(memories: t.Sequence[Memory]) -> tuple[Finding, ...]:
    if not memories:
        return ()
    return (
        Finding(
            "forgotten_in_part",
            Severity.INFO,
            "history of the override",
            f"deleted before that: {'; '.join(map(str, memories))}",
            "run it again: it goes on with what is left",
        ),
    )


def _forgotten(memories: t.Sequence[Memory], subject: str, *, check_mode: bool) -> Check:
    """Return the check that stands for it in the evidence."""
    name, expected = "history of the override", "forgotten"
    if not memories:
        return Check(name, subject, Status.PASS, expected, "there is none")
    actual = f"{counted(memories)} {'would be deleted' if check_mode else 'deleted'}"
    would = "would no longer be" if check_mode else "is no longer"
    finding = Finding(
        "rollback_impossible",
        Severity.WARNING,
        name,
        f"a rollback {would} possible: there {'would be' if check_mode else 'is'} nothing to go"
        f" back to ({'; '.join(map(str, memories))})",
        "nothing: the next override that changes something keeps a snapshot again",
    )
    return Check(name, subject, Status.WARN, expected, actual, (finding,))
