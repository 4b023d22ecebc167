# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lint rules about given images: what the table makes of each."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ..._fix import fix_of
from ..._image_name import ImageReference, parse_image
from ..table import DEFAULT, shown
from .rule import ERROR, WARNING, LintInput, LintRule, Note, named


def _reference(image: str) -> ImageReference | None:
    """Return a normalised image, None if it is none."""
    try:
        return parse_image(image).normalise()
    except ValueError:
        return None


def _invalid_image(lint: LintInput) -> t.Iterator[Note]:
    for image in lint.context.images:
        if _reference(image) is None:
            yield Note(
                shown(image),
                "This is no image reference: Kubernetes answers InvalidImageName.",
                "Write it as registry/path:tag, in lowercase.",
            )


def _webhook_fails(lint: LintInput) -> t.Iterator[Note]:
    for image in lint.context.images:
        swap = lint.swap_map.swap(image)
        if swap.swapped is None:
            yield Note(
                image,
                f"The webhook answers with a server error and the pod is not created. {swap.rule}",
                "Add an entry for the registry itself.",
            )


def _swapped_invalid(lint: LintInput) -> t.Iterator[Note]:
    for image in lint.context.images:
        swap = lint.swap_map.swap(image)
        if swap.swapped and _reference(image) and not _reference(swap.swapped):
            yield Note(
                image,
                f"The webhook makes {swap.swapped} of it, which is no image reference. {swap.rule}",
                "Write the source as it stands in the image, with its port.",
            )


def _replaced_twice(lint: LintInput) -> t.Iterator[Note]:
    for image in lint.context.images:
        swap = lint.swap_map.swap(image)
        if swap.replacements > 1:
            yield Note(
                image,
                f"The source stands {swap.replacements} times in the image and the webhook "
                f"replaces each, its dots matching any letter: {swap.swapped}.",
                "Name this image in an [EXACT] entry, or hold it under that path as well.",
            )


def _port_without_source(lint: LintInput) -> t.Iterator[Note]:
    for image in lint.context.images:
        reference = _reference(image)
        host, colon, port = (reference.registry if reference else "").partition(":")
        if colon and f"{host}:{port}" not in lint.targets and lint.targets.get(host):
            yield Note(
                image,
                f"The table has {host} but the image is at port {port}: containerd finds no entry, "
                f"and the webhook makes {lint.swapped(image)} of it.",
                fix_of(
                    lint.put(f"{host}:{port}", lint.targets[host]),
                    otherwise=f"Add an entry for {host}:{port}.",
                ),
            )


def _not_redirected(lint: LintInput) -> t.Iterator[Note]:
    if lint.targets.get(DEFAULT):
        return
    counts: dict[str, int] = {}
    targets = {entry.target_host for entry in lint.places}
    for image in lint.context.images:
        reference = _reference(image)
        registry = reference.registry if reference else ""
        if registry and registry not in lint.targets and registry not in targets:
            counts[registry] = counts.get(registry, 0) + 1
    if counts:
        number = sum(counts.values())
        yield Note(
            named([f"{registry} ({count})" for registry, count in counts.items()]),
            f"{number} of {len(lint.context.images)} images {'come' if number > 1 else 'comes'} "
            "from registries without an entry: nothing redirects their pulls.",
            "Add an entry for each registry, or make sure that nodes reach it.",
        )


IMAGE_RULES: tuple[LintRule, ...] = (
    LintRule(
        "invalid_image",
        "A given image is no image reference.",
        _invalid_image,
        webhook=WARNING,
        node=WARNING,
    ),
    LintRule(
        "webhook_fails_on_image",
        "The webhook answers a given image with a server error.",
        _webhook_fails,
        webhook=ERROR,
    ),
    LintRule(
        "image_becomes_invalid",
        "The webhook makes no valid image of a given one.",
        _swapped_invalid,
        webhook=ERROR,
    ),
    LintRule(
        "replaced_twice",
        "The source occurs more than once in a given image.",
        _replaced_twice,
        webhook=WARNING,
    ),
    LintRule(
        "port_not_in_source",
        "A given image names a port, its source does not.",
        _port_without_source,
        webhook=ERROR,
        node=WARNING,
    ),
    LintRule(
        "image_not_redirected",
        "Given images come from registries without an entry.",
        _not_redirected,
        webhook=WARNING,
        node=WARNING,
    ),
)

__all__ = ("IMAGE_RULES",)
