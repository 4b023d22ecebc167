# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The image-swap release brought to a chart and values, from whatever state it is in."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

from ...module_utils._evidence import Check, Finding, status_of
from .._cluster.client import Client
from .._failure import Failure
from .chart import Chart
from .drift import Drift
from .drift_reader import ReleaseDrift
from .plan import ReleasePlan, check_of, old_secrets_kept, plan_release
from .reader import readable_release
from .release import Release, with_other_secrets
from .restorer import ReleaseRestorer
from .values import Values, secrets_in
from .writer import ReleaseWriter


@dataclasses.dataclass
class ReleaseUpdate:
    """Plans what is to be done to one release, and does it. Every method raises Failure.

    `recover` says whether a release that is left pending is taken back first; `own`, that the
    Helm command that left it is known to be dead. `before_write` is called before each step that
    writes.
    """

    cluster: Client
    writer: ReleaseWriter
    restorer: ReleaseRestorer
    before_write: t.Callable[[], None]
    drift: ReleaseDrift
    recover: bool
    own: bool
    remarks: list[Finding] = dataclasses.field(default_factory=list)

    @property
    def subject(self) -> str:
        """Return the release's name in messages."""
        return self.writer.subject

    def plan(
        self, chart: Chart, user: Values, ours: Values, *, reset_values: bool = False
    ) -> ReleasePlan:
        """Return what is to be done: see `plan_release`."""
        live, left_behind = self._live()
        plan = plan_release(live, chart, user, ours, reset_values=reset_values)
        drift: tuple[Drift, ...] = ()
        if plan.base and plan.base.status == "deployed" and left_behind is None:
            drift = self.drift.of(plan.base)
        return dataclasses.replace(plan, left_behind=left_behind, drift=drift)

    def write(self, plan: ReleasePlan, chart: pathlib.Path, folder: pathlib.Path) -> Release | None:
        """Do what the plan says, unless in check mode, and return the release as it then is.

        `folder` is private and takes the values.
        """
        if not plan.changed or self.cluster.check_mode:
            return plan.live
        self.before_write()
        if plan.left_behind is not None:
            live = self.restorer.recover(plan.left_behind, own=self.own)
            self.before_write()
            plan = dataclasses.replace(plan, live=live)
        elif plan.live and plan.drift:
            live = self.restorer.reapply(plan.live)
            self.before_write()
            plan = dataclasses.replace(plan, live=live)
        return self.writer.upgrade(plan, chart, folder) if plan.reasons else plan.live

    def check(
        self, plan: ReleasePlan, release: Release | None, findings: t.Iterable[Finding] = ()
    ) -> Check:
        """Return the check that stands for it in the evidence, with all that a person should know.

        `findings` are those that others have.
        """
        check = check_of(plan, release, self.subject, self.cluster.check_mode)
        ours = (*self.remarks, *self.drift.remarks, *self.restorer.remarks)
        told = (*findings, *ours, *self._old_secrets(release))
        return dataclasses.replace(check, status=status_of(told), findings=told)

    def _live(self) -> tuple[Release | None, Release | None]:
        """Return the release to start from, and one that was left behind pending before it.

        Raises Failure for a pending one that is not to be recovered, or not yet.
        """
        with readable_release(self.writer.name, self.writer.namespace):
            live = self.writer.read().last()
        if live is None:
            return None, None
        self.cluster.redactor.add(secrets_in(live.config))
        if not live.pending:
            return live, None
        pending = self.restorer.pending(live)
        if not self.own and (pending.seconds_left or not self.recover):
            raise Failure(pending.refusal(self.subject, recover=self.recover))
        if pending.last_deployed:
            self.cluster.redactor.add(secrets_in(pending.last_deployed.config))
        self.remarks.append(pending.recovered(self.subject, check_mode=self.cluster.check_mode))
        return pending.last_deployed, live

    def _old_secrets(self, release: Release | None) -> tuple[Finding, ...]:
        """Return the remark about former passwords, if Helm still has any."""
        writer = self.writer
        kept = with_other_secrets(writer.history, release) if release else ()
        if not kept:
            return ()
        maximum = writer.options.history_max
        return (old_secrets_kept(writer.subject, writer.namespace, kept, maximum),)


__all__ = ("ReleaseUpdate",)
