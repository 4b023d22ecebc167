# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a node requests for an image, if Palette configured it with the same mirrors."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import functools

from .._containerd.evaluate import load
from .._containerd.model import UP, NodeFiles
from .._containerd.node import Containerd
from .._image_name import parse_image
from .._mirrors.notation import node_endpoints, parse_mirrors
from .._mirrors.notations.containerd import render_config
from .._mirrors.table import MirrorTable
from .explain import detect_notation, unwrapped

DEFAULT_VERSION = "1.7.27"
"""The release that is taken for granted where none is told: mirrors work alike in 1.6 to 2.4."""

_CONFIG = "/etc/containerd/config.toml"


def pull_urls(
    image: str, mirrors: MirrorTable, path_style: str = "verbatim", version: str = DEFAULT_VERSION
) -> tuple[str, ...]:
    """Return the manifest URLs that containerd tries for an image, in order.

    The node has the mirrors in its config.toml, as Palette writes them there. None at all where
    the image has no valid name. Raises ValueError on another path style, and with the reason
    where that release does not serve pods with such a file.
    """
    try:
        reference = parse_image(image).normalise()
    except ValueError:
        return ()
    node = _node(mirrors, path_style, version)
    if node.cri != UP:
        reason = node.reason.rstrip(".")
        raise ValueError(f"containerd {version} is {node.cri} with these mirrors: {reason}")
    return node.requests(str(reference))


@functools.lru_cache(maxsize=8)
def _node(mirrors: MirrorTable, path_style: str, version: str) -> Containerd:
    table = MirrorTable(node_endpoints(mirrors, path_style))
    # The endpoints are literal by now, so nothing may be added to them.
    return load(NodeFiles({_CONFIG: render_config(table, 2, "verbatim")}, version))


def mirrors_of_nodes(raw: object, notation: str = "auto") -> MirrorTable:
    """Return the table that nodes get from mirrors in any notation; broken entries are left out."""
    raw, notation = unwrapped(raw, notation)
    return _of_text(raw, notation) if isinstance(raw, str) else parse_mirrors(raw, notation).table


@functools.lru_cache(maxsize=8)
def _of_text(text: str, notation: str) -> MirrorTable:
    # The same notation as for the webhook: one text must not be read in two ways.
    return parse_mirrors(text, detect_notation(text) if notation == "auto" else notation).table


__all__ = ("DEFAULT_VERSION", "mirrors_of_nodes", "pull_urls")
