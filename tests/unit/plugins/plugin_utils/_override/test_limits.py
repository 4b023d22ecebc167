# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._override.limits import (
    limit_findings,
)


class Given(t.NamedTuple):
    """What is asked about, and what it is where nobody says otherwise."""

    keep: int = 5
    lock_duration: int = 120
    history_max: int = 12
    release: bool = True


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (Given(), {}),
        (Given(keep=1, lock_duration=1, history_max=4), {}),
        (Given(history_max=11), {"history_too_short": "palette_image_swap_history_max"}),
        (Given(keep=6), {"history_too_short": "palette_image_swap_history_max"}),
        (Given(history_max=2, release=False), {}),
        (Given(history_max=0), {}),
        (Given(keep=0), {"number_out_of_range": "transaction_keep_snapshots"}),
        (Given(keep=10**6, release=False), {"number_out_of_range": "transaction_keep_snapshots"}),
        (Given(lock_duration=-1), {"number_out_of_range": "palette_lock_duration"}),
        (Given(lock_duration=10**12), {"number_out_of_range": "palette_lock_duration"}),
    ],
)
def test_limits(given: Given, found: dict[str, str]) -> None:
    findings = limit_findings(**given._asdict())
    assert {finding.code: finding.subject for finding in findings} == found


def test_a_short_history_says_what_is_enough() -> None:
    (finding,) = limit_findings(keep=6, lock_duration=1, history_max=12, release=True)
    assert "Helm would keep 12 revisions, but 6 snapshots may need 14" in finding.message
    assert "set palette_image_swap_history_max to 14 or more" in finding.fix
