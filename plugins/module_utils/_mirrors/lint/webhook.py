# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lint rules about the webhook: what it makes of entries."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ..table import DEFAULT, EXACT, WILDCARDS, MirrorEntry, is_loopback
from .rule import ERROR, INFO, WARNING, LintInput, LintRule, Note, sample_image

_LIBRARY = "/library"
_STRANGER = "registry.invalid"
"""A registry that no table names: its images take the way of `default`."""


def _no_default(lint: LintInput) -> t.Iterator[Note]:
    if DEFAULT not in lint.targets:
        yield Note(
            DEFAULT,
            "There is no entry 'default'. Without one the webhook swaps nothing but what [EXACT] "
            "and [REPLACE] entries name; whether Palette's chart adds one is not documented.",
            "Add the line 'default::' to a map file. With Palette's string wait: plan looks into a "
            "chart that it is given, override into the live map, where a missing one is an error.",
            None if lint.is_map else WARNING,
        )


def _library_alone(lint: LintInput) -> t.Iterator[Note]:
    for entry in lint.table:
        registry = entry.source.removesuffix(_LIBRARY)
        if entry.kind == "library" and registry not in lint.targets:
            yield Note(
                str(entry),
                f"There is an entry for {entry.source} but none for {registry}. The webhook "
                f"answers every other image of {registry} with a server error, and with "
                "failurePolicy Fail no such pod is created in the whole cluster.",
                f"Add '{registry}::' and the target of its other images, or nothing after '::'.",
            )


def _library_and_exempt(lint: LintInput) -> t.Iterator[Note]:
    for entry in lint.table:
        registry = entry.source.removesuffix(_LIBRARY)
        if entry.kind == "library" and lint.targets.get(registry) == "":
            yield Note(
                str(entry),
                f"'{registry}::' exempts {registry}: only short names such as nginx are "
                f"swapped, {entry.source}/nginx and {registry}/bitnami/redis are not.",
                f"Give {registry} a target, too.",
            )


def _path_in_source(lint: LintInput) -> t.Iterator[Note]:
    for entry in lint.table:
        if entry.kind == "registry" and "/" in entry.source:
            registry = entry.source.partition("/")[0]
            yield Note(
                str(entry),
                f"The source {entry.source} has a path. The webhook and containerd look up "
                f"registries (the webhook also {registry}/library), so it never matches.",
                f"{_instead(lint, registry, entry)}, or write [REPLACE]{entry.source}/* in a map "
                "file.",
            )


def _instead(lint: LintInput, registry: str, entry: MirrorEntry) -> str:
    if registry in lint.targets:
        return f"Remove the entry, for {registry} has one"
    return f"Write '{registry}::{entry.target}'"


def _default_recursion(lint: LintInput) -> t.Iterator[Note]:
    entry = MirrorEntry(DEFAULT, lint.targets.get(DEFAULT, ""))
    if entry.target:
        fix = (
            f"Exempt the registry itself: add '{entry.target_host}::', or its host to {WILDCARDS}."
        )
        if "." in entry.target_host:
            yield from _second_admission(lint, entry, f"{_STRANGER}/project/image:1", fix)


def _target_is_source(lint: LintInput) -> t.Iterator[Note]:
    for entry in lint.registries:
        host = entry.target_host
        if "." in host and host != entry.source and _has_entry(lint, host):
            fix = f"Let {entry.source} go where images of {host} end up."
            if host not in lint.targets:
                fix = f"Add '{host}::', which exempts that port of it."
            yield from _second_admission(lint, entry, sample_image(entry.source), fix)


def _target_without_dot(lint: LintInput) -> t.Iterator[Note]:
    for entry in lint.places:
        host, colon, port = entry.target_host.partition(":")
        if "." in host or entry.kind not in ("registry", "default", "library"):
            continue
        image = f"{_STRANGER}/project/image:1"
        if entry.kind != "default":
            image = sample_image(entry.source.removesuffix(_LIBRARY))
        full = "127.0.0.1" if host == "localhost" else f"{host}.example.org"
        fix = (
            "Write the target with a name or address that has a dot, such as "
            f"{full}{colon}{port}. An entry '{entry.target_host}::' does not help: none matches a "
            "host without a dot."
        )
        yield from _second_admission(lint, entry, image, fix)


