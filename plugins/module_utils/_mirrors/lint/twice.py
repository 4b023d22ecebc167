# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lint rules about what the webhook swaps a second time, at the next admission of a pod."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ..._fix import fix_of
from ..table import DEFAULT, MirrorEntry
from .rule import ERROR, LintInput, LintRule, Note, sample_image

_LIBRARY = "/library"
_HUB_LIBRARY = "docker.io/library"
"""The one library that the webhook asks for: short names are its images."""
_STRANGER = "registry.invalid"
"""A registry that no table names: its images take the way of `default`."""


def _default_recursion(lint: LintInput) -> t.Iterator[Note]:
    entry = MirrorEntry(DEFAULT, lint.targets.get(DEFAULT, ""))
    if entry.target and "." in entry.target_host:
        yield from _second_admission(lint, entry, _swapped_once(lint, entry))


def _target_is_source(lint: LintInput) -> t.Iterator[Note]:
    for entry in lint.places:
        host = entry.target_host
        known = lint.target_of(host) or lint.targets.get(DEFAULT)
        if known and "." in host and host != entry.source and _matches(entry):
            yield from _second_admission(lint, entry, _swapped_once(lint, entry))


def _matches(entry: MirrorEntry) -> bool:
    """Return whether images take the way of an entry; `default` and patterns have their own rules."""
    plain = entry.kind == "registry" and "." in entry.source and "/" not in entry.source
    return plain or entry.source == _HUB_LIBRARY


def _sample(lint: LintInput, entry: MirrorEntry) -> str:
    """Return an image that takes the way of an entry, which of Docker Hub's not all do."""
    if entry.kind == "default":
        return f"{_STRANGER}/project/image:1"
    if entry.source == "docker.io" and _HUB_LIBRARY in lint.targets:
        return "docker.io/project/image:1"
    return sample_image(entry.source.removesuffix(_LIBRARY))


def _swapped_once(lint: LintInput, entry: MirrorEntry) -> str:
    """Return how the webhook is kept from swapping what it makes of an entry."""
    host = entry.target_host
    if host not in lint.targets:
        return fix_of(
            None if lint.has_patterns else lint.exempt(host),
            after=", which exempts it.",
            otherwise=f"Exempt {host} from being swapped.",
        )
    end = f"{lint.targets[host]}/{entry.target_path}".rstrip("/")
    return fix_of(
        lint.put(entry.source, end, entry),
        after=f", which is where images of {host} end up.",
        otherwise=f"Let {entry.source} go where images of {host} end up.",
    )


def _target_without_dot(lint: LintInput) -> t.Iterator[Note]:
    for entry in lint.places:
        host, colon, port = entry.target_host.partition(":")
        if "." in host or not (entry.kind == "default" or _matches(entry)):
            continue
        own = f"An entry '{entry.target_host}::' does not help: none matches a host without a dot."
        rest = entry.target.removeprefix("localhost")
        address = lint.put(entry.source, f"127.0.0.1{rest}", entry)
        fix = fix_of(
            address if host == "localhost" else None,
            after=f", or another name with a dot. {own}",
            otherwise="Write the target with a name or address that has a dot, such as "
            f"{'127.0.0.1' if host == 'localhost' else f'{host}.example.org'}{colon}{port}. {own}",
        )
        yield from _second_admission(lint, entry, fix)


def _second_admission(lint: LintInput, entry: MirrorEntry, fix: str) -> t.Iterator[Note]:
    image = _sample(lint, entry)
    first = lint.swapped(image)
    second = lint.swapped(first)
    if second != first:
        yield Note(
            str(entry),
            f"The webhook swaps its own result once more: {image} becomes {first} and at the "
            f"next admission of the pod {second}.",
            fix,
        )


TWICE_RULES: tuple[LintRule, ...] = (
    LintRule(
        "default_recursion",
        "A default with a target swaps the results of the webhook again, unless they are exempt.",
        _default_recursion,
        webhook=ERROR,
    ),
    LintRule(
        "target_is_source",
        "A target in a registry that is a source itself is swapped again.",
        _target_is_source,
        webhook=ERROR,
    ),
    LintRule(
        "target_host_without_dot",
        "A target whose host has no dot is swapped again: the webhook takes it for docker.io's.",
        _target_without_dot,
        webhook=ERROR,
    ),
)

__all__ = ("TWICE_RULES",)
