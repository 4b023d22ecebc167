# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Helm releases out of the Secrets in which Helm keeps them, and what an upgrade would change."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import binascii
import contextlib
import dataclasses
import datetime
import json
import typing as t
import zlib

from .chart import Chart, digest
from .values import Values, changed_paths, merge_values, same, secrets_in

RELEASE_TYPE = "helm.sh/release.v1"
_GZIP = b"\x1f\x8b\x08"

# Files that only the new chart has count as a change where Helm uses them by itself.
_USED_BY_HELM = ("templates/", "crds/")


@dataclasses.dataclass(frozen=True)
class Release:
    """One revision of a release. `config` are the values that users gave, `chart` is Helm's.

    `manifest` is YAML of the objects and hooks that Helm has rendered, secrets included;
    `deployed_at` is when Helm began with this revision, by the clock of the machine on which it
    ran.
    """

    name: str
    namespace: str
    revision: int
    status: str
    config: t.Mapping[str, t.Any]
    chart: t.Mapping[str, t.Any]
    manifest: str = dataclasses.field(default="", repr=False)
    deployed_at: datetime.datetime | None = None

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

    @property
    def began(self) -> str:
        """Return as text when Helm began with it, "" if it does not say: numbers come again.

        Helm counts from 1 again where a release was uninstalled.
        """
        return self.deployed_at.isoformat() if self.deployed_at else ""

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
            deployed_at=_time(release["info"].get("last_deployed")),
        )
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error, zlib.error) as exc:
        raise ValueError(f"Secret {name} holds no Helm release that can be read") from exc


def _manifests(release: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    for part in (release, *(release.get("hooks") or ())):
        yield str(part.get("manifest") or "")


def _time(text: t.Any) -> datetime.datetime | None:
    """Return a time as Go writes it, None for one that cannot be read or says no zone."""
    try:
        time = datetime.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return time if time.tzinfo else None


class History:
    """The revisions of one release. Each is decoded when it is asked for.

    What decodes one raises ValueError if that cannot be done.
    """

    def __init__(self, secrets: t.Iterable[t.Mapping[str, t.Any]]) -> None:
        """Take Secrets of one release; those that are none of Helm's do not count."""
        kept = {_revision(item): item for item in secrets if item.get("type") == RELEASE_TYPE}
        self._secrets = dict(sorted(kept.items()))

    @property
    def numbers(self) -> tuple[int, ...]:
        """Return the numbers of the revisions that Helm still has, the oldest first."""
        return tuple(self._secrets)

    def get(self, number: int) -> Release | None:
        """Return one revision, None if Helm has it no more."""
        secret = self._secrets.get(number)
        return None if secret is None else decode_release(secret)

    def last(self) -> Release | None:
        """Return the last revision, None if there is none."""
        return self.get(self.numbers[-1]) if self._secrets else None

    def all(self) -> tuple[Release, ...]:
        """Return all revisions, the oldest first."""
        return tuple(decode_release(secret) for secret in self._secrets.values())

    def last_deployed(self) -> Release | None:
        """Return the last revision that was deployed to its end, None if none ever was.

        Helm keeps it as `deployed` while an upgrade is pending or after one has failed; a
        rollback that fails leaves it as `superseded`.
        """
        releases = tuple(reversed(self.all()))
        for status in ("deployed", "superseded"):
            for release in releases:
                if release.status == status:
                    return release
        return None


def with_other_secrets(history: History, live: Release) -> tuple[int, ...]:
    """Return the numbers of the revisions that hold secrets which the live one does not."""
    kept = set(secrets_in(live.config))
    numbers = []
    for number in history.numbers:
        with contextlib.suppress(ValueError):
            release = history.get(number)
            if release is not None and not kept.issuperset(secrets_in(release.config)):
                numbers.append(number)
    return tuple(numbers)


def deployed_as(live: Release, target: Release) -> bool:
    """Return whether a release is deployed with the content of a revision."""
    return live.status == "deployed" and same_content(live, target)


def same_content(one: Release, other: Release) -> bool:
    """Return whether two revisions deploy the same: chart, values and rendered objects."""
    return (
        same(one.chart, other.chart)
        and same(one.config, other.config)
        and one.manifest == other.manifest
    )


def _revision(secret: t.Mapping[str, t.Any]) -> int:
    label = ((secret.get("metadata") or {}).get("labels") or {}).get("version", "")
    return int(label) if str(label).isdecimal() else 0


def chart_changes(release: Release, chart: Chart, values: Values) -> list[str]:
    """Return what an upgrade to this chart would change in the release's, in words.

    The version alone does not tell: vendors, and people who edit a chart, keep it. Not seen are
    changes in subcharts, which Helm does not keep in a release. A default that `values`, with which
    it would be deployed, put out of use is no change: `helm upgrade --reuse-values` leaves the
    values of the revision before in the place of the chart's own.
    """
    changes = []
    if release.chart_label != chart.label:
        changes.append(f"chart {release.chart_label} -> {chart.label}")
    app_version = str((release.chart.get("metadata") or {}).get("appVersion") or "")
    if app_version != chart.app_version:
        changes.append(f"appVersion {app_version or 'none'} -> {chart.app_version or 'none'}")
    live = merge_values(release.chart.get("values") or {}, values)
    new = merge_values(chart.values, values)
    if not _same_defaults(live, new, chart):
        changes += [f"values.yaml: {path}" for path in changed_paths(live, new)]
    if digest(_decoded(release.chart.get("schema"))) != chart.schema:
        changes.append("values.schema.json")
    return changes + _changed_files(release.chart, chart)


def _same_defaults(live: Values, new: Values, chart: Chart) -> bool:
    if chart.has_dependencies:
        # Helm has merged the subcharts' values in: what the chart itself says must be there.
        return all(_contains(live.get(key), value) for key, value in new.items())
    return same(live, new)


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


__all__ = (
    "RELEASE_TYPE",
    "History",
    "Release",
    "chart_changes",
    "decode_release",
    "same_content",
    "with_other_secrets",
)
