# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Status
from ansible_collections.palette.image_registry.plugins.plugin_utils._credentials.findings import (
    SearchScope,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._credentials.history import (
    KeptSecret,
    forgotten_check,
    forgotten_in_part,
    history_not_seen,
    not_confirmed,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.location import (
    Override,
)

OVERRIDE = Override("registry-info", "jet-system", "image-swap", "default")
SNAPSHOT = KeptSecret("snapshot", "jet-system", "registry-info-snapshot-1", "snapshot 1", "u", "7")


@pytest.mark.parametrize(
    ("scope", "unseen"),
    [
        (SearchScope(), ""),
        (SearchScope(everywhere=False, namespaces=("jet-system", "default")), ""),
        (SearchScope(everywhere=False, namespaces=("jet-system",)), "Secrets of default,"),
        (SearchScope(everywhere=False), "Secrets of jet-system, default,"),
    ],
)
def test_a_history_that_is_not_seen(scope: SearchScope, unseen: str) -> None:
    finding = history_not_seen(scope, OVERRIDE)
    assert (finding is not None) is bool(unseen)
    assert unseen in (finding.message if finding else "")


def test_what_would_go_is_listed_until_it_is_confirmed() -> None:
    finding = not_confirmed([SNAPSHOT], "prod")
    assert "1 snapshot would go" in finding.message
    assert str(SNAPSHOT) in finding.message
    assert "-e forget_confirm=prod" in finding.fix


@pytest.mark.parametrize(
    ("kept", "check_mode", "status", "actual"),
    [
        ([], False, Status.PASS, "there is none"),
        ([SNAPSHOT], False, Status.WARN, "1 snapshot deleted"),
        ([SNAPSHOT], True, Status.WARN, "1 snapshot would be deleted"),
    ],
)
def test_checks(kept: list[KeptSecret], check_mode: bool, status: Status, actual: str) -> None:
    check = forgotten_check(kept, "prod", check_mode=check_mode)
    assert (check.status, check.actual) == (status, actual)
    assert [item.code for item in check.findings] == ["rollback_impossible"] * len(kept)


def test_what_was_deleted_before_a_failure_is_told() -> None:
    assert forgotten_in_part([]) == ()
    (finding,) = forgotten_in_part([SNAPSHOT])
    assert str(SNAPSHOT) in finding.message
