# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an upgrade of the image-swap release would change, and what is told of it."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status
from .chart import Chart
from .drift import Drift
from .release import Release, chart_changes
from .values import Values, changed_paths, merge_values, without_secrets


@dataclasses.dataclass(frozen=True)
class ReleasePlan:
    """What an upgrade would change, from the live release to the wanted chart and values.

    `left_behind` is a pending revision; then `live` is the one to which the release goes back
    before anything else. `drift` is what others have changed of what the live one made.
    """

    live: Release | None
    chart: Chart
    values: Values
    left_behind: Release | None = None
    drift: tuple[Drift, ...] = ()

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
        return chart_changes(self.base, self.chart, self.values)

    @property
    def changed(self) -> bool:
        """Return whether anything is to be written."""
        return self.left_behind is not None or bool(self.drift or self.reasons)

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
        if self.drift:
            before["changed_in_the_cluster"] = [str(drift) for drift in self.drift]
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
    if plan.drift:
        mended = ", ".join(str(drift) for drift in plan.drift)
        actual += f"; {'would be ' if check_mode else ''}mended: {mended}"
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
        f" (palette_image_swap_history_max: Helm keeps {history_max})",
        "make former passwords invalid in the registry",
    )


def unknown_cluster_kind(subject: str, failure: Finding) -> Finding:
    """Return the warning that nothing says whether the cluster is EKS; `failure` says why."""
    return Finding(
        "eks_unknown",
        Severity.WARNING,
        subject,
        "the cluster does not tell whether it is Amazon EKS, so isEKSCluster stays as the chart"
        f" has it ({failure.message})",
        "set palette_image_swap_is_eks to true or false",
    )


__all__ = (
    "ReleasePlan",
    "check_of",
    "old_secrets_kept",
    "plan_release",
    "unknown_cluster_kind",
)
