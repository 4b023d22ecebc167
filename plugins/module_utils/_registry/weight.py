# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much an image weighs: what a pull of it brings, by its manifests alone."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import concurrent.futures
import dataclasses
import typing as t

from .._image_name import SHA_DIGEST, ImageReference
from .errors import RegistryError
from .json_text import read_json
from .manifest import platform_of
from .transport import Answer

_PLATFORMS = ("linux/amd64",)
_MOST_MANIFESTS = 8  # of one index
_MOST_LAYERS = 200


class Manifests(t.Protocol):
    """What hands out manifests: a client of registries. Threads share it."""

    def manifest(self, image: ImageReference) -> tuple[str, Answer]:
        """Return a manifest's digest, and the answer with it. Raises RegistryError."""


@dataclasses.dataclass(frozen=True)
class Weight:
    """What an image is: its digest, the digests of its configurations, the bytes of a pull.

    Of an image for several platforms, those that are wanted count, and of these the heaviest.
    """

    digest: str
    ids: tuple[str, ...]
    size: int


def weigh(
    manifests: Manifests, image: ImageReference, platforms: t.Sequence[str] = ()
) -> Weight | None:
    """Return what an image weighs; None where it is for other platforms, or no image at all.

    Raises RegistryError.
    """
    digest, answer = manifests.manifest(image)
    data = read_json(answer.body)
    if not isinstance(data, dict):
        return None
    if not isinstance(data.get("manifests"), list):
        return _of_image(digest, data)
    wanted = _chosen(data["manifests"], platforms or _PLATFORMS)
    found = []
    for one in wanted:
        part = dataclasses.replace(image, tag="", digest=one)
        found.append(_of_image(one, read_json(manifests.manifest(part)[1].body)))
    known = [weight for weight in found if weight is not None]
    if not known:
        return None
    ids = tuple(one for weight in known for one in weight.ids)
    return Weight(digest, ids, max(weight.size for weight in known))


def weigh_all(
    manifests: Manifests,
    images: t.Sequence[ImageReference],
    platforms: t.Sequence[str] = (),
    threads: int = 8,
) -> dict[ImageReference, Weight]:
    """Return what each of some images weighs; those that are not handed out are left out."""

    def attempt(image: ImageReference) -> Weight | None:
        try:
            return weigh(manifests, image, platforms)
        except RegistryError:
            return None

    with concurrent.futures.ThreadPoolExecutor(max(1, min(threads, len(images)))) as pool:
        weights = dict(zip(images, pool.map(attempt, images), strict=True))
    return {image: weight for image, weight in weights.items() if weight is not None}


def _chosen(entries: t.Sequence[t.Any], platforms: t.Sequence[str]) -> list[str]:
    """Return the digests of an index's manifests for some platforms."""
    found = []
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("digest"), str):
            continue
        platform = platform_of(entry.get("platform"))
        if any(f"{platform}/".startswith(f"{one}/") for one in platforms if platform):
            found.append(entry["digest"])
    return [digest for digest in found if SHA_DIGEST.match(digest)][:_MOST_MANIFESTS]


def _of_image(digest: str, data: t.Any) -> Weight | None:
    config = data.get("config") if isinstance(data, dict) else None
    layers = data.get("layers") if isinstance(data, dict) else None
    if not isinstance(config, dict) or not isinstance(layers, list) or len(layers) > _MOST_LAYERS:
        return None
    parts = [config, *layers]
    sizes = [part.get("size") for part in parts if isinstance(part, dict)]
    name = config.get("digest")
    if not all(isinstance(size, int) and size >= 0 for size in sizes) or len(sizes) < len(parts):
        return None
    if not isinstance(name, str) or not SHA_DIGEST.match(name) or not SHA_DIGEST.match(digest):
        return None
    return Weight(digest, (name,), sum(t.cast("list[int]", sizes)))


__all__ = ("Manifests", "Weight", "weigh", "weigh_all")
