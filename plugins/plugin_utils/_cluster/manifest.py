# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which objects a Helm release has rendered, out of the manifest that Helm keeps of it."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from ...module_utils._objects import dig

with contextlib.suppress(ImportError):  # controllers have it: ansible-core needs it
    import yaml


@dataclasses.dataclass(frozen=True)
class ObjectName:
    """Where an object is. `namespace` is empty for one of the whole cluster."""

    api_version: str
    kind: str
    name: str
    namespace: str = ""

    def __str__(self) -> str:
        """Return it as kubectl and a person name it."""
        place = f" in {self.namespace}" if self.namespace else ""
        return f"{self.kind.lower()}/{self.name}{place}"


def manifest_documents(manifest: str) -> list[t.Any]:
    """Return the documents of a release's manifest, in its order.

    Raises ValueError with a sentence if it cannot be read.
    """
    # In C where PyYAML has it: a manifest may be long.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return list(yaml.load_all(manifest, Loader=loader))
    except yaml.YAMLError as exc:
        raise ValueError("the manifest that Helm keeps of the release is no YAML") from exc


def manifest_objects(
    manifest: str, kinds: t.Container[str], release_namespace: str = ""
) -> tuple[ObjectName, ...]:
    """Return the objects of some kinds in a release's manifest, in its order.

    An object without a namespace is in the release's, if one is given. Raises ValueError with a
    sentence if the manifest cannot be read.
    """
    found = (item for item in manifest_documents(manifest) if dig(item, "kind") in kinds)
    return tuple(name_of(document, release_namespace) for document in found)


def name_of(document: t.Any, release_namespace: str = "") -> ObjectName:
    """Return where the object of a document is."""
    return ObjectName(
        api_version=str(document.get("apiVersion", "")),
        kind=str(document["kind"]),
        name=str(dig(document, "metadata", "name") or ""),
        namespace=str(dig(document, "metadata", "namespace") or release_namespace),
    )


__all__ = ("ObjectName", "manifest_documents", "manifest_objects", "name_of")
