# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settles what the webhook will swap: Helm renders the chart, or a cluster shows its map."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import shlex
import typing as t

from ..module_utils._evidence import Check, Severity, Status
from ._action import Failure, ModuleRunner
from ._cluster.client import ClusterReader
from ._cluster.helm import binary_argument
from ._cluster.private_files import private_folder, write_values
from ._plan.plan import Plan, PlanInputs
from ._plan.webhook_map import PlannedMap, map_in_manifests, map_like_live
from ._release.files import find_chart
from ._webhook.objects import NAMESPACE, find_map

# Without Helm a plan is as good as it was: both answers stand in it.
_NO_HELM = frozenset({"helm_missing", "library_missing"})


@dataclasses.dataclass
class WebhookPlanner:
    """Finds the map that the webhook will have. `cluster` is None where there is none to ask."""

    run_module: ModuleRunner
    cluster: ClusterReader | None
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
                result = self.run_module(
                    "helm_template", arguments, "rendering the chart", reads=True
                )
                found = map_in_manifests(str(result.get("stdout") or ""))
            except ValueError as exc:
                fix = "check the chart, and image_swap_values"
                raise Failure.of("chart_does_not_render", "chart", str(exc), fix) from exc
        return PlannedMap(found.text, f"helm template of {inputs.chart.label}") if found else None

    def _live(self, inputs: PlanInputs) -> PlannedMap | None:
        if self.cluster is None or inputs.settings is None:
            return None
        found = find_map(self.cluster.objects("v1", "ConfigMap", namespace=NAMESPACE))
        return map_like_live(found, inputs.settings.mirrors) if found else None


def _missed(subject: str, failure: Failure) -> Check:
    severity, status = Severity.WARNING, Status.WARN
    if failure.code in _NO_HELM:
        severity, status = Severity.INFO, Status.SKIP
    findings = tuple(dataclasses.replace(one, severity=severity) for one in failure.findings)
    return Check("webhook map", subject, status, "known", "not known", findings)


__all__ = ("WebhookPlanner",)
