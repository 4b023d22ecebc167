# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
import yaml

from ansible_collections.palette.image_registry.plugins.plugin_utils._release.yaml_budget import (
    require_small,
)

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize("text", ["", "a: 1", "a: &a [1]\nb: *a", "[" * 99 + "]" * 99])
def test_what_people_write_is_small(text: str) -> None:
    require_small(text, yaml.SafeLoader)


@pytest.mark.parametrize(
    ("text", "words"),
    [(LAUGHS, "aliases of aliases"), ("[" * 150 + "]" * 150, "nested more than 100 deep")],
    ids=["laughs", "deep"],
)
def test_what_becomes_much_more_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        require_small(text, yaml.SafeLoader)
