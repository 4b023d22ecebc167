# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import yaml

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    DOWN,
    NOT_STARTED,
    UNKNOWN,
    UP,
    NodeFiles,
)
from tests.pages.node_example_files import MAIN
from tests.sandbox.paths import CHECKOUT


def test_a_node_is_read_from_the_usual_place_unless_told() -> None:
    node = NodeFiles({}, "1.7.24")
    assert (node.config_path, node.dump, node.unreadable) == (MAIN, None, {})


def test_states_are_those_that_the_filter_documents() -> None:
    """They are return values, which users compare."""
    page = CHECKOUT / "plugins" / "filter" / "containerd_requests.yml"
    returned = yaml.safe_load(page.read_text(encoding="utf-8"))["RETURN"]
    told = " ".join(returned["_value"]["contains"]["cri"]["description"])
    states = re.findall(r"V\(([^)]+)\)", told)
    assert states == [UP, DOWN, NOT_STARTED, UNKNOWN]
