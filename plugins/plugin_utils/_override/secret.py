# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Kubernetes Secret as decoded bytes, and what would have to change in it."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import binascii
import dataclasses
import typing as t

from ...module_utils._certificates.text import holds_private_key
from ...module_utils._evidence import Finding, Severity
from ...module_utils._redact import fingerprint
from ...module_utils._settings.settings import SECRET_KEYS

OPAQUE = "Opaque"

# `kubectl apply` keeps a copy of the whole Secret here, in clear.
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

# Shown as they are; every other key, whoever added it, may hold a secret.
_CLEAR_KEYS = frozenset(SECRET_KEYS) - {"PASSWORD"}

Manifest = dict[str, t.Any]


class Field(t.NamedTuple):
    """A key of the Secret: its text there, None where it has none, and the wanted one."""

    key: str
    live: str | None
    wanted: str
    same: bool


def fields_of(data: t.Mapping[str, bytes] | None, wanted: t.Mapping[str, str]) -> t.Iterator[Field]:
    """Yield the keys of a Secret beside the wanted ones, in their order; bytes decide."""
    for key, value in wanted.items():
        live = None if data is None else data.get(key)
        text = None if live is None else live.decode("utf-8", "backslashreplace")
        yield Field(key, text, value, live == value.encode())


@dataclasses.dataclass(frozen=True)
class LiveSecret:
    """A Secret as the cluster has it. `data` is decoded."""

    name: str
    namespace: str
    type: str
    immutable: bool
    data: t.Mapping[str, bytes]
    labels: t.Mapping[str, str]
    annotations: t.Mapping[str, str]
    uid: str
    resource_version: str

    @classmethod
    def from_object(cls, manifest: t.Mapping[str, t.Any]) -> LiveSecret:
        """Read the API's object. Raises ValueError if its data is no base64."""
        metadata = manifest.get("metadata") or {}
        return cls(
            name=str(metadata.get("name", "")),
            namespace=str(metadata.get("namespace", "")),
            type=str(manifest.get("type") or OPAQUE),
            immutable=bool(manifest.get("immutable")),
            data={key: _decode(key, value) for key, value in (manifest.get("data") or {}).items()},
            labels=metadata.get("labels") or {},
            annotations=metadata.get("annotations") or {},
            uid=str(metadata.get("uid", "")),
            resource_version=str(metadata.get("resourceVersion", "")),
        )

    def changed_keys(self, wanted: t.Mapping[str, str]) -> list[str]:
        """Return the keys whose decoded bytes are not the wanted ones, in the wanted order."""
        return [field.key for field in fields_of(self.data, wanted) if not field.same]

    def same_content(self, other: LiveSecret) -> bool:
        """Return whether type, data, labels and annotations are those of the other."""
        return (self.type, self.immutable, self.data, self.labels, self.annotations) == (
            other.type,
            other.immutable,
            other.data,
            other.labels,
            other.annotations,
        )

    def texts(self) -> t.Iterator[str]:
        """Yield the values that must not be shown, as far as they are text."""
        for key, value in self.data.items():
            text = value.decode("utf-8", "surrogateescape")
            if text and not _is_clear(key, text):
                yield text

    def patch(self, wanted: t.Mapping[str, str]) -> Manifest:
        """Return the merge patch that changes only what differs, and only this very version."""
        changed = {key: wanted[key].encode() for key in self.changed_keys(wanted)}
        manifest = _manifest(self.name, self.namespace, changed)
        manifest["metadata"]["resourceVersion"] = self.resource_version
        return manifest

    def restoration(self, was: LiveSecret) -> list[dict[str, t.Any]]:
        """Return the JSON patch that makes this very version what another one was, to the byte."""
        manifest = was.as_it_was()
        metadata = manifest["metadata"]
        patch = [
            {"op": "test", "path": "/metadata/resourceVersion", "value": self.resource_version},
            {"op": "add", "path": "/data", "value": manifest["data"]},
            {"op": "add", "path": "/metadata/labels", "value": metadata.get("labels", {})},
            {
                "op": "add",
                "path": "/metadata/annotations",
                "value": metadata.get("annotations", {}),
            },
        ]
        if was.immutable:
            patch.append({"op": "add", "path": "/immutable", "value": True})
        return patch

    def recreated(self, wanted: t.Mapping[str, str]) -> Manifest:
        """Return the Secret that takes this one's place: Opaque, its other keys and labels kept."""
        data = {**self.data, **{key: value.encode() for key, value in wanted.items()}}
        manifest = _manifest(self.name, self.namespace, data)
        manifest["type"] = OPAQUE
        manifest["metadata"].update(self._marks(without=LAST_APPLIED))
        return manifest

    def as_it_was(self) -> Manifest:
        """Return what puts this Secret back."""
        manifest = _manifest(self.name, self.namespace, self.data)
        manifest["type"] = self.type
        if self.immutable:
            manifest["immutable"] = True
        manifest["metadata"].update(self._marks())
        return manifest

    def shown(self) -> dict[str, t.Any]:
        """Return it for a diff: readable, and every value that may be secret a fingerprint."""
        shown: dict[str, t.Any] = {"type": self.type}
        if self.immutable:
            shown["immutable"] = True
        shown["data"] = {key: shown_value(key, self.data[key]) for key in sorted(self.data)}
        return shown

    def _marks(self, without: str = "") -> dict[str, dict[str, str]]:
        annotations = {key: text for key, text in self.annotations.items() if key != without}
        marks = {"labels": dict(self.labels), "annotations": annotations}
        return {kind: texts for kind, texts in marks.items() if texts}


