# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the imageswap webhook v1.5.3 (mode MAPS) does to one image, written down step by step.

It copies behaviour, crashes included, and imports nothing from the collection. An exception stands
for what the webhook's server turns into HTTP 500: KeyError (``host/library`` without ``host``) and
re.error (a map key or value that is no regular expression or replacement).
"""

from __future__ import annotations

import dataclasses
import fnmatch
import io
import posixpath
import re

EXACT = "[EXACT]"
REPLACE = "[REPLACE]"
DEFAULT = "default"
WILDCARDS = "noswap_wildcards"


@dataclasses.dataclass
class Maps:
    """The three tables of a map file: image to image, pattern to prefix, registry to prefix."""

    exact: dict[str, str] = dataclasses.field(default_factory=dict)
    replace: dict[str, str] = dataclasses.field(default_factory=dict)
    registries: dict[str, str] = dataclasses.field(default_factory=dict)

    def add(self, key: str, value: str) -> None:
        """Put one pair into its table; a later pair wins over an earlier one with its key."""
        if key.startswith(EXACT):
            self.exact[key.removeprefix(EXACT).lstrip()] = value
        elif key.startswith(REPLACE):
            self.replace[key.removeprefix(REPLACE).lstrip()] = value
        else:
            self.registries[key] = value


def read_maps(text: str) -> Maps:
    """Read a map file. A line that the webhook cannot read is left out, as the webhook does."""
    maps = Maps()
    for line in io.StringIO(text, newline=None):
        pair = _read_pair(line)
        if pair is not None:
            maps.add(*pair)
    return maps


def _read_pair(line: str) -> tuple[str, str] | None:
    if line.startswith("#"):
        return None
    line = re.sub(r"^(.*[^#])#.*$", r"\1", line)
    line = line.rstrip().replace(" ", "")
    for separator in ("::", ":"):
        parts = line.split(separator)
        if len(parts) == 2:
            return parts[0], parts[1]
    return None


def swap_image(image: str, maps: Maps) -> str | None:
    """Return the image that the webhook writes into the pod, or None where it leaves it alone.

    None and an unchanged image differ: the webhook answers the first without a patch. Raises
    KeyError and re.error where the webhook crashes.
    """
    if image in maps.exact:
        return maps.exact[image]
    for pattern, prefix in maps.replace.items():
        if fnmatch.fnmatch(image, pattern):
            return posixpath.join(prefix, image.rpartition("/")[2])
    if DEFAULT not in maps.registries:
        return None
    host, slash, rest = image.partition("/")
    named = "." in host and rest != ""
    registry = host if named else "docker.io"
    key = registry
    if key not in maps.registries and _without_port(key) in maps.registries:
        key = _without_port(key)
    if key in maps.registries or f"{key}/library" in maps.registries:
        if not slash and f"{key}/library" in maps.registries:
            key = f"{key}/library"
        return _swap_registry(image, registry, key, maps.registries[key], named)
    wildcards = maps.registries.get(WILDCARDS, "")
    if wildcards and any(part in image for part in wildcards.split(",")):
        return None
    return _swap_default(image, registry, maps.registries[DEFAULT])


def _without_port(registry: str) -> str:
    return registry.partition(":")[0]


def _swap_registry(image: str, registry: str, key: str, prefix: str, named: bool) -> str | None:
    if prefix == "":
        return None
    if prefix.endswith("-"):
        portless = re.sub(r":.*/", "/", image)
        return prefix + portless if named else f"{prefix}{_without_port(registry)}/{portless}"
    if key in image:
        return re.sub(key, prefix, image)
    return f"{prefix}/{image}"


def _swap_default(image: str, registry: str, prefix: str) -> str | None:
    if prefix == "":
        return None
    if prefix.endswith("-"):
        return f"{prefix}{_without_port(registry)}/{image}"
    if registry in image:
        return re.sub(registry, prefix, image)
    return f"{prefix}/{image}"
