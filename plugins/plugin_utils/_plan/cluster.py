# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan asks of a cluster. Reads only, and a question that fails stops no other."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status
from ...module_utils._images.inventory import POD_KINDS, images_of
from ...module_utils._settings.settings import SECRET_NAME, SECRET_NAMESPACE
from .._action import Failure
from .._cluster.client import ClusterReader
from .._cluster.state import dig
from .._override.secret import LiveSecret
from .._preflight.cluster import ClusterPreflight
from .._release.values import merge_values


@dataclasses.dataclass
class PlanCluster:
    """Asks one cluster, and keeps what could not be asked in `checks`.

    `keep_secret` is told what must not stand in anything that the cluster says from then on.
    """

    cluster: ClusterReader
    subject: str
    server: str
    keep_secret: t.Callable[[t.Iterable[str]], None]
    checks: list[Check] = dataclasses.field(default_factory=list)

    def identity(self) -> dict[str, t.Any]:
        """Return server, uid and eks; empty if the cluster does not answer."""
        preflight = ClusterPreflight(self.cluster, self.subject, self.server)
        try:
            self.checks.append(preflight.identity(""))
        except Failure as failure:
            self._missed("cluster", failure, Severity.ERROR)
            return {}
        try:
            preflight.note_eks()
        except Failure as failure:
            self._missed("kind of cluster", failure, Severity.WARNING)
        return preflight.facts

    def secret(self, *, needed: bool) -> tuple[bool, LiveSecret | None]:
        """Return whether the live Secret is known, and the Secret if there is one.

        Not to know it is an error where it is `needed`, else a warning.
        """
        severity = Severity.ERROR if needed else Severity.WARNING
        place = f"secret/{SECRET_NAME} in {SECRET_NAMESPACE}"
        try:
            found = self.cluster.object("v1", "Secret", SECRET_NAME, namespace=SECRET_NAMESPACE)
            secret = LiveSecret.from_object(found) if found else None
        except Failure as failure:
            self._missed("live Secret", failure, severity)
            return False, None
        except ValueError as exc:
            fix = "look at the Secret, and write it anew"
            self._missed(
                "live Secret", Failure.of("secret_unreadable", place, str(exc), fix), severity
            )
            return False, None
        if secret is not None:
            self.keep_secret(secret.texts())
        elif needed:
            self._missed(
                "live Secret",
                Failure.of(
                    "secret_missing",
                    place,
                    "there is no override to start from",
                    "set palette_registry, and plan without plan_from_cluster",
                ),
                severity,
            )
        return True, secret

    def registry_name(self, release: str, namespace: str) -> str:
        """Return the registry's name, which only the release of the chart holds; empty if none."""
        try:
            found = self.cluster.release(release, namespace)
        except Failure as failure:
            self._missed("image-swap release", failure, Severity.WARNING)
            return ""
        values = merge_values(found.chart.get("values") or {}, found.config) if found else {}
        for path in (("ociImageRegistry", "name"), ("config", "ociImageRegistry", "name")):
            name = dig(values, *path)
            if isinstance(name, str) and name:
                return name
        return ""

    def images(self) -> tuple[str, ...]:
        """Return the images of all pods and workload templates that may be read."""
        found: set[str] = set()
        for api_version, kind in POD_KINDS:
            try:
                found.update(images_of(self.cluster.objects(api_version, kind)))
            except Failure as failure:
                self._missed(f"images of {kind} objects", failure, Severity.WARNING)
        return tuple(sorted(found))

    def _missed(self, name: str, failure: Failure, severity: Severity) -> None:
        status = Status.FAIL if severity is Severity.ERROR else Status.WARN
        findings: tuple[Finding, ...] = tuple(
            dataclasses.replace(finding, severity=severity) for finding in failure.findings
        )
        self.checks.append(Check(name, self.subject, status, findings=findings))


__all__ = ("PlanCluster",)
