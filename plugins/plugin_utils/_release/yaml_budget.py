# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""YAML of others within bounds: no aliases that multiply, no endless depth, no endless numbers."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib

with contextlib.suppress(ImportError):  # controllers have it: ansible-core needs it
    import yaml

# Helm's library allows some more. A chart of hundreds of values has thousands of nodes.
_MOST_NODES = 200_000
_DEEPEST = 100


def require_small(text: str, loader: type[yaml.SafeLoader]) -> None:
    """Raise ValueError, a sentence, if a text becomes more than its length lets expect.

    Each alias counts as all that it stands for. Raises what the loader raises, too.
    """
    sizes: dict[str, int] = {}
    open_anchors: list[tuple[str, int]] = []
    total = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.AliasEvent):
            total += sizes.get(event.anchor or "", _MOST_NODES)
        elif isinstance(event, yaml.NodeEvent):
            total += 1
        if isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            open_anchors.append((event.anchor or "", total))
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            anchor, before = open_anchors.pop()
            _keep(sizes, anchor, total - before + 1)
        elif isinstance(event, yaml.ScalarEvent):
            _keep(sizes, event.anchor or "", 1)
        _require(total, len(open_anchors))


def _keep(sizes: dict[str, int], anchor: str, size: int) -> None:
    if anchor:
        sizes[anchor] = size


def _require(total: int, depth: int) -> None:
    if total > _MOST_NODES:
        raise ValueError(f"it stands for more than {_MOST_NODES} values, by aliases of aliases")
    if depth > _DEEPEST:
        raise ValueError(f"it is nested more than {_DEEPEST} deep")


__all__ = ("require_small",)
