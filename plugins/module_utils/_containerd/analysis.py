# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

"""Everything remarkable about a node whose state is known."""

from __future__ import annotations

import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Finding

if t.TYPE_CHECKING:
    from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (  # noqa: E501 (a module path)
        Containerd,
    )


def analyse(node: Containerd) -> tuple[Finding, ...]:
    """Return the findings of a node."""
    return tuple(node.causes)


__all__ = ("analyse",)
