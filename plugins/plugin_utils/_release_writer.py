# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

"""The image-swap release brought to a chart and values: read, compared, upgraded if it differs."""

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._chart import Chart
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.module_utils._override_state import (
    merge_values,
)
from ansible_collections.palette.image_registry.plugins.module_utils._release import (
    History,
    Release,
    chart_changes,
)
from ansible_collections.palette.image_registry.plugins.module_utils._values import (
    Values,
    changed_paths,
    without_secrets,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster_reader import (
    ClusterReader,
    readable_release,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._kubernetes_core import (
    Failure,
    ModuleRunner,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._private_files import (
    write_values,
)


@dataclasses.dataclass(frozen=True)
class HelmOptions:
    """How Helm is to work; it waits for hooks alone, `timeout_seconds` at most."""

    binary: str = ""
    timeout_seconds: int = 300
    history_max: int = 12

    def arguments(self) -> dict[str, t.Any]:
        """Return them as options of kubernetes.core.helm."""
        arguments: dict[str, t.Any] = {
            "wait": False,
            "timeout": f"{self.timeout_seconds}s",
            "history_max": self.history_max,
        }
        return {**arguments, **binary_argument(self.binary)}


def binary_argument(binary: str) -> dict[str, str]:
    """Return the option that names the helm program, none for the one on PATH."""
    return {"binary_path": binary} if binary else {}


@dataclasses.dataclass(frozen=True)
class ReleasePlan:
    """What an upgrade would change, from the live release to the wanted chart and values.

    `left_behind` is a pending revision; then `live` is the one to which the release goes back
    before anything else.
    """

    live: Release | None
    chart: Chart
    values: Values
    left_behind: Release | None = None

    @property
    def base(self) -> Release | None:
        """Return the release to upgrade, None where Helm installs."""
        return _installed(self.live)

    @property
    def changed_values(self) -> list[str]:
        """Return the paths of values that differ from those that users gave the live release."""
        return changed_paths(self.base.config if self.base else {}, self.values)

    @property
    def changed_chart(self) -> list[str]:
        """Return in words what differs in the chart."""
        if self.base is None:
            return [f"chart {self.chart.label}"]
        return chart_changes(self.base, self.chart)

    @property
    def changed(self) -> bool:
        """Return whether anything is to be written."""
        return self.left_behind is not None or bool(self.reasons)

    @property
    def reasons(self) -> list[str]:
        """Return why Helm has to run, empty if it has not."""
        if self.base is None:
            return ["the release is not installed"]
        reasons = [] if self.base.status == "deployed" else [f"its status is {self.base.status}"]
        reasons += ["values differ"] if self.changed_values else []
        return reasons + (["the chart differs"] if self.changed_chart else [])

    def shown(self) -> tuple[dict[str, t.Any] | None, dict[str, t.Any]]:
        """Return the release before and after for a diff, secrets as fingerprints."""
        after: dict[str, t.Any] = {"chart": self.chart.label, "values": self.values}
        if self.base is None:
            return None, without_secrets(after)
        before: dict[str, t.Any] = {"chart": self.base.chart_label, "values": self.base.config}
        status = (self.left_behind or self.base).status
        if status != "deployed":
            before["status"], after["status"] = status, "deployed"
        changed = self.changed_chart
        if changed:
            after["chart_changes"] = changed
        return without_secrets(before), without_secrets(after)


def plan_release(
    live: Release | None,
    chart: Chart,
    user_values: Values,
    our_values: Values,
    *,
    reset_values: bool = False,
) -> ReleasePlan:
    """Return the plan: the live values, over them the user's, over all ours.

    Keys never go, but for `reset_values`, which forgets the live values.
    """
    base = None if reset_values else _installed(live)
    beneath = merge_values(base.config if base else {}, user_values)
    return ReleasePlan(live, chart, merge_values(beneath, our_values))


def _installed(live: Release | None) -> Release | None:
    return live if live is not None and live.installed else None


@dataclasses.dataclass
class ReleaseWriter:
    """Installs and upgrades one release through kubernetes.core.helm."""

    run_module: ModuleRunner
    name: str
    namespace: str
    options: HelmOptions
    # As they were read last.
    history: History = dataclasses.field(default_factory=lambda: History(()))

    @property
    def subject(self) -> str:
        """Return the release's name in messages."""
        return f"release {self.name} in {self.namespace}"

    def read(self) -> History:
        """Return the revisions that Helm has, and keep them as `history`."""
        self.history = ClusterReader(self.run_module).history(self.name, self.namespace)
        return self.history

    def upgrade(self, plan: ReleasePlan, chart: pathlib.Path, folder: pathlib.Path) -> Release:
        """Install or upgrade, and return the release as the cluster then has it.

        `folder` is private and takes the values. Raises Failure.
        """
        files = [write_values(folder, "values.json", plan.values)]
        files += self._nudge(plan, folder)
        self.run_module(
            "helm",
            {
                "release_name": self.name,
                "release_namespace": self.namespace,
                "chart_ref": str(chart),
                "values_files": files,
                **self.options.arguments(),
            },
            f"upgrading {self.subject}" if plan.base else f"installing {self.subject}",
        )
        return self._verified(plan)

    def _nudge(self, plan: ReleasePlan, folder: pathlib.Path) -> list[str]:
        """Return a values file that means nothing to Helm and a change to kubernetes.core.

        That module compares values and version alone, so it would pass over a chart changed at
        the same version; its `force` would delete and recreate objects. But it merges files by
        top-level keys only, where Helm merges them deeply: `{"config": {}}` is what differs.
        """
        for key, value in plan.values.items():
            if isinstance(value, t.Mapping) and value:
                return [write_values(folder, "nothing.json", {key: {}})]
        return []

    def _verified(self, plan: ReleasePlan) -> Release:
        """Read the release back: deployed, a new revision, its values those of the plan."""
        with readable_release(self.name, self.namespace):
            release = self.read().last()
        before = plan.live.revision if plan.live else 0
        if release is None or release.status != "deployed" or release.revision <= before:
            found = f"{release.status}, revision {release.revision}" if release else "absent"
            raise Failure.of(
                "release_not_deployed",
                self.subject,
                f"Helm reported success, but the release is {found}",
                f"look at helm history {self.name} --namespace {self.namespace}",
            )
        differing = changed_paths(plan.values, release.config)
        if differing:
            raise Failure.of(
                "values_not_as_given",
                self.subject,
                f"Helm deployed something else for {', '.join(differing)}",
                "report this: these values are not deployed to the letter",
            )
        return release


def check_of(plan: ReleasePlan, release: Release | None, subject: str, check_mode: bool) -> Check:
    """Return the check that stands for a run in the evidence."""
    reasons = plan.reasons
    if check_mode and reasons:
        verb = "upgraded to" if plan.base else "installed:"
        actual = f"would be {verb} {plan.chart.label} ({', '.join(reasons)})"
    elif release is None:
        actual = "absent"
    else:
        verb = "deployed now" if reasons else "deployed already"
        actual = f"{verb}: {release.chart_label}, revision {release.revision}"
    return Check(
        "image-swap release", subject, Status.PASS, f"deployed: {plan.chart.label}", actual
    )


def old_secrets_kept(
    subject: str, namespace: str, revisions: t.Sequence[int], history_max: int
) -> Finding:
    """Return the remark that Helm still has revisions with other secrets than the live one."""
    numbers = ", ".join(map(str, revisions))
    return Finding(
        "old_secrets_kept",
        Severity.INFO,
        subject,
        "other secrets than the live ones, such as former passwords, are in revision"
        f"{'s' * (len(revisions) > 1)} {numbers}: whoever may read the Secrets of namespace"
        f" {namespace} can read them, until newer revisions push them out"
        f" (image_swap_history_max: Helm keeps {history_max})",
        "make former passwords invalid in the registry",
    )


def unknown_cluster_kind(subject: str, failure: Failure) -> Finding:
    """Return the warning that nothing says whether the cluster is EKS."""
    return Finding(
        "eks_unknown",
        Severity.WARNING,
        subject,
        "the cluster does not tell whether it is Amazon EKS, so isEKSCluster stays as the chart"
        f" has it ({failure.findings[0].message})",
        "set image_swap_is_eks to true or false",
    )


__all__ = (
    "HelmOptions",
    "ReleasePlan",
    "ReleaseWriter",
    "binary_argument",
    "check_of",
    "old_secrets_kept",
    "plan_release",
    "unknown_cluster_kind",
)
