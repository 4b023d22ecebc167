# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._settings.kinds import kind_of


class AnsibleText(str):
    """As Ansible marks text that it has read."""


KINDS: list[tuple[object, str]] = [
    (None, "empty"),
    (True, "a boolean"),
    (1, "a number"),
    (1.5, "a number"),
    ("", "text"),
    (AnsibleText("x"), "text"),
    (datetime.date(2026, 11, 29), "a date"),
    ([], "a list"),
    ({}, "a mapping"),
    (object(), "of a strange type"),
]


@pytest.mark.parametrize(("value", "words"), KINDS, ids=lambda item: type(item).__name__)
def test_a_value_is_named_as_people_name_it(value: object, words: str) -> None:
    assert kind_of(value) == words
