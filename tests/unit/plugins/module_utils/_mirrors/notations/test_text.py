# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Finding
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notations.text import (
    dump_yaml,
    load_yaml,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.table import Reading


@pytest.mark.parametrize("text", ["a: 1", "a: yes", "a: !!python/name:os.system x"])
def test_scalars_are_text(text: str) -> None:
    data = load_yaml(text, Reading())
    assert isinstance(data, dict)
    assert all(isinstance(value, str) for value in data.values())


@pytest.mark.parametrize(("text", "where"), [("a: [", "line 1"), ("a: 1\nb: {", "line 2")])
def test_what_is_no_yaml_is_told(text: str, where: str) -> None:
    reading = Reading()
    assert load_yaml(text, reading) is None
    assert [(item.code, item.subject) for item in reading.items if isinstance(item, Finding)] == [
        ("broken_yaml", where)
    ]


def test_what_is_written_is_read_again() -> None:
    data = {"z": ["x" * 200], "a": "b: c"}
    assert load_yaml(dump_yaml(data), Reading()) == data
    assert list(data) == ["z", "a"]
