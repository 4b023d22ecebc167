# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters that tell what becomes of an image."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._mirrors.notation import NODE_PATH_STYLES
from ..module_utils._settings.parse import read_boolean
from ..module_utils._settings.settings import prefix_image as add_prefix

# Ansible loads this file in every run that uses any filter of ours: what follows images through
# webhook and node is imported where somebody asks for that.
if t.TYPE_CHECKING:
    from ..module_utils._images.explain import SwapMaps


def swap_image(
    image: object, mirrors: object, notation: str = "auto", assume_default: object = "unknown"
) -> str | dict[str, str | None] | None:
    """Return the image that the webhook puts in the pod, or both answers where that is open."""
    name = "swap_image"
    image = _text(name, "the image", image)
    maps = _maps(name, mirrors, notation, assume_default)
    swapped = maps.likely.swap(image).swapped
    doubtful = swapped if maps.doubt is None else maps.doubt.swap(image).swapped
    if doubtful == swapped:
        return swapped
    return {"with_default": swapped, "without_default": doubtful}


def explain_image(
    image: object,
    mirrors: object,
    notation: str = "auto",
    assume_default: object = "unknown",
    node_path_style: str = NODE_PATH_STYLES[0],
    containerd_version: object = None,
) -> dict[str, t.Any]:
    """Return the swapped image, the rule that decided, findings, and what nodes then request."""
    from ..module_utils._images.outcome import NodeMirrors, outcome
    from ..module_utils._images.pulls import DEFAULT_VERSION, mirrors_of_nodes

    name = "explain_image"
    image = _text(name, "the image", image)
    maps = _maps(name, mirrors, notation, assume_default)
    if node_path_style not in NODE_PATH_STYLES:
        raise _error(name, f"node_path_style is {node_path_style!r}: {_either(NODE_PATH_STYLES)}")
    version = DEFAULT_VERSION if containerd_version is None else str(containerd_version)
    table = mirrors_of_nodes(mirrors, notation)

    return outcome(image, maps, NodeMirrors(table, node_path_style, version)).to_full_dict()


def prefix_image(image: object, prefix: object) -> str:
    """Return the image under a prefix; one that has the prefix already stays as it is."""
    name = "prefix_image"
    return add_prefix(_text(name, "the image", image), _text(name, "the prefix", prefix))


def _maps(name: str, mirrors: object, notation: str, assume_default: object) -> SwapMaps:
    from ..module_utils._images.explain import read_swap_maps

    notation = _text(name, "notation", notation)
    unknown = assume_default is None or str(assume_default).strip().lower() == "unknown"
    default = None if unknown else read_boolean(assume_default)
    if default is None and not unknown:
        raise _error(name, f"assume_default is {assume_default!r}: use unknown, true or false")
    try:
        return read_swap_maps(mirrors, notation, default)
    except ValueError as exc:
        raise _error(name, str(exc)) from exc


def _text(name: str, what: str, value: object) -> str:
    if isinstance(value, str):
        return value
    raise _error(name, f"{what} must be text, got {type(value).__name__}")


def _either(choices: t.Sequence[str]) -> str:
    return f"use {' or '.join(choices)}"


def _error(name: str, message: str) -> AnsibleFilterError:
    return AnsibleFilterError(f"palette.image_registry.{name}: {message}")


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {
            "explain_image": explain_image,
            "prefix_image": prefix_image,
            "swap_image": swap_image,
        }
