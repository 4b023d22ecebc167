# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action webhook_break_glass; plugins/modules/webhook_break_glass.py has its documentation."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._cluster_state import (
    JsonObject,
    dig,
)
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
    status_of,
)
from ansible_collections.palette.image_registry.plugins.module_utils._values import readable
from ansible_collections.palette.image_registry.plugins.module_utils._webhook import (
    Webhook,
    find_webhooks,
)
from ansible_collections.palette.image_registry.plugins.module_utils._webhook_bypass import (
    bypass_patch,
    restore_patch,
    undo_commands,
)
from ansible_collections.palette.image_registry.plugins.module_utils._webhook_canary import (
    Probe,
    canary_namespaces,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster_reader import (
    ClusterReader,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._kubernetes_core import (
    KubernetesCoreAction,
    Result,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._retries import persistently
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook_reader import (
    CONFIGURATIONS,
    WebhookReader,
)

_NAME = "webhook bypass"
# The API server hears of a changed registration a moment later.
_PROOF_ATTEMPTS = 5
_PROOF_PAUSE_SECONDS = 1.0
_PROBE = Probe("registry.invalid", "registry.invalid/image-registry-canary:latest")


class ActionModule(KubernetesCoreAction):
    """Takes the image-swap webhook out of the way of all pods, or puts it back."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        "state": {"type": "str", "default": "bypassed", "choices": ["bypassed", "active"]},
        "configuration": {"type": "str", "default": ""},
    }

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Change every registration of the webhook that is not in the state yet."""
        self._subject = str(self._task_vars.get("inventory_hostname", "cluster"))
        bypassed = arguments["state"] == "bypassed"
        before = self._configurations(arguments["configuration"])
        changed = [item for item in before if self._change(item, bypassed=bypassed)]
        after = before
        if changed and not self.check_mode:
            after = self._configurations(arguments["configuration"])
        result = self._result(after, bypassed=bypassed)
        result["changed"] = bool(changed)
        if self.diff_mode:
            result["diff"] = [self._diff(item, bypassed=bypassed) for item in changed]
        return result

    def _configurations(self, name: str) -> list[JsonObject]:
        found = ClusterReader(self.run_module).objects(*CONFIGURATIONS)
        return [
            item
            for item in found
            if find_webhooks((item,)) and name in ("", dig(item, "metadata", "name"))
        ]

    def _change(self, configuration: JsonObject, *, bypassed: bool) -> bool:
        """Return whether it had to be changed. In an emergency an API server may need a moment."""
        if not _patch(configuration, bypassed=bypassed):
            return False
        name = str(dig(configuration, "metadata", "name"))
        read = [configuration]

        def attempt() -> None:
            latest = read.pop() if read else next(iter(self._configurations(name)), {})
            self._send(name, _patch(latest, bypassed=bypassed))

        persistently(attempt, self.RETRY_SECONDS, also=("conflict", "invalid"))
        return True

    def _send(self, name: str, patch: list[dict[str, t.Any]]) -> None:
        if not patch:  # done by an attempt whose answer was lost
            return
        api_version, kind = CONFIGURATIONS
        self.run_module(
            "k8s_json_patch",
            {"api_version": api_version, "kind": kind, "name": name, "patch": patch},
            f"changing mutatingwebhookconfiguration/{name}",
        )

    def _result(self, after: list[JsonObject], *, bypassed: bool) -> Result:
        webhooks = find_webhooks(after)
        undo = undo_commands(webhooks, self._cluster_options()) if bypassed else ()
        checks = [self._state_check(webhooks, bypassed=bypassed)]
        if bypassed and webhooks and not self.check_mode:
            checks.append(self._proof(webhooks))
        lines = [check.actual for check in checks if check.actual]
        if undo:
            lines.append("To undo it, once the webhook is well again:")
            lines += undo
        return {
            "webhooks": [webhook.subject for webhook in webhooks],
            "undo": [self._redactor.text(command) for command in undo],
            "checks": self.shown(checks),
            "msg": self._redactor.text("\n".join(lines)),
        }

    def _cluster_options(self) -> tuple[str, ...]:
        return (f"--kubeconfig={self._access.kubeconfig}", f"--context={self._access.context}")

    def _state_check(self, webhooks: t.Sequence[Webhook], *, bypassed: bool) -> Check:
        expected = "asked about no pod" if bypassed else "asked about pods"
        if not webhooks:
            actual = "no image-swap webhook is registered: nothing blocks pods, nothing swaps them"
            return Check(_NAME, self._subject, Status.SKIP, expected, actual)
        names = ", ".join(webhook.subject for webhook in webhooks)
        would = "would be " if self.check_mode else "is "
        word = f"{would}asked about no pod: pods keep their images" if bypassed else f"{would}asked"
        findings = (_bypassed(names),) if bypassed else ()
        return Check(
            _NAME, self._subject, status_of(findings), expected, f"{names} {word}", findings
        )

    def _proof(self, webhooks: t.Iterable[Webhook]) -> Check:
        """Show a pod to the API server, in a namespace of which the webhook was asked."""
        name, expected = "pods are let through", "a dry run of a pod succeeds"
        whole = [webhook.without_bypass() for webhook in webhooks]
        places = canary_namespaces(whole, self._namespaces())
        if not places:
            actual = "the webhook was asked about no namespace"
            return Check(name, self._subject, Status.SKIP, expected, actual)
        trouble = self._trouble(whole, places[0])
        if trouble is None:
            actual = f"a dry run of a pod in {places[0]} succeeds"
            return Check(name, self._subject, Status.PASS, expected, actual)
        actual = f"a dry run of a pod in {places[0]} is refused: {trouble.message}"
        return Check(name, self._subject, status_of((trouble,)), expected, actual, (trouble,))

    def _trouble(self, webhooks: t.Sequence[Webhook], place: str) -> Finding | None:
        reader = WebhookReader(self.run_module, self.dry_run, "")
        for attempt in range(_PROOF_ATTEMPTS):
            if attempt:
                time.sleep(_PROOF_PAUSE_SECONDS)
            trouble = reader.show(webhooks, [_PROBE], place).trouble
            # What somebody else refuses does not pass by waiting.
            if trouble is None or trouble.severity is not Severity.ERROR:
                break
        return trouble

    def _namespaces(self) -> dict[str, t.Mapping[str, str]]:
        return {
            str(dig(item, "metadata", "name")): dig(item, "metadata", "labels") or {}
            for item in ClusterReader(self.run_module).objects("v1", "Namespace")
        }

    def _diff(self, configuration: JsonObject, *, bypassed: bool) -> dict[str, str]:
        name = f"mutatingwebhookconfiguration/{dig(configuration, 'metadata', 'name')}"
        before, after = {}, {}
        for operation in _patch(configuration, bypassed=bypassed)[1:]:
            path = operation["path"]
            index = int(path.split("/")[2])
            before[path] = dig(configuration, "webhooks", index, "namespaceSelector")
            after[path] = operation["value"]
        return {
            "before_header": name,
            "after_header": name,
            "before": readable(before),
            "after": readable(after),
        }


def _patch(configuration: JsonObject, *, bypassed: bool) -> list[dict[str, t.Any]]:
    webhooks = find_webhooks((configuration,))
    make = bypass_patch if bypassed else restore_patch
    return make(configuration, webhooks)


def _bypassed(names: str) -> Finding:
    return Finding(
        "webhook_bypassed",
        Severity.WARNING,
        names,
        "pods that are created from now on keep their images, and pull them from the registries"
        " that they name. A restart of the webhook's pods may register it anew",
        "repair the webhook, then undo the bypass with the command that the task printed",
    )
