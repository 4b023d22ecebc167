# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

"""Helm releases out of the Secrets in which Helm keeps them, and what an upgrade would change."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
import typing as t
import zlib

from ansible_collections.palette.image_registry.plugins.module_utils._chart import Chart, digest
from ansible_collections.palette.image_registry.plugins.module_utils._values import (
    Values,
    changed_paths,
    same,
)

RELEASE_TYPE = "helm.sh/release.v1"
_GZIP = b"\x1f\x8b\x08"

# Files that only the new chart has count as a change where Helm uses them by itself.
_USED_BY_HELM = ("templates/", "crds/")


@dataclasses.dataclass(frozen=True)
class Release:
    """One revision of a release. `config` are the values that users gave, `chart` is Helm's.

    `manifest` are its objects and its hooks', as YAML.
    """

    name: str
    namespace: str
    revision: int
    status: str
    config: t.Mapping[str, t.Any]
    chart: t.Mapping[str, t.Any]
    manifest: str = ""

    @property
    def chart_label(self) -> str:
        """Return `name-version` of its chart."""
        metadata = self.chart.get("metadata") or {}
        return f"{metadata.get('name', '')}-{metadata.get('version', '')}"

    @property
    def installed(self) -> bool:
        """Return whether its objects are, or may be, in the cluster."""
        return not self.status.startswith("uninstall")

    @property
    def pending(self) -> bool:
        """Return whether a Helm command works on it, or was killed while it did."""
        return self.status.startswith("pending")

    def summary(self) -> dict[str, t.Any]:
        """Return what tells a release apart, without any value."""
        return {
            "name": self.name,
            "namespace": self.namespace,
            "revision": self.revision,
            "status": self.status,
            "chart": self.chart_label,
        }


def decode_release(secret: t.Mapping[str, t.Any]) -> Release:
    """Return the release in a Secret of type helm.sh/release.v1.

    Helm packs it as base64 of gzip of JSON, and Kubernetes adds its own base64.
    Raises ValueError with a sentence that names the Secret.
    """
    name = (secret.get("metadata") or {}).get("name", "?")
    try:
        packed = base64.b64decode(base64.b64decode(secret["data"]["release"], validate=True))
        raw = zlib.decompress(packed, wbits=31) if packed.startswith(_GZIP) else packed
        release = json.loads(raw)
        return Release(
            name=str(release["name"]),
            namespace=str(release.get("namespace", "")),
            revision=int(release["version"]),
            status=str(release["info"]["status"]),
            config=release.get("config") or {},
            chart=release.get("chart") or {},
            manifest="\n---\n".join(_manifests(release)),
        )
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error, zlib.error) as exc:
        raise ValueError(f"Secret {name} holds no Helm release that can be read") from exc


def _manifests(release: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    for part in (release, *(release.get("hooks") or ())):
        yield str(part.get("manifest") or "")


def latest_release(secrets: t.Iterable[t.Mapping[str, t.Any]]) -> Release | None:
    """Return the last revision among Secrets of one release, None if there is none.

    Only that one is decoded. Raises ValueError if it cannot be.
    """
    revisions = [secret for secret in secrets if secret.get("type") == RELEASE_TYPE]
    last = max(revisions, key=_revision, default=None)
    return None if last is None else decode_release(last)


def _revision(secret: t.Mapping[str, t.Any]) -> int:
    label = ((secret.get("metadata") or {}).get("labels") or {}).get("version", "")
    return int(label) if str(label).isdecimal() else 0


def chart_changes(release: Release, chart: Chart) -> list[str]:
    """Return what an upgrade to this chart would change in the release's, in words.

    The version alone does not tell: vendors, and people who edit a chart, keep it. Not seen are
    changes in subcharts, which Helm does not keep in a release.
    """
    changes = []
    if release.chart_label != chart.label:
        changes.append(f"chart {release.chart_label} -> {chart.label}")
    app_version = str((release.chart.get("metadata") or {}).get("appVersion") or "")
    if app_version != chart.app_version:
        changes.append(f"appVersion {app_version or 'none'} -> {chart.app_version or 'none'}")
    live = release.chart.get("values") or {}
    if not _same_defaults(live, chart):
        changes += [f"values.yaml: {path}" for path in changed_paths(live, chart.values)]
    if digest(_decoded(release.chart.get("schema"))) != chart.schema:
        changes.append("values.schema.json")
    return changes + _changed_files(release.chart, chart)


def _same_defaults(live: Values, chart: Chart) -> bool:
    if chart.has_dependencies:
        # Helm has merged the subcharts' values in: what the chart itself says must be there.
        return all(_contains(live.get(key), value) for key, value in chart.values.items())
    return same(live, chart.values)


def _contains(live: t.Any, value: t.Any) -> bool:
    if isinstance(live, t.Mapping) and isinstance(value, t.Mapping):
        return all(_contains(live.get(key), item) for key, item in value.items())
    return same(live, value)


def _changed_files(live: t.Mapping[str, t.Any], chart: Chart) -> list[str]:
    kept = {
        str(file.get("name")): digest(_decoded(file.get("data")))
        for part in ("templates", "files")
        for file in live.get(part) or ()
    }
    changed = {path for path, content in kept.items() if chart.contents.get(path) != content}
    added = {path for path in chart.contents if path not in kept and path.startswith(_USED_BY_HELM)}
    return sorted(changed | added)


def _decoded(data: t.Any) -> bytes:
    try:
        return base64.b64decode(data) if data else b""
    except (TypeError, ValueError):
        return b""


__all__ = ("RELEASE_TYPE", "Release", "chart_changes", "decode_release", "latest_release")
