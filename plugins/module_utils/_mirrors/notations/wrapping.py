# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where people have a mirror table: in manifests, in the chart's values, in an Edge host's user data.

What is inside is in a notation of its own, and is read as that.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import re
import typing as t

from ..._objects import dig
from ..table import Reading
from .text import load_documents

_SIGN = re.compile(
    r'^[\s{]*["\']?(?:apiVersion|mirrorRegistries|registryMappingRules)["\']?\s*:(?!:)',
    re.MULTILINE,
)
# The keys of Secret registry-info, of the webhook's ConfigMap, and of a node's files in either.
_KEYS = {
    "MIRROR_REGISTRIES": "palette",
    "maps": "imageswap_map",
    "imageswap-maps.conf": "imageswap_map",
    "registries.yaml": "k3s_registries",
    "config.toml": "containerd_mirrors",
}
_WRAPPERS = frozenset(
    {"apiVersion", "stylus", "externalRegistries", "registryMappingRules", "ociImageRegistry"}
)
_ENCRYPTED = re.compile(r"ENC\[|\$ANSIBLE_VAULT;")
_DEEPEST = 3
"""So many lists of manifests in one another are opened."""


class Inner(t.NamedTuple):
    """What is inside, and its notation; `auto` where nothing is around it."""

    raw: object
    notation: str = "auto"


def unwrap(raw: object, reading: Reading) -> Inner:
    """Return what a manifest, values or user data hold; anything else as it is.

    What holds no mirrors is an error of the reading.
    """
    documents = _documents(raw, reading)
    found = [inner for one in documents for inner in _inside(one, reading)]
    if not reading.items:
        if not documents:
            return Inner(raw)
        if len(found) == 1:
            return found[0]
        _note_not_one(reading, len(found))
    return Inner(raw, "palette")


def _note_not_one(reading: Reading, number: int) -> None:
    if number:
        message = f"There are {number} mirror tables in it, so none is read."
        reading.error("several_tables", "mirrors", message, "Give one of them.")
        return
    reading.error(
        "no_mirrors",
        "mirrors",
        "No mirrors are in it, so no entry is read.",
        "Give Secret registry-info with MIRROR_REGISTRIES, the webhook's ConfigMap with its maps, "
        "the chart's values with mirrorRegistries, or user data with registryMappingRules.",
    )


def _documents(raw: object, reading: Reading) -> t.Sequence[object]:
    """Return what is to be looked into, nothing where it is no manifest, values or user data."""
    if isinstance(raw, str):
        return load_documents(raw, reading) if _SIGN.search(raw) else ()
    if isinstance(raw, t.Mapping):
        return (raw,) if _WRAPPERS.intersection(raw) else ()
    items = raw if isinstance(raw, (list, tuple)) else ()
    return items if any("apiVersion" in _mapping(one) for one in items) else ()


def _inside(document: object, reading: Reading, depth: int = 0) -> t.Iterator[Inner]:
    """Yield each mirror table of one document."""
    if not isinstance(document, t.Mapping):
        return
    items = document.get("items")
    if "apiVersion" in document and isinstance(items, list) and depth < _DEEPEST:
        for item in items:
            yield from _inside(item, reading, depth + 1)
    elif "apiVersion" in document:
        yield from _of_manifest(document, reading)
    else:
        yield from _of_values(document)


def _of_manifest(manifest: t.Mapping[object, object], reading: Reading) -> t.Iterator[Inner]:
    """Yield the tables of a Secret or ConfigMap; what stringData has counts before data."""
    kind = manifest.get("kind")
    if kind not in ("Secret", "ConfigMap"):
        return
    plain, data = _mapping(manifest.get("stringData")), _mapping(manifest.get("data"))
    for key, notation in _KEYS.items():
        value = plain.get(key, data.get(key))
        if not isinstance(value, str):
            continue
        where = f"{kind} {dig(manifest, 'metadata', 'name') or ''} {key}"
        if kind == "Secret" and key not in plain:
            value = _decoded(value)
        if value is None or _ENCRYPTED.match(value):
            what = "is no base64 of text" if value is None else "is encrypted"
            message = f"Its value {what}, so no entry is read."
            fix = "Give the value itself, decrypted and decoded."
            reading.error("unreadable_value", " ".join(where.split()), message, fix)
        else:
            yield Inner(value, notation)


def _of_values(values: t.Mapping[object, object]) -> t.Iterator[Inner]:
    """Yield the tables of the chart's values and of user data."""
    for place in (values, values.get("config")):
        text = dig(place, "ociImageRegistry", "mirrorRegistries")
        if isinstance(text, str):
            yield Inner(text, "palette")
    stylus = _mapping(values.get("stylus", values))
    rules = _mapping(stylus.get("externalRegistries", stylus)).get("registryMappingRules")
    if isinstance(rules, t.Mapping):
        yield Inner(rules, "mapping")


def _mapping(value: object) -> t.Mapping[object, object]:
    return value if isinstance(value, t.Mapping) else {}


def _decoded(text: str) -> str | None:
    """Return what base64 text holds, None if it is none."""
    if _ENCRYPTED.match(text):
        return text
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8")
    except ValueError:
        return None


__all__ = ("Inner", "unwrap")
