# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.checks import (
    literal_name,
    literal_source,
    source_of,
    working_name,
)


@pytest.mark.parametrize("source", ["docker.io", "registry:5000", "a works"])
def test_a_name_gives_its_source_back(source: str) -> None:
    assert source_of(literal_name(source)) == source
    assert source_of(working_name(source)) == source
    assert literal_source(literal_name(source)) == source
    assert literal_source(working_name(source)) == ""


@pytest.mark.parametrize("name", ["containerd", "node read", "endpoint of a", "a works"])
def test_other_names_have_none(name: str) -> None:
    assert source_of(name) == ""
