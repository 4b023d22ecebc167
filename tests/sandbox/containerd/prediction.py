# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection predicts for a setup, held against what a real daemon did."""

from __future__ import annotations

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from tests.sandbox.containerd.agreement import disagreements
from tests.sandbox.containerd.model import Observation, Setup


def mispredictions(setup: Setup, version: str, seen: Observation) -> tuple[str, ...]:
    """Return where the collection's prediction for the setup differs from what was seen."""
    node = load(NodeFiles(setup.files, version))
    urls = [node.requests(pull.image) for pull in seen.pulls]
    return disagreements(node.cri, urls, seen)
