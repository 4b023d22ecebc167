# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is told of a bypass of the webhook: the checks, and the diff."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ..plugin_utils._cluster.state import JsonObject, dig
from ..plugin_utils._release.values import readable_diff
from ..plugin_utils._webhook.bypass_patch import Operation
from ..plugin_utils._webhook.objects import MEND_GLASS, Webhook
from ._evidence import Check, Finding, Severity, Status, status_of


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


__all__ = ("bypass_check", "bypass_diff", "let_through_check")
