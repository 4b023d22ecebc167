# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manifests as registries send them: which there are, and for which platforms an image is."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import re
import typing as t

from .json_text import read_json

_INDEX_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_IMAGE_TYPES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
MANIFEST_TYPES = (*_INDEX_TYPES, *_IMAGE_TYPES)
"""The media types that containerd pulls. Docker's schema 1 is none of them any more."""

ACCEPT = ", ".join(MANIFEST_TYPES)
"""The value of an Accept header. Not */*, with which some registries convert what they hold."""

_PART = re.compile(r"[A-Za-z0-9._-]{0,40}\Z")

# What `uname -m` says, and what registries say.
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i386": "386"}


@dataclasses.dataclass(frozen=True)
class Document:
    """A manifest: an index with its `platforms`, or one image with the digest of its `config`."""

    platforms: tuple[str, ...] = ()
    config: str = ""


def read_manifest(body: bytes, media_type: str) -> Document | None:
    """Return what a manifest says, None if it is no image's manifest that containerd pulls.

    Its own `mediaType` counts before that of the answer, which some registries get wrong.
    """
    data = _mapping(body)
    if data.get("schemaVersion") != 2:
        return None
    kind = data.get("mediaType") or media_type
    manifests, config = data.get("manifests"), data.get("config")
    if isinstance(manifests, list) and kind not in _IMAGE_TYPES:
        found = [platform_of(item.get("platform")) for item in manifests if isinstance(item, dict)]
        return Document(tuple(sorted({platform for platform in found if platform})))
    if isinstance(config, dict) and isinstance(config.get("digest"), str):
        return Document(config=config["digest"])
    return None


def platform_of_config(body: bytes) -> str:
    """Return the platform of an image's configuration, "" for what runs nowhere (a chart)."""
    return platform_of(_mapping(body))


def _mapping(body: bytes) -> dict[str, t.Any]:
    data = read_json(body)
    return data if isinstance(data, dict) else {}


def platform_of(data: object) -> str:
    """Return os/architecture[/variant]. An attestation is for unknown/unknown, hence for none."""
    if not isinstance(data, dict):
        return ""
    parts = [data.get(key) or "" for key in ("os", "architecture", "variant")]
    if not all(isinstance(part, str) and _PART.match(part) for part in parts):
        return ""
    if not parts[0] or parts[0] == "unknown":
        return ""
    return "/".join(part for part in parts if part)


def normalise_architecture(name: str) -> str:
    """Return os/architecture[/variant] of what people and nodes call it: `x86_64`, `arm64`."""
    parts = name.strip().lower().split("/")
    if len(parts) == 1:
        parts = ["linux", *parts]
    parts[1] = _ARCHITECTURES.get(parts[1], parts[1])
    return "/".join(parts)


def lacking(platforms: t.Sequence[str], wanted: t.Sequence[str]) -> tuple[str, ...]:
    """Return those of the wanted platforms that an image is not for; a variant may be left out."""
    return tuple(
        one
        for one in wanted
        if not any(f"{platform}/".startswith(f"{one}/") for platform in platforms)
        and not _without_variant(one, platforms)
    )


def _without_variant(wanted: str, platforms: t.Sequence[str]) -> bool:
    """Return whether an image names no variant where one is wanted, and hence has the usual."""
    return wanted.rpartition("/")[0].count("/") == 1 and wanted.rpartition("/")[0] in platforms


__all__ = (
    "ACCEPT",
    "MANIFEST_TYPES",
    "Document",
    "lacking",
    "normalise_architecture",
    "platform_of",
    "platform_of_config",
    "read_manifest",
)
