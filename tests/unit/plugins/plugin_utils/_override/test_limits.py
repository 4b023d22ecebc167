# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._override.limits import (
    limit_findings,
)

GIVEN = {"keep": 5, "lock_duration": 120, "history_max": 12, "release": True}


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, {}),
        ({"keep": 1, "lock_duration": 1, "history_max": 4}, {}),
        ({"history_max": 11}, {"history_too_short": "palette_image_swap_history_max"}),
        ({"keep": 6}, {"history_too_short": "palette_image_swap_history_max"}),
        ({"history_max": 2, "release": False}, {}),
        ({"history_max": 0}, {}),
        ({"keep": 0}, {"number_out_of_range": "transaction_keep_snapshots"}),
        ({"keep": 10**6, "release": False}, {"number_out_of_range": "transaction_keep_snapshots"}),
        ({"lock_duration": -1}, {"number_out_of_range": "palette_lock_duration"}),
        ({"lock_duration": 10**12}, {"number_out_of_range": "palette_lock_duration"}),
    ],
)
def test_limits(more: dict[str, int], found: dict[str, str]) -> None:
    findings = limit_findings(**{**GIVEN, **more})
    assert {finding.code: finding.subject for finding in findings} == found


def test_a_short_history_says_what_is_enough() -> None:
    (finding,) = limit_findings(keep=6, lock_duration=1, history_max=12, release=True)
    assert "Helm would keep 12 revisions, but 6 snapshots may need 14" in finding.message
    assert "set palette_image_swap_history_max to 14 or more" in finding.fix
