# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

"""What containerd 1.6 to 2.3 makes of an image on a node, told from the node's files alone."""

from __future__ import annotations

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.compare import (
    SourceResult,
    compare,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    Containerd,
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    DOWN,
    NOT_STARTED,
    UP,
    NodeFiles,
)

__all__ = (
    "DOWN",
    "NOT_STARTED",
    "UP",
    "Containerd",
    "NodeFiles",
    "SourceResult",
    "compare",
    "load",
)
