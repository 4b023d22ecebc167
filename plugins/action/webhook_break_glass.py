# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action webhook_break_glass; plugins/modules/webhook_break_glass.py has its documentation."""

from __future__ import annotations

import typing as t

from ..module_utils._objects import JsonObject
from ..plugin_utils._action import KubernetesCoreAction
from ..plugin_utils._guarded_action import Result
from ..plugin_utils._webhook.bypass import WebhookBypass
from ..plugin_utils._webhook.bypass_patch import bypass_check, bypass_diff, undo_commands
from ..plugin_utils._webhook.objects import find_webhooks


class ActionModule(KubernetesCoreAction):
    """Takes the image-swap webhook out of the way of all pods, or puts it back."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        "state": {"type": "str", "default": "bypassed", "choices": ["bypassed", "active"]},
        "configuration": {"type": "str", "default": ""},
    }

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Change every registration of the webhook that is not in the state yet."""
        bypass = WebhookBypass(self.cluster, arguments["state"] == "bypassed")
        before = bypass.configurations(arguments["configuration"])
        changed = [item for item in before if bypass.change(item)]
        after = before
        if changed and not self.check_mode:
            after = bypass.configurations(arguments["configuration"])
        result = self._result(bypass, after)
        result["changed"] = bool(changed)
        if self.diff_mode:
            result["diff"] = [bypass_diff(item, bypass.patch(item)) for item in changed]
        return result

    def _result(self, bypass: WebhookBypass, after: list[JsonObject]) -> Result:
        subject = self.subject
        bypassed = bypass.bypassed
        webhooks = find_webhooks(after)
        undo = undo_commands(webhooks, self._cluster_options()) if bypassed else ()
        checks = [bypass_check(subject, webhooks, bypassed=bypassed, check_mode=self.check_mode)]
        if bypassed and webhooks and not self.check_mode:
            checks.append(bypass.proof(subject, webhooks))
        lines = [check.actual for check in checks if check.actual]
        if undo:
            lines.append("To undo it, once the webhook is well again:")
            lines += undo
        return {
            "webhooks": [webhook.subject for webhook in webhooks],
            "undo": [self.redacted(command) for command in undo],
            "checks": self.shown(checks),
            "msg": self.redacted("\n".join(lines)),
        }

    def _cluster_options(self) -> tuple[str, ...]:
        return (
            f"--kubeconfig={self.cluster.access.kubeconfig}",
            f"--context={self.cluster.access.context}",
        )