def _has_entry(lint: LintInput, host: str) -> bool:
    return host in lint.targets or host.partition(":")[0] in lint.targets


def _second_admission(
    lint: LintInput, entry: MirrorEntry, image: str, fix: str
) -> t.Iterator[Note]:
    first = lint.swapped(image)
    second = lint.swapped(first)
    if second != first:
        yield Note(
            str(entry),
            f"The webhook swaps its own result once more: {image} becomes {first} and at the "
            f"next admission of the pod {second}.",
            fix,
        )


def _wildcard_matches_all(lint: LintInput) -> t.Iterator[Note]:
    if "" in lint.wildcards:
        patterns = ",".join(filter(None, lint.wildcards))
        yield Note(
            WILDCARDS,
            "A comma at the start, at the end or doubled leaves an empty pattern, which every "
            "image matches: 'default' then swaps nothing at all.",
            f"Write '{WILDCARDS}::{patterns}'.",
        )


def _wildcards_useless(lint: LintInput) -> t.Iterator[Note]:
    if lint.wildcards and not lint.targets.get(DEFAULT):
        yield Note(
            WILDCARDS,
            "The webhook asks these patterns only where 'default' would swap, and 'default' has "
            "no target here: they change nothing.",
            f"Remove the entry, or exempt a registry with '<registry>::' instead of {WILDCARDS}.",
        )


def _wildcard_list(lint: LintInput) -> t.Iterator[Note]:
    if len(lint.wildcards) > 1 and not lint.is_map:
        yield Note(
            WILDCARDS,
            "Palette's string parts entries at commas, so it cannot hold more than one pattern: "
            "the others would be swapped all the same.",
            "Keep one pattern, or list each exempted registry as an entry '<registry>::'.",
        )


def _short_target_host(lint: LintInput) -> t.Iterator[Note]:
    for entry in lint.places:
        host = entry.target_host
        if "." not in host and ":" not in host and host != "localhost":
            yield Note(
                str(entry),
                f"The target's host {host} has neither dot nor port, so it reads as a project of "
                f"Docker Hub: {entry.target}/image means docker.io/{entry.target}/image.",
                f"Write the full name, with a dot, such as {host}.example.org.",
            )


def _source_without_dot(lint: LintInput) -> t.Iterator[Note]:
    for entry in lint.registries:
        if "." not in entry.source:
            image = sample_image(entry.source)
            yield Note(
                str(entry),
                f"The webhook takes a first part without a dot for a project of docker.io, so this "
                f"entry never matches: {image} becomes {lint.swapped_sample(entry)}.",
                f"Name that registry with a dot, such as {_dotted(entry.source)}, in images too.",
            )


def _dotted(source: str) -> str:
    """Return a registry without a dot under a name that has one."""
    host, colon, port = source.partition(":")
    return f"{host}.local{colon}{port}"


def _short_names(lint: LintInput) -> t.Iterator[Note]:
    if not lint.targets.get("docker.io"):
        return
    swapped = lint.swapped("nginx:1")
    if "/library/" not in swapped:
        yield Note(
            "docker.io",
            f"The short name nginx:1 becomes {swapped}, without library/. A copy under library/ "
            "is not found that way; Harbor's proxy projects answered 404 in older versions.",
            "Hold the official images under both paths, or add 'docker.io/library::' with the "
            "target and /library.",
        )


def _replace_basename(lint: LintInput) -> t.Iterator[Note]:
    for entry in lint.table:
        if entry.kind == "replace" and entry.target:
            yield Note(
                str(entry),
                f"[REPLACE] keeps the last part of the name alone: a/b/image:1 becomes "
                f"{entry.target}/image:1. Images of the same name from different projects meet "
                "there.",
                "Write an entry for the registry to keep the whole path.",
            )


