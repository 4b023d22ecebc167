# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Break the glass: the webhook is asked about no pod any more, and how to undo exactly that.

Why the namespaceSelector is narrowed, and neither failurePolicy nor the registration touched:

- `failurePolicy: Ignore` lets pods through where the webhook cannot be asked, after a timeout for
  each; not where it refuses pods, answers with a patch that cannot be applied, or swaps to images
  that do not exist.
- Without the registration nothing is asked, but its caBundle is gone, and the override, which
  leaves a release alone that has not changed, would not bring it back.
- The namespaces' labels are many, and others own them.

One requirement more, for a label that no namespace has, covers all of these; taking it away again
gives back the registration as it was.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import itertools
import json
import shlex
import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status, status_of
from ...module_utils._objects import JsonObject, dig
from .._diff import readable_diff
from .objects import BYPASS_KEY, MEND_GLASS, Webhook, find_webhooks

Operation = dict[str, t.Any]

_KIND = "mutatingwebhookconfiguration"


def state_patch(configuration: JsonObject, *, bypassed: bool) -> list[Operation]:
    """Return the JSON patch that bypasses the webhooks of a configuration, or undoes that."""
    make = bypass_patch if bypassed else restore_patch
    return make(configuration, find_webhooks((configuration,)))


def bypass_patch(configuration: JsonObject, webhooks: t.Iterable[Webhook]) -> list[Operation]:
    """Return the JSON patch that takes some webhooks out of the way of all pods; empty if they are.

    `webhooks` are those of this configuration. The patch fails if somebody changed it since.
    """
    operations = []
    for webhook in webhooks:
        if webhook.bypassed:
            continue
        selector = dict(_selector(configuration, webhook.index))
        expressions = list(selector.get("matchExpressions") or ())
        selector["matchExpressions"] = [
            *expressions,
            {"key": BYPASS_KEY, "operator": "Exists"},
        ]
        operations.append(_replace(webhook.index, selector))
    return _guarded(configuration, operations)


def restore_patch(configuration: JsonObject, webhooks: t.Iterable[Webhook]) -> list[Operation]:
    """Return the JSON patch that undoes `bypass_patch`; empty where there is nothing to undo."""
    operations = []
    for webhook in webhooks:
        if not webhook.bypassed:
            continue
        selector = dict(_selector(configuration, webhook.index))
        expressions = [
            item
            for item in selector.pop("matchExpressions", None) or ()
            if dig(item, "key") != BYPASS_KEY
        ]
        if expressions:
            selector["matchExpressions"] = expressions
        operations.append(_replace(webhook.index, selector))
    return _guarded(configuration, operations)


def undo_commands(webhooks: t.Iterable[Webhook], cluster: t.Sequence[str] = ()) -> tuple[str, ...]:
    """Return the kubectl commands that undo a bypass, one a configuration.

    They hold for webhooks as `find_webhooks` sees them once the glass is broken. `cluster` are
    the options that name the cluster.
    """
    broken = [webhook for webhook in webhooks if webhook.bypassed]
    commands = []
    for name, group in itertools.groupby(broken, key=lambda webhook: webhook.configuration):
        operations: list[Operation] = []
        for webhook in group:
            operations += _removal(webhook)
        patch = json.dumps(operations, separators=(",", ":"))
        command = ["kubectl", *cluster, "patch", _KIND, name, "--type=json", f"--patch={patch}"]
        commands.append(shlex.join(command))
    return tuple(commands)


def _removal(webhook: Webhook) -> list[Operation]:
    keys = [item.key for item in webhook.namespace_selector.match_expressions]
    path = f"/webhooks/{webhook.index}/namespaceSelector/matchExpressions/{keys.index(BYPASS_KEY)}"
    return [
        {"op": "test", "path": f"{path}/key", "value": BYPASS_KEY},
        {"op": "remove", "path": path},
    ]


def _selector(configuration: JsonObject, index: int) -> JsonObject:
    selector: JsonObject = dig(configuration, "webhooks", index, "namespaceSelector") or {}
    return selector


def _replace(index: int, selector: JsonObject) -> Operation:
    return {"op": "add", "path": f"/webhooks/{index}/namespaceSelector", "value": selector}


def _guarded(configuration: JsonObject, operations: list[Operation]) -> list[Operation]:
    if not operations:
        return []
    version = dig(configuration, "metadata", "resourceVersion")
    return [{"op": "test", "path": "/metadata/resourceVersion", "value": version}, *operations]


def bypass_check(
    subject: str, webhooks: t.Sequence[Webhook], *, bypassed: bool, check_mode: bool
) -> Check:
    """Return the check that the webhooks are, or in check mode would be, in the wanted state."""
    name = "webhook bypass"
    expected = "asked about no pod" if bypassed else "asked about pods"
    if not webhooks:
        actual = "no image-swap webhook is registered: nothing blocks pods, nothing swaps them"
        return Check(name, subject, Status.SKIP, expected, actual)
    names = ", ".join(webhook.subject for webhook in webhooks)
    would = "would be " if check_mode else "is "
    word = f"{would}asked about no pod: pods keep their images" if bypassed else f"{would}asked"
    findings = (_bypassed(names),) if bypassed else ()
    return Check(name, subject, status_of(findings), expected, f"{names} {word}", findings)


def let_through_check(subject: str, place: str, trouble: Finding | None) -> Check:
    """Return the check that pods get past the webhook; `trouble` is what became of a dry run.

    `place` is its namespace, empty where the webhook was asked about none.
    """
    name, expected = "pods are let through", "a dry run of a pod succeeds"
    if not place:
        actual = "the webhook was asked about no namespace"
        return Check(name, subject, Status.SKIP, expected, actual)
    if trouble is None:
        actual = f"a dry run of a pod in {place} succeeds"
        return Check(name, subject, Status.PASS, expected, actual)
    actual = f"a dry run of a pod in {place} is refused: {trouble.message}"
    return Check(name, subject, status_of((trouble,)), expected, actual, (trouble,))


def bypass_diff(configuration: JsonObject, patch: t.Sequence[Operation]) -> dict[str, str]:
    """Return the diff of the selectors that a patch of `_webhook_bypass` changes."""
    before, after = {}, {}
    for operation in patch[1:]:
        path = operation["path"]
        index = int(path.split("/")[2])
        before[path] = dig(configuration, "webhooks", index, "namespaceSelector")
        after[path] = operation["value"]
    name = dig(configuration, "metadata", "name")
    return readable_diff(f"mutatingwebhookconfiguration/{name}", before, after)


def _bypassed(names: str) -> Finding:
    return Finding(
        "webhook_bypassed",
        Severity.WARNING,
        names,
        "pods that are created from now on keep their images, and pull them from the registries"
        " that they name. A restart of the webhook's pods may register it anew",
        f"repair the webhook, then run {MEND_GLASS}",
    )


__all__ = (
    "Operation",
    "bypass_check",
    "bypass_diff",
    "bypass_patch",
    "let_through_check",
    "restore_patch",
    "state_patch",
    "undo_commands",
)