def new_secret(name: str, namespace: str, wanted: t.Mapping[str, str]) -> Manifest:
    """Return a Secret of type Opaque with these keys."""
    manifest = _manifest(name, namespace, {key: value.encode() for key, value in wanted.items()})
    manifest["type"] = OPAQUE
    return manifest


def shown_after(live: LiveSecret | None, wanted: t.Mapping[str, str]) -> dict[str, t.Any]:
    """Return for a diff what the Secret is with the wanted keys in it."""
    data = dict(live.data) if live else {}
    data.update({key: value.encode() for key, value in wanted.items()})
    return {"type": OPAQUE, "data": {key: shown_value(key, data[key]) for key in sorted(data)}}


def shown_value(key: str, value: bytes) -> str:
    """Return a value for a person: in clear where the key holds nothing secret."""
    text = value.decode("utf-8", "surrogateescape")
    return text.encode("utf-8", "replace").decode() if _is_clear(key, text) else fingerprint(text)


def _is_clear(key: str, text: str) -> bool:
    """Return whether a value may be shown; a CA may be a private key, taken by mistake."""
    return key in _CLEAR_KEYS and not holds_private_key(text)


def _manifest(name: str, namespace: str, data: t.Mapping[str, bytes]) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "data": {key: base64.b64encode(value).decode() for key, value in data.items()},
    }


def _decode(key: str, value: t.Any) -> bytes:
    try:
        return base64.b64decode(value or "", validate=True)
    except (TypeError, binascii.Error) as exc:
        raise ValueError(f"key {key} is no base64") from exc


def refusal(live: LiveSecret, wanted: t.Mapping[str, str]) -> Finding | None:
    """Return why the Secret cannot be changed in place to hold the wanted keys, None if it can."""
    if live.type != OPAQUE:
        code, reason = "secret_type", f"is of type {live.type}, not {OPAQUE}"
    elif live.immutable and list(live.changed_keys(wanted)):
        code, reason = "secret_immutable", "is immutable"
    else:
        return None
    return Finding(
        code,
        Severity.ERROR,
        f"secret/{live.name} in {live.namespace}",
        f"it {reason}, which cannot be changed in place; nothing was written",
        "set palette_secret_replace: true (option replace) to delete it and create it again:"
        " its other keys, labels and annotations are kept",
    )


__all__ = (
    "LAST_APPLIED",
    "OPAQUE",
    "LiveSecret",
    "new_secret",
    "refusal",
    "shown_after",
    "shown_value",
)
