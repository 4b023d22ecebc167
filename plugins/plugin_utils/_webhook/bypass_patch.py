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

from .._cluster.state import JsonObject, dig
from .objects import BYPASS_KEY, Webhook, find_webhooks

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


__all__ = ("Operation", "bypass_patch", "restore_patch", "state_patch", "undo_commands")
