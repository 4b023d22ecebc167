# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._settings.clear import (
    fields_with,
)

TEST_SETTINGS: list[tuple[dict[str, t.Any], tuple[str, ...]]] = [
    ({"endpoint": "harb0r.example.org", "password": "harb0r"}, ("endpoint",)),
    ({"mirrors": [{"source": "a.io", "target": "h.io/harb0r"}]}, ("mirrors",)),
    ({"api_path": "r/harb0r", "username": "me"}, ("api_path",)),
    ({"ca_cert": "harb0r", "password": "harb0r"}, ()),
    ({"endpoint": None, "mirrors": 7}, ()),
]


@pytest.mark.parametrize(("settings", "fields"), TEST_SETTINGS)
def test_where_a_secret_stands_in_the_clear(
    settings: dict[str, t.Any], fields: tuple[str, ...]
) -> None:
    assert fields_with(settings, "harb0r") == fields
    assert fields_with(settings, "") == ()
