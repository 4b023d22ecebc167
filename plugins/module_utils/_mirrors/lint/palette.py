# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lint rules about the override as a whole: the registry, the product, the page's versions."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import re
import typing as t

from ..._fix import Edit, fix_of
from ..table import DEFAULT, MirrorEntry
from .rule import ERROR, INFO, WARNING, LintInput, LintRule, Note, named

WELL_KNOWN_SOURCES = (
    "docker.io",
    "gcr.io",
    "ghcr.io",
    "k8s.gcr.io",
    "registry.k8s.io",
    "quay.io",
    "us-docker.pkg.dev",
)
"""The sources of the page's example: what Palette pulls from."""

SECRET_BYTES = 1024 * 1024
"""How much a Kubernetes Secret holds, all keys together."""

_PAGE_SOURCE = "us-docker.pkg.dev"
_OLD_PAGE_SOURCE = "us-east1-docker.pkg.dev"
_ECR = re.compile(r"\.dkr[.-]ecr(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com|on\.aws)")
OLD_PATHS = {"k8s.gcr.io": "gcr.io", "registry.k8s.io": "k8s.io"}
"""The last part of targets on pages before 4.8; since then it is the source itself."""


def _missing_sources(lint: LintInput) -> t.Iterator[Note]:
    missing = [source for source in WELL_KNOWN_SOURCES if source not in lint.targets]
    if missing and not lint.targets.get(DEFAULT):
        yield Note(
            named(missing),
            "Palette and its packs pull from these registries, too, and the table has no entry "
            "for them: their images still come from the Internet, or not at all without it.",
            "Add an entry for each, as on Palette's page.",
        )


def _outside_base(lint: LintInput) -> t.Iterator[Note]:
    if not lint.base:
        return
    for entry in lint.places:
        path = entry.target_path
        plain = f"{entry.target_host}/{path.removeprefix('v2/')}"
        if f"{plain.rstrip('/-')}/".startswith(f"{lint.base}/") or entry.target == lint.base:
            continue
        yield Note(
            str(entry),
            f"The target is not below {lint.base}, the registry's endpoint and base content path: "
            "credentials and CA of the override may not be those of this place.",
            fix_of(
                lint.put(entry.source, _below(lint.base, entry), entry),
                after=", or mend endpoint and base path.",
                otherwise=f"Write a target below {lint.base}, or mend endpoint and base path.",
            ),
        )


def _below(base: str, entry: MirrorEntry) -> str:
    """Return the place below a base that is named after the source of an entry."""
    if entry.kind not in ("registry", "library"):
        return base
    host, slash, path = entry.source.partition("/")
    return f"{base}/{host.partition(':')[0]}{slash}{path}"


def _shared_target(lint: LintInput) -> t.Iterator[Note]:
    places: dict[str, list[str]] = {}
    for entry in lint.registries:
        places.setdefault(entry.target, []).append(entry.source)
    for target, sources in places.items():
        if len(sources) > 1:
            yield Note(
                named(sources),
                f"These sources share the target {target}. Images of the same name in both meet "
                "there, and only one of them can be held.",
                "Give each source a path of its own, and copy its images there.",
            )


def _chart_images(lint: LintInput) -> t.Iterator[Note]:
    """Compare where the chart's images are prefixed to with where the table sends them."""
    if not lint.base:
        return
    told: set[str] = set()
    samples = lint.context.chart_images or (f"{_PAGE_SOURCE}/palette-images/image:1",)
    for image in samples:
        source = image.partition("/")[0]
        target = lint.targets.get(source)
        prefixed, swapped = f"{lint.base}/{image}", lint.swapped(image)
        if not target or source in told or swapped == prefixed:
            continue
        told.add(source)
        yield Note(
            str(MirrorEntry(source, target)),
            f"The chart's own images are prefixed to {prefixed}, while the table sends the same "
            f"image to {swapped}. Both paths must hold it: the first for the webhook itself, the "
            "second for all other pods.",
            fix_of(
                None
                if lint.has_patterns
                else lint.put(source, f"{lint.base}/{source}", MirrorEntry(source, target)),
                before="Push those images to both paths, or ",
                otherwise="Push those images to both paths.",
            ),
        )


def with_old_paths(targets: t.Mapping[str, str]) -> list[str]:
    """Return the sources whose targets only pages before 4.8 have."""
    return [
        source
        for source, last in OLD_PATHS.items()
        if targets.get(source, "").rpartition("/")[2] == last
    ]


def _old_paths(lint: LintInput) -> t.Iterator[Note]:
    sources = with_old_paths(lint.targets)
    if sources:
        yield Note(
            named(sources),
            "These targets are those of the page up to Palette 4.7 (k8s.gcr.io to gcr.io, "
            "registry.k8s.io to k8s.io). Since 4.8 it names each path after its source, and newer "
            "airgap binaries fill only the new paths.",
            "Before an upgrade to 4.8 let targets end in /k8s.gcr.io and /registry.k8s.io, and "
            "check that the registry holds images there.",
        )


