# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Image references, read as Docker's reference grammar reads them."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import re

DOCKER_HUB = "docker.io"

_HOST = re.compile(
    r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*"
    r"|\[[0-9a-fA-F:]+\])(?::[0-9]+)?\Z"
)
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*\Z")
_TAG = re.compile(r"\w[\w.-]{0,127}\Z", re.ASCII)
_DIGEST = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[+._-][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}\Z")

SHA_DIGEST = re.compile(r"sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})\Z")
"""A digest as nodes take it, and nothing that means something else to a shell."""


@dataclasses.dataclass(frozen=True)
class ImageReference:
    """An image reference in its parts.

    `registry` is host[:port], or empty where the reference names none; `repository` is the
    path; `tag` and `digest` are empty where not given.
    """

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    def normalise(self) -> ImageReference:
        """Return what a container runtime makes of it: docker.io, library/ and latest."""
        registry = self.registry or DOCKER_HUB
        if registry == "index.docker.io":
            registry = DOCKER_HUB
        repository = self.repository
        if registry == DOCKER_HUB and "/" not in repository:
            repository = f"library/{repository}"
        tag = self.tag if self.tag or self.digest else "latest"
        return dataclasses.replace(self, registry=registry, repository=repository, tag=tag)

    def __str__(self) -> str:
        """Return the reference as one writes it."""
        name = f"{self.registry}/{self.repository}" if self.registry else self.repository
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{name}{tag}{digest}"


def parse_image(text: str) -> ImageReference:
    """Return the parts of an image reference such as `quay.io/a/b:1@sha256:...`.

    Raises ValueError with a sentence that names the reference and the part that is wrong.
    """
    rest, has_digest, digest = text.partition("@")
    if has_digest and not _DIGEST.match(digest):
        raise ValueError(f"image {text!r}: {digest!r} is no digest such as sha256:<64 hex digits>")
    registry, rest = _split_registry(rest)
    repository, has_tag, tag = rest.partition(":")
    if has_tag and not _TAG.match(tag):
        raise ValueError(f"image {text!r}: {tag!r} is no tag")
    if registry and not _HOST.match(registry):
        raise ValueError(f"image {text!r}: {registry!r} is no registry host")
    for component in repository.split("/"):
        if not _COMPONENT.match(component):
            raise ValueError(f"image {text!r}: {component!r} is no lowercase path component")
    return ImageReference(registry, repository, tag, digest)


def probe_image(source: str) -> str:
    """Return an image of a source, for the URLs that stand for all its images."""
    return f"{source}/{'library/nginx' if source == DOCKER_HUB else 'example/image'}:latest"


def _split_registry(text: str) -> tuple[str, str]:
    """Split off the registry: a first segment with a dot or a colon, or localhost."""
    first, slash, rest = text.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost" or first != first.lower()):
        return first, rest
    return "", text


__all__ = ("DOCKER_HUB", "SHA_DIGEST", "ImageReference", "parse_image", "probe_image")
