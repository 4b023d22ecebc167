# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the images of a source may lie in a registry, by the layouts that people have."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ...module_utils._mirrors.lint.palette import OLD_PATHS

# The page's targets up to Palette 4.7, below the base path; since 4.8 each is the source itself.
_BEFORE_4_8 = {**OLD_PATHS, "us-docker.pkg.dev": ""}

# What people call the project of a source, such as a proxy cache of Harbor's.
_PROJECTS: dict[str, tuple[str, ...]] = {
    "docker.io": ("docker.io", "dockerhub", "docker-hub", "docker"),
    "gcr.io": ("gcr.io", "gcr"),
    "ghcr.io": ("ghcr.io", "ghcr"),
    "k8s.gcr.io": ("k8s.gcr.io", "k8s-gcr"),
    "registry.k8s.io": ("registry.k8s.io", "k8s.io", "k8s"),
    "quay.io": ("quay.io", "quay"),
    "us-docker.pkg.dev": ("us-docker.pkg.dev", "us-docker"),
}
_MOST = 12
"""So many places of one source are asked at most."""


class Candidate(t.NamedTuple):
    """A target that a source may have, and in words what speaks for it."""

    target: str
    layout: str


def since_4_8(source: str, base: str) -> Candidate:
    """Return the target of the page since Palette 4.8: a path that is named after the source."""
    return Candidate(f"{base}/{source}", "the page's layout since Palette 4.8")


def before_4_8(source: str, base: str) -> Candidate:
    """Return the target of the page up to Palette 4.7."""
    path = _BEFORE_4_8.get(source, source)
    return Candidate(f"{base}/{path}".rstrip("/"), "the page's layout up to Palette 4.7")


def candidates(
    source: str, base: str, repositories: t.Iterable[str], catalog: t.Iterable[str]
) -> tuple[Candidate, ...]:
    """Return the places in which images of a source may lie, the likeliest first.

    `base` is `<endpoint>/<base content path>`, `repositories` are the paths of images that matter,
    and `catalog` names what the registry holds, as far as it tells.
    """
    host = base.partition("/")[0]
    found = [since_4_8(source, base), before_4_8(source, base), Candidate(base, "the base path")]
    found += [
        Candidate(f"{host}/{prefix}".rstrip("/"), "the registry's own catalog")
        for prefix in _prefixes(tuple(repositories), catalog)
    ]
    found += [
        Candidate(f"{host}/{project}{suffix}", "a project of its own, such as a proxy cache")
        for project in _PROJECTS.get(source, (source,))
        for suffix in ("", "-proxy")
    ]
    unique = {one.target: one for one in reversed(found)}
    return tuple(unique[target] for target in dict.fromkeys(one.target for one in found))[:_MOST]


def _prefixes(repositories: t.Sequence[str], catalog: t.Iterable[str]) -> t.Iterator[str]:
    """Yield the paths before images that matter, each once."""
    seen = set()
    for name in catalog:
        for repository in repositories:
            prefix = name.removesuffix(f"/{repository}")
            if prefix != name and prefix not in seen:
                seen.add(prefix)
                yield prefix


__all__ = (
    "Candidate",
    "before_4_8",
    "candidates",
    "since_4_8",
)
