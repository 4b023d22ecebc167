# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A release taken back to a revision that Helm still has, or out of the cluster.

kubernetes.core has no rollback, so `helm rollback` runs itself.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import datetime
import functools
import time
import typing as t

from ...module_utils._evidence import Finding, Severity
from ...module_utils._objects import dig
from .._cluster.client import Client
from .._cluster.helm import HelmOptions, binary_argument
from .._cluster.manifest import ObjectName, manifest_objects
from .._cluster.retries import persistently
from .._failure import Failure
from .._webhook.trust import WEBHOOK_API, WEBHOOK_KINDS, services_of
from .pending import Pending, pending_of
from .reader import read_history, read_release, readable_release
from .release import History, Release, deployed_as

# What may be over in a moment here: Helm's own words are not known one by one.
_ALSO_PASSING = ("conflict", "module_failed")
_DELAYS = (1.0, 4.0)


def _utc_now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class ReleaseRestorer:
    """Takes one release back. Every method raises Failure when the cluster does not do it.

    `remarks` holds what a person should know of a restoration that succeeded.
    """

    def __init__(
        self,
        cluster: Client,
        name: str,
        namespace: str,
        options: HelmOptions,
        *,
        sleep: t.Callable[[float], None] = time.sleep,
        now: t.Callable[[], datetime.datetime] = _utc_now,
    ) -> None:
        """Keep the cluster and the release's name."""
        self.remarks: list[Finding] = []
        self._cluster = cluster
        self._name = name
        self._namespace = namespace
        self._options = options
        self._sleep = sleep
        self._now = now

    @property
    def subject(self) -> str:
        """Return the release's name in messages."""
        return f"release {self._name} in {self._namespace}"

    def revisions(self) -> tuple[Release, ...]:
        """Return all revisions that Helm still has, the oldest first."""
        history = self._history()
        with readable_release(self._name, self._namespace):
            return history.all()

    def has_revision(self, number: int, began: str = "") -> bool:
        """Return whether Helm still has a revision: that with which it `began` then, if told."""
        history = self._history()
        if number not in history.numbers or not began:
            return number in history.numbers
        with readable_release(self._name, self._namespace):
            found = history.get(number)
        return found is not None and found.began == began

    def rollback_to(self, revision: int) -> Release:
        """Bring chart, values and objects back to those of a revision, as a new revision.

        Works on a failed or pending release as well. Nothing is done if the release is deployed
        with that content. Returns the release as it then is.
        """
        history = self._history()
        with readable_release(self._name, self._namespace):
            target, live = history.get(revision), history.last()
        if target is None or live is None:
            raise self._revision_gone(revision, history)
        if deployed_as(live, target):
            return live
        self._let_go(target)
        self._roll_back(target)
        return self._verified(target)

    def reapply(self, live: Release) -> Release:
        """Write the objects of the deployed revision again, as a new one, over others' changes.

        Returns the release as it then is.
        """
        self._let_go(live)
        try:
            self._retried(lambda: self._run_rollback(live))
        except Failure as failure:
            if failure.code != "helm_field_conflict":
                raise
            self._retried(lambda: self._run_rollback(live, "--force-conflicts"))
        return self._verified(live)

    def pending(self, live: Release) -> Pending:
        """Return what is to be made of a pending release."""
        with readable_release(self._name, self._namespace):
            last_deployed = self._history().last_deployed()
        return pending_of(live, last_deployed, self._now(), self._options.timeout_seconds)

    def recover(self, live: Release, *, own: bool = False) -> Release | None:
        """Take a pending release back to the last revision that was deployed, and return it.

        Returns None where no revision ever was: it is uninstalled then. Raises Failure while
        somebody may still work on it, unless the Helm command was one's `own`, of which one knows
        that it is dead.
        """
        pending = self.pending(live)
        if pending.seconds_left and not own:
            raise Failure(pending.refusal(self.subject, recover=True))
        if pending.last_deployed is None:
            self.uninstall()
            return None
        return self.rollback_to(pending.last_deployed.revision)

    def uninstall(self) -> bool:
        """Take the release out of the cluster, and return whether it was there.

        Of a failed or pending release, too. No configuration of its webhook is left, whether Helm
        or the webhook itself has made it: with the pods gone, the API server would refuse every
        pod that it selects.
        """
        live = self._read()
        if live is None or not live.installed:
            return False
        webhooks = dict.fromkeys((*self._webhooks(live), *self._webhooks_of_services(live)))
        self._retried(self._helm_uninstall)
        left = self._read()
        if left is not None and left.installed:
            raise Failure.of(
                "uninstall_not_verified",
                self.subject,
                f"Helm reported success, but revision {left.revision} is still {left.status}",
                f"look at helm history {self._name} --namespace {self._namespace}",
            )
        for webhook in webhooks:
            self._retried(functools.partial(self._remove, webhook))
        return True

    def _read(self) -> Release | None:
        return read_release(self._cluster, self._name, self._namespace)

    def _history(self) -> History:
        return read_history(self._cluster, self._name, self._namespace)

    def _roll_back(self, target: Release) -> None:
        try:
            self._retried(lambda: self._helm_rollback(target))
        except Failure as failure:
            if failure.code != "helm_field_conflict":
                raise
            # Helm 3, which knows no owners of fields, would write them without asking.
            self._retried(lambda: self._helm_rollback(target, "--force-conflicts"))
            self.remarks.append(self._conflict_overridden(failure))

    def _helm_rollback(self, target: Release, *more: str) -> None:
        live = self._read()
        if live is not None and deployed_as(live, target):
            return
        self._run_rollback(target, *more)

    def _run_rollback(self, target: Release, *more: str) -> None:
        self._cluster.helm_command(
            [
                self._options.binary or "helm",
                "rollback",
                self._name,
                str(target.revision),
                "--namespace",
                self._namespace,
                "--history-max",
                str(self._options.history_max),
                "--timeout",
                f"{self._options.timeout_seconds}s",
                *more,
            ],
            f"rolling {self.subject} back to revision {target.revision}",
        )

    def _helm_uninstall(self) -> None:
        self._cluster.helm(
            {
                "release_name": self._name,
                "release_namespace": self._namespace,
                "release_state": "absent",
                **binary_argument(self._options.binary),
            },
            f"uninstalling {self.subject}",
        )

    def _remove(self, webhook: ObjectName) -> None:
        self._cluster.delete(webhook, f"removing {webhook}")

    def _retried(self, act: t.Callable[[], None]) -> None:
        persistently(act, _DELAYS, self._sleep, _ALSO_PASSING)

    def _verified(self, target: Release) -> Release:
        live = self._read()
        if live is not None and deployed_as(live, target):
            return live
        found = f"revision {live.revision} is {live.status}" if live else "it is absent"
        differs = live is not None and live.status == "deployed"
        raise Failure.of(
            "rollback_not_verified",
            self.subject,
            f"it is not back at what revision {target.revision} deployed: {found}"
            + (", with other content" if differs else ""),
            f"look at helm history {self._name} --namespace {self._namespace}, then helm rollback"
            f" {self._name} {target.revision} --namespace {self._namespace}",
        )

    def _let_go(self, release: Release) -> None:
        """Own nothing of the webhooks that a release is to write."""
        from .._webhook.proof import let_go

        let_go(self._cluster, self._webhooks(release))

    def _webhooks(self, release: Release) -> tuple[ObjectName, ...]:
        with readable_release(self._name, self._namespace):
            return manifest_objects(release.manifest, WEBHOOK_KINDS)

    def _webhooks_of_services(self, release: Release) -> tuple[ObjectName, ...]:
        """Return the webhook configurations in the cluster that call a service of the release."""
        with readable_release(self._name, self._namespace):
            services = {
                (item.namespace, item.name)
                for item in manifest_objects(release.manifest, ("Service",), self._namespace)
            }
        return tuple(
            ObjectName(WEBHOOK_API, kind, str(dig(found, "metadata", "name")))
            for kind in WEBHOOK_KINDS
            for found in (self._cluster.list(WEBHOOK_API, kind) if services else ())
            if services.intersection(services_of(found))
        )

    def _revision_gone(self, revision: int, history: History) -> Failure:
        numbers = ", ".join(map(str, history.numbers))
        return Failure.of(
            "revision_gone",
            self.subject,
            f"Helm has no revision {revision} any more"
            + (f", only {numbers}" if numbers else ": the release is not installed"),
            "go back to one that is left;"
            " a greater palette_image_swap_history_max keeps more of them",
        )

    def _conflict_overridden(self, failure: Failure) -> Finding:
        return Finding(
            "helm_field_conflict_overridden",
            Severity.WARNING,
            self.subject,
            f"going back took fields from another manager ({failure.findings[0].message})",
            failure.findings[0].fix,
        )


__all__ = ("ReleaseRestorer",)
