# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The image-swap release installed or upgraded as its plan says, and read back."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

from .._cluster.client import Client
from .._cluster.helm import HelmOptions
from .._cluster.manifest import manifest_objects
from .._failure import Failure
from .._webhook.trust import WEBHOOK_KINDS
from .files import write_values
from .plan import ReleasePlan
from .reader import read_history, readable_release
from .release import History, Release
from .values import changed_paths


@dataclasses.dataclass
class ReleaseWriter:
    """Installs and upgrades one release through kubernetes.core.helm."""

    cluster: Client
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
        self.history = read_history(self.cluster, self.name, self.namespace)
        return self.history

    def upgrade(self, plan: ReleasePlan, chart: pathlib.Path, folder: pathlib.Path) -> Release:
        """Install or upgrade, and return the release as the cluster then has it.

        `folder` is private and takes the values. Raises Failure.
        """
        files = [write_values(folder, "values.json", plan.values)]
        files += self._nudge(plan, folder)
        if plan.base:
            with readable_release(self.name, self.namespace):
                webhooks = manifest_objects(plan.base.manifest, WEBHOOK_KINDS)
            from .._webhook.proof import let_go

            let_go(self.cluster, webhooks)
        self.cluster.helm(
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


__all__ = ("ReleaseWriter",)