def _old_package_source(lint: LintInput) -> t.Iterator[Note]:
    if _OLD_PAGE_SOURCE in lint.targets and _PAGE_SOURCE not in lint.targets:
        yield Note(
            _OLD_PAGE_SOURCE,
            f"{_OLD_PAGE_SOURCE} is the source of the page up to Palette 4.4. Since 4.5 images "
            f"come from {_PAGE_SOURCE}, which has no entry.",
            f"Add an entry for {_PAGE_SOURCE}.",
        )


def _package_target(lint: LintInput) -> t.Iterator[Note]:
    target = lint.targets.get(_PAGE_SOURCE)
    below = any(entry.target.startswith(f"{target}/") for entry in lint.registries)
    if target and (below or target == lint.base):
        yield Note(
            str(MirrorEntry(_PAGE_SOURCE, target)),
            f"Since Palette 4.8 the page's target for {_PAGE_SOURCE} ends in /{_PAGE_SOURCE}; this "
            "one does not, as on older pages. Newer airgap binaries fill only the new path.",
            f"Before an upgrade to 4.8 let the target end in /{_PAGE_SOURCE}.",
        )


def _mixed_pages(lint: LintInput) -> t.Iterator[Note]:
    target = lint.targets.get(_PAGE_SOURCE, "")
    old = with_old_paths(lint.targets)
    if old and target.rpartition("/")[2] == _PAGE_SOURCE:
        yield Note(
            named([*old, _PAGE_SOURCE]),
            f"The targets mix two versions of the page: {', '.join(old)} as up to Palette 4.7, "
            f"{_PAGE_SOURCE} as since 4.8. No airgap binary fills both layouts.",
            "Take all targets from the page of your Palette version.",
        )


def _vertex_insecure(lint: LintInput) -> t.Iterator[Note]:
    if lint.context.product == "vertex" and lint.context.insecure_skip_verify:
        yield Note(
            "insecure_skip_verify",
            "VerteX does not support insecure connections to registries, so nothing is pulled.",
            fix_of(
                Edit("setting", "", "false", "insecure_skip_verify"),
                after=", and give the registry's CA.",
            ),
        )


def _ecr_tokens(lint: LintInput) -> t.Iterator[Note]:
    hosts = [entry.target_host for entry in lint.places]
    found = sorted({host for host in (lint.base.partition("/")[0], *hosts) if _ECR.search(host)})
    if found:
        yield Note(
            named(found),
            "Passwords of Amazon ECR are tokens that expire after 12 hours. Then pulls fail "
            "without any change of yours.",
            "Use a long-lived way in: roles of the nodes, a pull-through registry, or a job that "
            "renews the override.",
        )


def _too_long(lint: LintInput) -> t.Iterator[Note]:
    size = sum(len(entry.source) + len(entry.target) + 3 for entry in lint.table)
    if size > SECRET_BYTES:
        yield Note(
            "mirrors",
            f"The table has {size} bytes; a Secret holds {SECRET_BYTES}, all its keys together. "
            "The API server refuses it.",
            "Drop entries that no image needs.",
        )


PALETTE_RULES: tuple[LintRule, ...] = (
    LintRule(
        "missing_source",
        "A registry that Palette pulls from has no entry.",
        _missing_sources,
        webhook=WARNING,
        node=WARNING,
    ),
    LintRule(
        "outside_base_path",
        "A target lies outside of the registry's endpoint and base content path.",
        _outside_base,
        webhook=WARNING,
        node=WARNING,
    ),
    LintRule(
        "shared_target",
        "Two sources share one target.",
        _shared_target,
        webhook=INFO,
        node=INFO,
    ),
    LintRule(
        "chart_images_elsewhere",
        "The chart's own images are prefixed to another path than the table sends them to.",
        _chart_images,
        webhook=WARNING,
    ),
    LintRule(
        "paths_before_4_8",
        "Targets of k8s.gcr.io and registry.k8s.io as on pages before Palette 4.8.",
        _old_paths,
        webhook=WARNING,
        node=WARNING,
    ),
    LintRule(
        "package_target_before_4_8",
        "The target of us-docker.pkg.dev as on pages before Palette 4.8.",
        _package_target,
        webhook=WARNING,
        node=WARNING,
    ),
    LintRule(
        "package_source_before_4_5",
        "us-east1-docker.pkg.dev without us-docker.pkg.dev, as on pages before Palette 4.5.",
        _old_package_source,
        webhook=WARNING,
        node=WARNING,
    ),
    LintRule(
        "mixed_page_versions",
        "Targets mix the layouts of two versions of the page.",
        _mixed_pages,
        webhook=WARNING,
        node=WARNING,
    ),
    LintRule(
        "vertex_insecure",
        "VerteX supports no insecure connections.",
        _vertex_insecure,
        webhook=ERROR,
        node=ERROR,
    ),
    LintRule(
        "ecr_token",
        "Passwords of Amazon ECR expire after 12 hours.",
        _ecr_tokens,
        webhook=WARNING,
        node=WARNING,
    ),
    LintRule(
        "table_too_long",
        "A Secret holds 1 MiB.",
        _too_long,
        webhook=ERROR,
        node=ERROR,
    ),
)

__all__ = ("OLD_PATHS", "PALETTE_RULES", "WELL_KNOWN_SOURCES", "with_old_paths")
