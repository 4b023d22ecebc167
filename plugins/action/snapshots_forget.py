# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action snapshots_forget; its documentation is in plugins/modules/snapshots_forget.py."""

from __future__ import annotations

import dataclasses
import typing as t

from ..plugin_utils._action import KubernetesCoreAction
from ..plugin_utils._cluster.manifest import ObjectName
from ..plugin_utils._credentials.findings import old_credential_check
from ..plugin_utils._credentials.history import (
    KeptSecret,
    forgotten_check,
    forgotten_in_part,
    history_not_seen,
    history_of,
    not_confirmed,
)
from ..plugin_utils._credentials.places import live_password, search
from ..plugin_utils._credentials.reader import read_secrets
from ..plugin_utils._diff import text_diff
from ..plugin_utils._failure import Failure
from ..plugin_utils._guarded_action import Result
from ..plugin_utils._override.location import OVERRIDE_ARGUMENTS, override_of


class ActionModule(KubernetesCoreAction):
    """Deletes what an override keeps for a rollback."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        "confirm": {"type": "str", "default": ""},
        "subject": {"type": "str", "default": ""},
        **OVERRIDE_ARGUMENTS,
    }

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Delete the history once it is confirmed; list it until then."""
        subject = arguments["subject"] or self.subject
        override = override_of(arguments)
        secrets, scope = read_secrets(self.cluster, override)
        found = search(secrets, live_password(secrets, override), override)
        self.redactor.add(found.passwords)
        unseen = history_not_seen(scope, override)
        if unseen:
            raise Failure(unseen)
        history = history_of(secrets, override)
        if history.obstacles:
            raise Failure(*history.obstacles)
        kept = history.kept
        if kept and arguments["confirm"] != subject and not self.check_mode:
            raise Failure(not_confirmed(kept, subject))
        if kept and not self.check_mode:
            self._forget(kept)
        gone = {(secret.namespace, secret.name) for secret in kept}
        places = tuple(item for item in found.places if (item.namespace, item.name) not in gone)
        left = dataclasses.replace(found, places=places)
        check = forgotten_check(kept, subject, check_mode=self.check_mode)
        result: Result = {
            "changed": bool(kept),
            "history": [secret.to_dict() for secret in kept],
            "places": [self.redactor.data(place.to_dict()) for place in places],
            "checks": self.shown([check, old_credential_check(subject, left, scope, override)]),
            "msg": f"{check.name} on {subject}: {check.actual}",
        }
        if self.diff_mode:
            header = f"history of the override on {subject}"
            before = "".join(f"{secret}\n" for secret in kept)
            result["diff"] = text_diff(header, before, "")
        return result

    def _forget(self, kept: t.Sequence[KeptSecret]) -> None:
        for number, secret in enumerate(kept):
            try:
                self.cluster.delete(
                    ObjectName("v1", "Secret", secret.name, secret.namespace),
                    f"deleting secret/{secret.name} in {secret.namespace}",
                    uid=secret.uid,
                    resource_version=secret.resource_version,
                )
            except Failure as failure:
                done = forgotten_in_part(kept[:number])
                raise Failure(*failure.findings, *done) from failure
