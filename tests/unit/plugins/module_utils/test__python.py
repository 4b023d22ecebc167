# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib
import re

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils import _python
from ansible_collections.palette.image_registry.plugins.module_utils._python import refusal

PLUGINS = pathlib.Path(__file__).resolve().parents[4] / "plugins"


@pytest.mark.parametrize(
    ("version", "refused"),
    [((3, 10, 14), True), ((3, 11, 0), False), ((3, 14, 2), False), ((4, 0, 0), False)],
)
def test_an_older_python_is_refused_in_one_sentence(
    version: tuple[int, ...], refused: bool
) -> None:
    said = refusal(version)
    assert bool(said) is refused
    assert ("needs Python 3.11 or later, and this is Python 3.10.14" in said) is refused


def test_an_older_python_can_load_every_file() -> None:
    """What it lacks comes from one file; the gate `archive-2.16` imports all of them with it."""
    newer = re.compile(r"^(?:import tomllib|from tomllib|from enum import .*StrEnum)|enum\.StrEnum")
    found = {
        path.name
        for path in PLUGINS.rglob("*.py")
        if path != pathlib.Path(_python.__file__).resolve()
        and any(map(newer.search, path.read_text(encoding="utf-8").splitlines()))
    }
    assert found == set()
