# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lint rules about the webhook: what it makes of entries."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ..._fix import Edit, fix_of
from ..table import DEFAULT, EXACT, WILDCARDS, MirrorEntry, is_loopback
from .rule import ERROR, INFO, WARNING, LintInput, LintRule, Note, sample_image

_LIBRARY = "/library"


def _no_default(lint: LintInput) -> t.Iterator[Note]:
    if DEFAULT not in lint.targets:
        line = Edit("entry", "", f"{DEFAULT}::") if lint.is_map else None
        yield Note(
            DEFAULT,
            "There is no entry 'default'. Without one the webhook swaps nothing but what [EXACT] "
            "and [REPLACE] entries name; whether Palette's chart adds one is not documented.",
            fix_of(
                line,
                after=" as a line of the map file.",
                otherwise="Wait: plan looks into a chart that it is given, and override shows a "
                "pod to the live webhook. A map file gets the line 'default::'.",
            ),
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
                fix_of(
                    lint.put(registry, entry.target.removesuffix(_LIBRARY))
                    or lint.exempt(registry),
                    after=f", or another target for all other images of {registry}.",
                    otherwise=f"Add '{registry}::' and the target of its other images, or nothing "
                    "after '::'.",
                ),
            )


def _library_and_exempt(lint: LintInput) -> t.Iterator[Note]:
    for entry in lint.table:
        registry = entry.source.removesuffix(_LIBRARY)
        if entry.kind == "library" and lint.targets.get(registry) == "":
            yield Note(
                str(entry),
                f"'{registry}::' exempts {registry}: only short names such as nginx are "
                f"swapped, {entry.source}/nginx and {registry}/bitnami/redis are not.",
                fix_of(
                    lint.put(
                        registry,
                        entry.target.removesuffix(_LIBRARY),
                        instead=MirrorEntry(registry, ""),
                    ),
                    before=f"Instead of '{registry}::' ",
                    after=", or another target.",
                    otherwise=f"Give {registry} a target, too.",
                ),
            )


def _path_in_source(lint: LintInput) -> t.Iterator[Note]:
    for entry in lint.table:
        if entry.kind == "registry" and "/" in entry.source:
            registry = entry.source.partition("/")[0]
            yield Note(
                str(entry),
                f"The source {entry.source} has a path. The webhook and containerd look up "
                f"registries (the webhook also {registry}/library), so it never matches.",
                _registry_itself(lint, registry, entry),
            )


def _registry_itself(lint: LintInput, registry: str, entry: MirrorEntry) -> str:
    pattern = f", or write [REPLACE]{entry.source}/* in a map file."
    if registry in lint.targets:
        return fix_of(
            Edit("entry", str(entry), ""), after=f", for {registry} has one of its own{pattern}"
        )
    # Where both name the same path, as prefixes that are replaced do, it comes by itself.
    target = entry.target.removesuffix(entry.source.removeprefix(registry))
    return fix_of(
        lint.put(registry, target, entry),
        after=pattern,
        otherwise=f"Write an entry for {registry} itself{pattern}",
    )


def _wildcard_matches_all(lint: LintInput) -> t.Iterator[Note]:
    if "" in lint.wildcards:
        entry = MirrorEntry(WILDCARDS, lint.targets[WILDCARDS])
        kept = [pattern for pattern in lint.wildcards if pattern]
        fewer = f"{WILDCARDS}::{','.join(kept)}" if kept else ""
        whole = lint.is_map or len(kept) < 2
        yield Note(
            WILDCARDS,
            "A comma at the start, at the end or doubled leaves an empty pattern, which every "
            "image matches: 'default' then swaps nothing at all.",
            fix_of(
                Edit("entry", str(entry), fewer) if whole else None,
                otherwise="Keep one pattern, or list each exempted registry as an entry "
                "'<registry>::'.",
            ),
        )


def _wildcards_useless(lint: LintInput) -> t.Iterator[Note]:
    if lint.wildcards and not lint.targets.get(DEFAULT):
        entry = MirrorEntry(WILDCARDS, lint.targets[WILDCARDS])
        yield Note(
            WILDCARDS,
            "The webhook asks these patterns only where 'default' would swap, and 'default' has "
            "no target here: they change nothing.",
            fix_of(
                lint.drop(entry),
                after=f", or exempt a registry with '<registry>::' instead of {WILDCARDS}.",
                otherwise=f"Exempt a registry with '<registry>::' instead of {WILDCARDS}.",
            ),
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
    target = lint.targets.get("docker.io")
    library = f"docker.io{_LIBRARY}"
    if not target:
        return
    swapped = lint.swapped("nginx:1")
    if "/library/" not in swapped:
        yield Note(
            "docker.io",
            f"The short name nginx:1 becomes {swapped}, without library/. A copy under library/ "
            "is not found that way; Harbor's proxy projects answered 404 in older versions.",
            fix_of(
                None if lint.has_patterns else lint.put(library, f"{target}{_LIBRARY}"),
                before="Hold the official images under both paths, or ",
                otherwise="Hold the official images under both paths.",
            ),
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