def _exact_literal(lint: LintInput) -> t.Iterator[Note]:
    for entry in lint.table:
        image = entry.source.removeprefix(EXACT)
        if entry.kind == "exact" and ":" not in image.rpartition("/")[2] and "@" not in image:
            yield Note(
                str(entry),
                f"[EXACT] compares letter by letter. It matches {image} alone, not {image}:latest "
                "or any other tag, nor another way to write it.",
                "Write one entry for each spelling that your manifests use.",
            )


def _loopback_target(lint: LintInput) -> t.Iterator[Note]:
    for entry in lint.places:
        if is_loopback(entry.target_host):
            yield Note(
                str(entry),
                f"{entry.target_host} is every node itself, and it is asked over plain HTTP: the "
                "pull works only where a registry runs on that very node.",
                "Write the name under which nodes reach the registry.",
            )


def _trailing_dash(lint: LintInput) -> t.Iterator[Note]:
    for entry in lint.places:
        if entry.target.endswith("-"):
            image = sample_image(entry.source)
            yield Note(
                str(entry),
                "A '-' at the end glues for the webhook, with the port left out: "
                f"{image} becomes {lint.swapped_sample(entry)}. containerd knows no such thing: "
                f"it asks {lint.requested(entry)}.",
                "Write a target that ends in a path of its own.",
            )


WEBHOOK_RULES: tuple[LintRule, ...] = (
    LintRule(
        "no_default",
        "The webhook swaps nothing without an entry 'default'. An error in a map file, a warning "
        "in Palette's notations, whose chart may add it.",
        _no_default,
        webhook=ERROR,
    ),
    LintRule(
        "library_without_registry",
        "An entry for registry/library without one for the registry makes the webhook fail.",
        _library_alone,
        webhook=ERROR,
    ),
    LintRule(
        "library_with_exempted_registry",
        "With the registry exempted, only short names are swapped by registry/library.",
        _library_and_exempt,
        webhook=WARNING,
    ),
    LintRule(
        "path_in_source",
        "A source with a path other than /library never matches.",
        _path_in_source,
        webhook=ERROR,
        node=ERROR,
    ),
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
    LintRule(
        "wildcard_matches_all",
        "An empty pattern in noswap_wildcards disables 'default' for every image.",
        _wildcard_matches_all,
        webhook=ERROR,
    ),
    LintRule(
        "wildcards_without_default",
        "noswap_wildcards exempts from 'default' alone.",
        _wildcards_useless,
        webhook=WARNING,
    ),
    LintRule(
        "wildcard_list",
        "Palette's string holds one pattern of noswap_wildcards, not a list.",
        _wildcard_list,
        webhook=ERROR,
        node=ERROR,
    ),
    LintRule(
        "short_target_host",
        "A target's host without dot or port reads as a project of Docker Hub.",
        _short_target_host,
        webhook=ERROR,
        node=WARNING,
    ),
    LintRule(
        "source_without_dot",
        "The webhook takes a registry without a dot for a project of docker.io.",
        _source_without_dot,
        webhook=WARNING,
    ),
    LintRule(
        "short_names_without_library",
        "Short names lose library/ on their way through the webhook.",
        _short_names,
        webhook=WARNING,
    ),
    LintRule(
        "replace_keeps_basename",
        "[REPLACE] drops the path of images.",
        _replace_basename,
        webhook=WARNING,
    ),
    LintRule(
        "exact_without_tag",
        "[EXACT] compares letter by letter, tag included.",
        _exact_literal,
        webhook=INFO,
    ),
    LintRule(
        "loopback_target",
        "A loopback address as target means every node itself.",
        _loopback_target,
        webhook=WARNING,
        node=WARNING,
    ),
    LintRule(
        "trailing_dash",
        "A target that ends in '-' has a meaning for the webhook alone.",
        _trailing_dash,
        node=ERROR,
    ),
)

__all__ = ("WEBHOOK_RULES",)
