# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.bypass_patch import (
    bypass_check,
    bypass_diff,
    let_through_check,
    state_patch,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.objects import (
    find_webhooks,
)

CONFIGURATION = {
    "metadata": {"name": "hooks", "resourceVersion": "7"},
    "webhooks": [
        {"name": "other.example.org"},
        {"name": "imageswap.x.y", "namespaceSelector": {"matchLabels": {"a": "b"}}},
    ],
}
WEBHOOKS = find_webhooks([CONFIGURATION])
REFUSED = Finding("webhook_failed", Severity.ERROR, "x", "it does not answer")
ODD = Finding("admission_denied", Severity.WARNING, "x", "a policy says no")


@pytest.mark.parametrize(
    ("bypassed", "check_mode", "actual", "codes"),
    [
        (True, False, "is asked about no pod: pods keep their images", ["webhook_bypassed"]),
        (True, True, "would be asked about no pod: pods keep", ["webhook_bypassed"]),
        (False, False, "is asked", []),
        (False, True, "would be asked", []),
    ],
)
def test_the_state(bypassed: bool, check_mode: bool, actual: str, codes: list[str]) -> None:
    check = bypass_check("x", WEBHOOKS, bypassed=bypassed, check_mode=check_mode)
    assert actual in check.actual
    assert [finding.code for finding in check.findings] == codes
    assert check.status is (Status.WARN if codes else Status.PASS)


def test_without_a_webhook_there_is_nothing_to_bypass() -> None:
    assert bypass_check("x", (), bypassed=True, check_mode=False).status is Status.SKIP


@pytest.mark.parametrize(
    ("place", "trouble", "status", "actual"),
    [
        ("", None, Status.SKIP, "no namespace"),
        ("shop", None, Status.PASS, "in shop succeeds"),
        ("shop", REFUSED, Status.FAIL, "in shop is refused: it does not answer"),
        ("shop", ODD, Status.WARN, "in shop is refused: a policy says no"),
    ],
)
def test_the_proof(place: str, trouble: Finding | None, status: Status, actual: str) -> None:
    check = let_through_check("x", place, trouble)
    assert check.status is status
    assert actual in check.actual


def test_the_diff_shows_the_selectors() -> None:
    shown = bypass_diff(CONFIGURATION, state_patch(CONFIGURATION, bypassed=True))
    assert shown["before_header"] == "mutatingwebhookconfiguration/hooks"
    assert shown["before"] == "/webhooks/1/namespaceSelector:\n  matchLabels:\n    a: b\n"
    assert "operator: Exists" in shown["after"]
