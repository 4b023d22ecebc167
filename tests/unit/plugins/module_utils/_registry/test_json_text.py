# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._registry.json_text import (
    read_json,
)

TEXTS: list[tuple[bytes, t.Any]] = [
    (b'{"a": [1, null, "x"]}', {"a": [1, None, "x"]}),
    (b"NaN", None),
    (b'{"a": -Infinity}', None),
    (b"\xff\xfe\x00", None),
    (b"<html>", None),
    (b"", None),
    (b"[" * 100_000, None),
    (b"9" * 100_000, None),
]


@pytest.mark.parametrize(("body", "data"), TEXTS, ids=range(len(TEXTS)))
def test_what_is_no_json_is_nothing(body: bytes, data: t.Any) -> None:
    assert read_json(body) == data
