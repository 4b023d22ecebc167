# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._rewrites import rewrite_prefix

REWRITES: list[tuple[object, str]] = [
    ({"^(.*)$": "airgap/quay.io/$1"}, "airgap/quay.io"),
    ({"(.+)": "p/${1}"}, "p"),
    ({"^(.*)$": "$1"}, ""),
    ({"^library/(.*)$": "p/$1"}, ""),
    ({"^(.*)$": "p/$1/more"}, ""),
    ({"^(.*)$": "p/$1", "^(.+)$": "q/$1"}, ""),
    ({}, ""),
    ("^(.*)$", ""),
    ({1: 2}, ""),
]


@pytest.mark.parametrize(("rewrite", "prefix"), REWRITES)
def test_only_a_prefix_of_all_is_one(rewrite: object, prefix: str) -> None:
    assert rewrite_prefix(rewrite) == prefix
