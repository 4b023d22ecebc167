# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what a release has made, and asks the API server what writing it again would change."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses

from ...module_utils._evidence import Finding, Severity
from ...module_utils._objects import JsonObject
from .._cluster.client import Client
from .._cluster.manifest import ObjectName, manifest_documents, name_of
from .._failure import Failure
from .drift import Drift, drifted_paths, kept_documents, wanted_object
from .reader import readable_release
from .release import Release


@dataclasses.dataclass
class ReleaseDrift:
    """Finds the drift of one release. `remarks` are what a person should know besides."""

    cluster: Client
    remarks: list[Finding] = dataclasses.field(default_factory=list)

    def of(self, release: Release) -> tuple[Drift, ...]:
        """Return what others have changed, and Helm can mend. Raises Failure where it cannot."""
        with readable_release(release.name, release.namespace):
            documents = kept_documents(manifest_documents(release.manifest))
        found = (self._look(document, release.namespace) for document in documents)
        return tuple(drift for drift in found if drift)

    def _look(self, document: JsonObject, namespace: str) -> Drift | None:
        name = name_of(document, namespace)
        try:
            live = self.cluster.get(
                name.api_version, name.kind, name.name, namespace=name.namespace
            )
        except Failure as failure:
            if failure.code != "forbidden":
                raise
            self.remarks.append(_not_looked_at(name))
            return None
        wanted = wanted_object(document, live)
        if live is None:
            return Drift(name)
        # What is of the whole cluster is in no namespace, whatever the release is in.
        name = name_of(live)
        paths = drifted_paths(wanted, live)
        return Drift(name, paths) if paths and self._would_change(name, wanted, paths) else None

    def _would_change(self, name: ObjectName, wanted: JsonObject, paths: tuple[str, ...]) -> bool:
        """Return what the API server says: it alone knows what is one and the same to it."""
        attempt = f"comparing {name}"
        try:
            return self.cluster.dry_run(wanted, attempt, namespace=name.namespace)[1]
        except Failure as failure:
            raise Failure(*failure.findings, _not_mendable(Drift(name, paths))) from failure


def _not_looked_at(name: ObjectName) -> Finding:
    return Finding(
        "drift_not_checked",
        Severity.INFO,
        str(name),
        "this user may not read it, so it is not known whether others have changed it",
        "grant get on it, as the page on rights says",
    )


def _not_mendable(drift: Drift) -> Finding:
    return Finding(
        "drift_not_mendable",
        Severity.ERROR,
        str(drift.name),
        f"it is not what the release made ({', '.join(drift.paths)}), and the API server does not"
        " take it back; nothing was changed",
        "correct it by hand, or delete it: the next override makes it anew",
    )


__all__ = ("ReleaseDrift",)
