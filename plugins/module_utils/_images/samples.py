# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The images with which pulls are tried: for each source the smallest that the registry holds."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from .._image_name import SHA_DIGEST, parse_image

_MOST_SOURCES = 50
_MOST_IMAGES = 5


@dataclasses.dataclass(frozen=True)
class Sample:
    """One image: its name outside of the registry, with a tag or a digest, and what it is there.

    `place` is its name in the registry. `ids` are the digests of its configurations, which CRI
    calls image IDs; `size` are bytes, packed, of the platform that takes most.
    """

    image: str
    place: str
    digest: str
    ids: tuple[str, ...]
    size: int

    @property
    def by_digest(self) -> str:
        """Return the image by the digest alone."""
        parsed = parse_image(self.image)
        return str(dataclasses.replace(parsed, tag="", digest=self.digest))

    def to_dict(self) -> dict[str, t.Any]:
        """Return plain data, the form in which samples travel between tasks."""
        return {**dataclasses.asdict(self), "ids": list(self.ids)}

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Sample:
        """Read what `to_dict` wrote. Raises ValueError on anything else."""
        try:
            image = str(parse_image(str(data["image"])).normalise())
            ids = tuple(str(one) for one in data.get("ids") or ())
            sample = cls(image, str(data["place"]), str(data["digest"]), ids, int(data["size"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"this is no image to pull: {error}") from error
        for digest in (sample.digest, *ids):
            if not SHA_DIGEST.match(digest):
                raise ValueError(f"image {image!r}: {digest!r} is no digest")
        return sample


@dataclasses.dataclass(frozen=True)
class SourceSamples:
    """The samples of one source, the smallest first; without any, `reason` says why."""

    source: str
    samples: tuple[Sample, ...] = ()
    reason: str = ""

    def to_dict(self) -> dict[str, t.Any]:
        """Return plain data."""
        samples = [sample.to_dict() for sample in self.samples]
        return {"source": self.source, "images": samples, "reason": self.reason}

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> SourceSamples:
        """Read what `to_dict` wrote. Raises ValueError on anything else."""
        try:
            images = tuple(map(Sample.from_dict, list(data.get("images") or ())[:_MOST_IMAGES]))
            return cls(str(data["source"]), images, str(data.get("reason") or ""))
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"this is no source with images to pull: {error}") from error


def samples_from(data: t.Iterable[t.Mapping[str, t.Any]]) -> tuple[SourceSamples, ...]:
    """Read the samples of all sources. Raises ValueError with a sentence on anything else."""
    return tuple(map(SourceSamples.from_dict, list(data)[:_MOST_SOURCES]))


__all__ = ("Sample", "SourceSamples", "samples_from")
