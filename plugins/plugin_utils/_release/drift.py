# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drift: what others have changed in the objects that a Helm release has made.

Only what the release's manifest says is looked at, as Helm would write it again. What is added to
an object, and what others are meant to write, is no drift.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import copy
import dataclasses
import typing as t

from ...module_utils._objects import JsonObject, dig
from .._cluster.manifest import ObjectName
from .._webhook.objects import find_webhooks
from .._webhook.trust import WEBHOOK_KINDS

# They run once, or are the business of those who use them.
_NOT_KEPT = frozenset({"CustomResourceDefinition", "Job", "Pod"})
_IDENTITY = ("apiVersion", "kind", "metadata")
_METADATA = ("labels", "annotations")


@dataclasses.dataclass(frozen=True)
class Drift:
    """One object that is not what the release made. `paths` are empty where it is not there."""

    name: ObjectName
    paths: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return it in words, without any value."""
        return f"{self.name} ({', '.join(self.paths) or 'not there'})"


def kept_documents(documents: t.Iterable[t.Any]) -> tuple[JsonObject, ...]:
    """Return those documents of a manifest that describe what has to stay as it was made."""
    return tuple(
        document
        for document in documents
        if dig(document, "kind")
        and dig(document, "kind") not in _NOT_KEPT
        and "helm.sh/hook" not in (dig(document, "metadata", "annotations") or {})
    )


def wanted_object(document: JsonObject, live: JsonObject | None) -> JsonObject:
    """Return what the manifest says of an object, without what others are meant to write.

    These are the caBundle, how many replicas there are (unless there are none), and the selectors
    of a webhook that is bypassed.
    """
    wanted = copy.deepcopy(dict(document))
    wanted.pop("status", None)
    if wanted.get("stringData"):
        wanted["data"] = {**(wanted.get("data") or {}), **_encoded(wanted.pop("stringData"))}
    if isinstance(wanted.get("spec"), dict) and dig(live, "spec", "replicas") != 0:
        wanted["spec"].pop("replicas", None)
    if wanted["kind"] in WEBHOOK_KINDS:
        bypassed = any(one.bypassed for one in find_webhooks((live,) if live else ()))
        for webhook in wanted.get("webhooks") or ():
            (webhook.get("clientConfig") or {}).pop("caBundle", None)
            if bypassed:
                webhook.pop("namespaceSelector", None)
    return wanted


def _encoded(texts: t.Mapping[str, t.Any]) -> dict[str, str]:
    return {key: base64.b64encode(str(text).encode()).decode() for key, text in texts.items()}


def drifted_paths(wanted: JsonObject, live: JsonObject) -> tuple[str, ...]:
    """Return the paths at which an object is not what is wanted, sorted.

    A number or quantity that the API server writes in another way is among them.
    """
    content = {
        key: value for key, value in wanted.items() if key not in ("apiVersion", "kind", "metadata")
    }
    metadata = {key: dig(wanted, "metadata", key) for key in _METADATA}
    found = [*_paths(content, live, ""), *_paths(metadata, dig(live, "metadata"), "metadata")]
    return tuple(sorted(found))


def _paths(wanted: t.Any, live: t.Any, path: str) -> t.Iterator[str]:
    if wanted is None:  # to Kubernetes the same as not to say it
        return
    if isinstance(wanted, t.Mapping):
        for key, value in wanted.items():
            yield from _paths(value, dig(live, key), f"{path}.{key}" if path else str(key))
    elif isinstance(wanted, list) and wanted and isinstance(wanted[0], t.Mapping):
        items = live if isinstance(live, list) else []
        for number, value in enumerate(wanted):
            yield from _paths(value, _counterpart(value, number, items), f"{path}[{number}]")
    elif wanted != live and not (_is_nothing(wanted) and _is_nothing(live)):
        yield path


def _counterpart(value: t.Any, number: int, live: list[t.Any]) -> t.Any:
    """Return the live item of a list that answers to a wanted one: by its name, else its place."""
    name = dig(value, "name")
    if name is not None:
        return next((item for item in live if dig(item, "name") == name), None)
    return live[number] if number < len(live) else None


def _is_nothing(value: t.Any) -> bool:
    return value in (None, "", [], {}, False, 0)


__all__ = ("Drift", "drifted_paths", "kept_documents", "wanted_object")
