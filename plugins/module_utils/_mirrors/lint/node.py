# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lint rules about nodes: what containerd makes of entries, and where the webhook differs."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ..._fix import Edit, fix_of
from ..entry_rules import is_writable
from ..notations.endpoint import api_path, has_v2, names_api
from ..table import DEFAULT, MirrorEntry
from .rule import ERROR, INFO, WARNING, LintInput, LintRule, Note, named, sample_image

_STYLE = Edit("setting", "", "v2_prefix", "palette_node_path_style")
_HUB_ALIASES = ("index.docker.io", "registry-1.docker.io", "registry.hub.docker.com")


def _both(lint: LintInput, entry: MirrorEntry) -> str:
    """Return what either consumer makes of a sample image of the entry's source."""
    image = sample_image(entry.source)
    webhook = (
        f" The webhook makes {lint.swapped_sample(entry)} of {image}."
        if lint.context.airgap
        else ""
    )
    return f"containerd asks {lint.requested(entry)}.{webhook}"


def without_v2(target: str) -> str:
    """Return a target without the API's /v2 at the front of its path."""
    while has_v2(target):
        host, _slash, path = target.partition("/")
        target = f"{host}/{path[2:].strip('/')}".rstrip("/")
    return target


def _v2_for_webhook(lint: LintInput) -> t.Iterator[Note]:
    for entry in lint.places:
        if has_v2(entry.target):
            plain = MirrorEntry(entry.source, without_v2(entry.target))
            yield Note(
                str(entry),
                "/v2 is right for nodes and wrong for the webhook, which reads it as a project "
                f"named v2. {_both(lint, entry)}",
                fix_of(
                    # Patterns may exempt the target as it is written.
                    None
                    if lint.wildcards and lint.targets.get(DEFAULT)
                    else Edit("entry", str(entry), str(plain)),
                    _STYLE,
                    otherwise=f"Write the target without /v2 and {_STYLE}.",
                ),
            )


def _v2_missing(lint: LintInput) -> t.Iterator[Note]:
    if lint.context.node_path_style != "verbatim":
        return
    entries = [
        entry for entry in lint.registries if entry.target_path and not names_api(entry.target)
    ]
    if not entries:
        return
    mirrors = (
        ": the Secret, which Palette writes to the nodes, then has /v2/ in these targets, and the chart "
        "has not"
    )
    first = entries[0]
    own = MirrorEntry(first.source, api_path(first.target, first.api_path))
    below = (
        "."
        if all(entry.api_path for entry in entries)
        else ". Where the API lies below that path (Nexus, Artifactory), tell it as api_path, so that "
        "/v2 comes behind it."
    )
    yield Note(
        named([entry.source for entry in entries]),
        "Nodes get these targets verbatim, without /v2, and containerd adds it to an endpoint "
        "without a path alone. Where the registry's API does not lie there, the pull goes on to "
        f"the upstream registry, or fails where a web page answers. {_both(lint, first)}",
        fix_of(
            _STYLE,
            after=f"{mirrors}{below}"
            if lint.context.airgap or not is_writable(own)
            else f"{mirrors}, or write '{own}': only nodes read this table{below}",
        ),
    )


def _v2_within(lint: LintInput) -> t.Iterator[Note]:
    for entry in lint.places:
        segments = entry.target_path.split("/")
        if "v2" in segments[1:]:
            yield Note(
                str(entry),
                "Nodes take /v2 within the path as it stands, which is right only if the registry's "
                f"API lies there (Nexus, Artifactory). {_both(lint, entry)}",
                "Nothing, if it does; else write the path of the project without /v2.",
            )


def _below_path(lint: LintInput) -> t.Iterator[Note]:
    for entry in lint.places:
        if entry.api_path:
            pods = f"{entry.target_host}/v2/{entry.target_path}"
            yield Note(
                str(entry),
                f"The registry's API lies below {entry.api_path}, and pods that the webhook sends "
                f"there are pulled from https://{pods}/...: container runtimes know no API below a "
                "path but that of a mirror.",
                "Nothing, if the registry answers there, too; else give it a host, a port or a path "
                "at /v2/ of its own (Nexus: a connector or path-based routing; Artifactory: its "
                "reverse proxy), and write that as target.",
            )


