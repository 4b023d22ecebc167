# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where each image is pulled from after an override: what the registry has to be asked for."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t
import urllib.parse

from .._image_name import DOCKER_HUB, ImageReference, parse_image
from .._images.explain import read_swap_maps
from .._images.outcome import NodeMirrors, Outcome, outcome
from .._images.pulls import mirrors_of_nodes
from .._mirrors.table import MirrorTable
from .._settings.settings import Settings, prefix_image

_HUB_API_HOSTS = ("registry-1.docker.io", "index.docker.io")


@dataclasses.dataclass(frozen=True)
class Lookup:
    """One image and what has to be in the registry for it.

    `origin` is the image by the name that it has outside of the registry, "" if none is known.
    `node_url` is what a node requests, "" where that is not known; `api` the host and path below
    which the node takes the registry's API to lie, "" for the host itself.
    `reference` is None where there is nothing to ask for; then `problem` says why and `fix` what
    to do. `in_doubt`: without a `default` entry in the webhook's map it is another target.
    """

    image: str
    reference: ImageReference | None
    problem: str = ""
    fix: str = ""
    origin: str = ""
    node_url: str = ""
    api: str = ""
    in_doubt: bool = False

    @property
    def target(self) -> str:
        """Return what to ask for, as text; "" if there is nothing."""
        return str(self.reference or "")


@dataclasses.dataclass(frozen=True)
class Route:
    """What leads images to their targets: mirrors, and who reads them how."""

    mirrors: object
    notation: str = "auto"
    airgap: bool = True
    node_path_style: str = "verbatim"
    assume_default: bool | None = None
    apis: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings, *, airgap: bool, assume_default: bool | None = None) -> Route:
        """Return the route of an override's settings."""
        return cls(
            settings.mirror_string,
            "palette",
            airgap,
            settings.node_path_style,
            assume_default,
            settings.api_places,
        )

    def table(self) -> MirrorTable:
        """Return the mirrors as nodes have them; `apis` are places of APIs, told beside them."""
        table = mirrors_of_nodes(self.mirrors, self.notation)
        for place in self.apis:
            table = table.with_api(place)
        return table


def lookups_of_images(images: t.Iterable[str], route: Route) -> list[Lookup]:
    """Follow images through webhook (in an airgap) and node, as far as the first URL asked.

    Raises ValueError with a sentence on mirrors that no webhook could read.
    """
    maps = None
    if route.airgap:
        maps = read_swap_maps(route.mirrors, route.notation, route.assume_default)
    table = route.table()
    node = NodeMirrors(table, route.node_path_style)
    return [_lookup(outcome(image, maps, node), table) for image in images]


def lookups_of_targets(targets: t.Iterable[str]) -> list[Lookup]:
    """Return the lookups for images by the names that they have in the registry."""
    return [_lookup_of_target(target) for target in targets]


def lookups_of_chart(images: t.Iterable[str], prefix: str) -> list[Lookup]:
    """Return the lookups for a chart's own images, which get the registry's prefix."""
    return [
        dataclasses.replace(_lookup_of_target(target), origin="" if target == image else image)
        for image in dict.fromkeys(images)
        for target in (prefix_image(image, prefix),)
    ]


def hosts_of(lookups: t.Iterable[Lookup]) -> frozenset[str]:
    """Return the host[:port] of the registries that have to be asked."""
    return frozenset(one.reference.registry for one in lookups if one.reference)


def _lookup_of_target(target: str) -> Lookup:
    try:
        return Lookup(target, parse_image(target).normalise())
    except ValueError as error:
        return _unreadable(target, str(error))


def _lookup(result: Outcome, table: MirrorTable) -> Lookup:
    if result.swapped is None:
        problem = f"the webhook answers with a server error. {result.explanation.swap.rule}"
        return Lookup(result.image, None, problem, "Correct the entry that the rule names.")
    try:
        pod = parse_image(result.swapped).normalise()
    except ValueError as error:
        return _unreadable(result.image, str(error))
    url = result.pulled_from[0] if result.pulled_from else ""
    return Lookup(
        result.image,
        _place(url, pod),
        origin=origin_of(result.image, table),
        node_url=url,
        api=_api(url),
        in_doubt=result.without_default is not None,
    )


def _unreadable(image: str, problem: str) -> Lookup:
    return Lookup(image, None, problem, "Write it as host/path:tag, in lower case.")


def origin_of(image: str, table: MirrorTable) -> str:
    """Return an image by its first name: a pod that the webhook has seen names the mirror."""
    for entry in table:
        if entry.kind == "registry" and entry.target and image.startswith(f"{entry.target}/"):
            return f"{entry.source}{image[len(entry.target) :]}"
    return image


def _api(url: str) -> str:
    """Return host and path in front of the `/v2/` of a URL, "" where none or no path is there."""
    parts = urllib.parse.urlsplit(url)
    below, found, _rest = parts.path.partition("/v2/")
    return f"{parts.netloc}{below}" if found and below else ""


def _place(url: str, pod: ImageReference) -> ImageReference:
    """Return the registry and the repository of the first URL, with the pod's tag and digest.

    The `/v2/` of the API is no part of a repository, and may be missing where a node gets a
    mirror's path as it is written: the lookup is what the registry holds, and asked rightly.
    """
    if not url:
        return pod
    parts = urllib.parse.urlsplit(url)
    repository = parts.path.rpartition("/manifests/")[0].removeprefix("/v2/").lstrip("/")
    if _api(url):
        repository = repository.replace("/v2/", "/", 1)
    registry = DOCKER_HUB if parts.netloc in _HUB_API_HOSTS else parts.netloc
    return dataclasses.replace(pod, registry=registry, repository=repository)


__all__ = (
    "Lookup",
    "Route",
    "hosts_of",
    "lookups_of_chart",
    "lookups_of_images",
    "lookups_of_targets",
    "origin_of",
)
