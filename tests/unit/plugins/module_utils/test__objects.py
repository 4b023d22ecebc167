# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._objects import dig

POD = {"spec": {"containers": [{"image": "a"}, {"image": "b"}]}, "text": "abc"}
PATHS: list[tuple[tuple[str | int, ...], t.Any]] = [
    (("spec", "containers", 0, "image"), "a"),
    (("spec", "containers", -1, "image"), "b"),
    (("spec", "containers", 2), None),
    (("spec", "containers", -3), None),
    (("spec", "containers", "0"), None),
    (("text", 0), None),
    (("spec", "none", "deeper"), None),
    ((), POD),
]


@pytest.mark.parametrize(("path", "found"), PATHS)
def test_a_path_leads_to_a_value_or_nowhere(path: tuple[str | int, ...], found: t.Any) -> None:
    assert dig(POD, *path) == found