def _webhook_only(lint: LintInput) -> t.Iterator[Note]:
    for entry in lint.table:
        if entry.kind == "registry" or not entry.target:
            continue
        if entry.kind == "default":
            if not lint.is_nodes:
                yield _default_for_nodes(lint, entry)
            continue
        yield Note(
            str(entry),
            f"containerd looks up registries and knows no {entry.kind} entries: on nodes this "
            "one changes nothing."
            + ("" if lint.context.airgap else " The webhook that knows them is not installed."),
            fix_of(
                None if lint.context.airgap else lint.drop(entry),
                after=", or write one for the registry itself.",
                otherwise="Write an entry for each registry that nodes are to redirect.",
            ),
        )


def _default_for_nodes(lint: LintInput, entry: MirrorEntry) -> Note:
    """Tell that Palette's way to the nodes has no `default`, while their own files have."""
    return Note(
        str(entry),
        "No registry is named default: through Palette, which writes entries to the nodes as they "
        "stand, this one changes nothing there. In files of the nodes' own it is `*` (config.toml, "
        "registries.yaml) or _default (hosts.toml), and serves every registry without an entry.",
        "Write an entry for each registry that nodes are to redirect, or render the table for the "
        "nodes and write that file to them.",
        None if lint.is_palette or lint.is_map else INFO,
    )


def _exempt_on_nodes(lint: LintInput) -> t.Iterator[Note]:
    for entry in lint.table:
        if entry.kind == "registry" and not entry.target:
            yield Note(
                str(entry),
                f"The target is empty: the webhook leaves images of {entry.source} alone, and "
                "containerd asks that registry itself.",
                "Nothing, if that registry is reachable from every node.",
            )


def _taken_literally(lint: LintInput) -> t.Iterator[Note]:
    sources = ("docker.io", DEFAULT) if lint.is_nodes else ("docker.io",)
    for entry in lint.places:
        if entry.source in sources and entry.target_host == "docker.io":
            yield Note(
                str(entry),
                "In a target docker.io is a host like any other: containerd asks https://docker.io "
                "as it stands, and not Docker Hub's registry, which is registry-1.docker.io.",
                fix_of(
                    lint.put(entry.source, f"registry-1.{entry.target}", entry),
                    otherwise="Write a target in registry-1.docker.io, or in a mirror of it.",
                ),
            )


def _hub_alias(lint: LintInput) -> t.Iterator[Note]:
    for entry in lint.registries:
        if entry.source in _HUB_ALIASES and "docker.io" not in lint.targets:
            yield Note(
                str(entry),
                f"containerd calls Docker Hub docker.io and nothing else, so {entry.source} never "
                "matches on nodes, and images without a registry are not redirected at all.",
                fix_of(
                    lint.put("docker.io", entry.target),
                    otherwise="Write an entry for docker.io.",
                ),
            )


NODE_RULES: tuple[LintRule, ...] = (
    LintRule(
        "v2_in_target",
        "A target that begins with /v2 is right for nodes and wrong for the webhook.",
        _v2_for_webhook,
        webhook=ERROR,
    ),
    LintRule(
        "v2_missing_for_nodes",
        "A target with a path but without /v2 is right for the webhook; on nodes, verbatim, it "
        "works only where the registry's API lies there.",
        _v2_missing,
        node=WARNING,
    ),
    LintRule(
        "v2_within_path",
        "A /v2 within the path is for registries whose API lies below a path; to the webhook it is "
        "a part of the image's name.",
        _v2_within,
        webhook=WARNING,
        node=INFO,
    ),
    LintRule(
        "api_below_path",
        "An api_path tells that the registry's API lies below a path; pods that the webhook sends "
        "there ask the host's own /v2/.",
        _below_path,
        webhook=WARNING,
    ),
    LintRule(
        "webhook_only_entry",
        "Nodes know entries for registries alone, no library, wildcards, exact or replace "
        "entries; default only in files of their own, as `*` or _default.",
        _webhook_only,
        node=WARNING,
    ),
    LintRule(
        "exempted_registry",
        "An empty target exempts a registry from both consumers.",
        _exempt_on_nodes,
        webhook=INFO,
        node=INFO,
    ),
    LintRule(
        "endpoint_taken_literally",
        "A target docker.io is asked as it stands; Docker Hub's registry has another host.",
        _taken_literally,
        node=WARNING,
    ),
    LintRule(
        "docker_hub_alias",
        "containerd knows Docker Hub as docker.io only.",
        _hub_alias,
        node=WARNING,
    ),
)

__all__ = ("NODE_RULES", "without_v2")
