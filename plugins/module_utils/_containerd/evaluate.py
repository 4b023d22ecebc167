# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

"""The evaluation of one node: its state, and what it will request."""

from __future__ import annotations

import dataclasses

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    UP,
    NodeFiles,
)
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Finding


@dataclasses.dataclass(frozen=True)
class Containerd:
    """One node's containerd as its files make it."""

    cri: str
    reason: str
    findings: tuple[Finding, ...]

    def requests(self, image: str) -> tuple[str, ...]:
        """Return the manifest URLs that containerd tries for an image, in order."""
        return ()

    def endpoints(self, source: str) -> tuple[str, ...]:
        """Return the endpoints that are configured for a source registry, as written."""
        return ()


def load(node: NodeFiles) -> Containerd:
    """Evaluate a node's files. Never raises."""
    return Containerd(UP, "", ())


__all__ = ("Containerd", "load")
