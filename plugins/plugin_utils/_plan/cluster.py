# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan asks of a cluster. Reads only, and a question that fails stops no other."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import shlex
import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status
from ...module_utils._images.sources import POD_KINDS, images_of
from ...module_utils._objects import dig
from ...module_utils._settings.settings import SECRET_NAME, SECRET_NAMESPACE
from .._cluster.client import Client
from .._cluster.helm import binary_argument
from .._cluster.private_files import private_folder
from .._failure import Failure
from .._override.secret import LiveSecret
from .._preflight.cluster import ClusterPreflight
from .._release.files import find_chart, write_values
from .._release.reader import read_release
from .._release.values import merge_values
from .._webhook.objects import NAMESPACE, find_map
from .plan import Plan, PlanInputs
from .webhook_map import PlannedMap, map_in_manifests, map_like_live


@dataclasses.dataclass
class PlanCluster:
    """Asks one cluster, and keeps what could not be asked in `checks`."""

    cluster: Client
    subject: str
    checks: list[Check] = dataclasses.field(default_factory=list)

    def identity(self) -> dict[str, t.Any]:
        """Return server, uid and eks; empty if the cluster does not answer."""
        preflight = ClusterPreflight(self.cluster, self.subject)
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
            found = self.cluster.get("v1", "Secret", SECRET_NAME, namespace=SECRET_NAMESPACE)
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
            self.cluster.redactor.add(secret.texts())
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
            found = read_release(self.cluster, release, namespace)
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
                found.update(images_of(self.cluster.list(api_version, kind)))
            except Failure as failure:
                self._missed(f"images of {kind} objects", failure, Severity.WARNING)
        return tuple(sorted(found))

    def _missed(self, name: str, failure: Failure, severity: Severity) -> None:
        status = Status.FAIL if severity is Severity.ERROR else Status.WARN
        findings: tuple[Finding, ...] = tuple(
            dataclasses.replace(finding, severity=severity) for finding in failure.findings
        )
        self.checks.append(Check(name, self.subject, status, findings=findings))


# Without Helm a plan is as good as it was: both answers stand in it.
_NO_HELM = frozenset({"helm_missing", "library_missing"})


@dataclasses.dataclass
class WebhookPlanner:
    """Finds the map that the webhook will have. `answers`: there is a cluster to ask."""

    cluster: Client
    answers: bool
    helm_binary: str = ""

    def settled(self, inputs: PlanInputs) -> PlanInputs:
        """Return the inputs with the map, if it can be known; what went wrong is a check.

        Who said whether the chart adds a default entry is believed.
        """
        if inputs.settings is None or not inputs.airgap or inputs.assume_default is not None:
            return inputs
        try:
            found = self._rendered(inputs) or self._live(inputs)
        except Failure as failure:
            return dataclasses.replace(
                inputs, checks=(*inputs.checks, _missed(inputs.subject, failure))
            )
        if found is None:
            return inputs
        # The lint, which sees the mirrors alone, warned of what is known now.
        findings = tuple(item for item in inputs.findings if item.code != "no_default")
        return dataclasses.replace(inputs, webhook_map=found, findings=findings)

    def _rendered(self, inputs: PlanInputs) -> PlannedMap | None:
        """Return the map in the rendered chart; the values hold a placeholder for the password."""
        values = Plan(inputs).values
        if inputs.chart.own is None or values is None:
            return None
        with private_folder() as folder:
            try:
                file = write_values(folder, "values.json", values)
                # The module puts both into a command line as they are.
                arguments: dict[str, t.Any] = {
                    "chart_ref": shlex.quote(str(find_chart(inputs.chart.reference))),
                    "release_name": inputs.chart.release,
                    "release_namespace": inputs.chart.namespace,
                    "values_files": [shlex.quote(file)],
                    **binary_argument(self.helm_binary),
                }
                rendered = self.cluster.helm_template(arguments, "rendering the chart")
                found = map_in_manifests(rendered)
            except ValueError as exc:
                fix = "check the chart, and palette_image_swap_values"
                raise Failure.of("chart_does_not_render", "chart", str(exc), fix) from exc
        return PlannedMap(found.text, f"helm template of {inputs.chart.label}") if found else None

    def _live(self, inputs: PlanInputs) -> PlannedMap | None:
        if not self.answers or inputs.settings is None:
            return None
        found = find_map(self.cluster.list("v1", "ConfigMap", namespace=NAMESPACE))
        return map_like_live(found, inputs.settings.mirrors) if found else None


def _missed(subject: str, failure: Failure) -> Check:
    severity, status = Severity.WARNING, Status.WARN
    if failure.code in _NO_HELM:
        severity, status = Severity.INFO, Status.SKIP
    findings = tuple(dataclasses.replace(one, severity=severity) for one in failure.findings)
    return Check("webhook map", subject, status, "known", "not known", findings)


__all__ = ("PlanCluster", "WebhookPlanner")
