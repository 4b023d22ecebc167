# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the pod that pulls, and delete it whatever happens."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import time
import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status
from ...module_utils._images.samples import SourceSamples
from ...module_utils._objects import JsonObject, dig
from .._cluster.client import Client
from .._cluster.manifest import ObjectName
from .._cluster.state import PLATFORM_NAMESPACES
from .._failure import Failure
from .._webhook.canary import canary_labels, canary_namespaces
from .._webhook.objects import find_webhooks
from .._webhook.reader import CONFIGURATIONS
from .pod import CHECK_NAME, LABEL, PulledPod, pull_job

_JOB = ("batch/v1", "Job")
_POLL_SECONDS = 2.0
_JOB_LABEL = "batch.kubernetes.io/job-name"


@dataclasses.dataclass
class ClusterPull:
    """One pull by a pod of a cluster. Every method raises Failure."""

    cluster: Client
    subject: str
    seconds: int
    heartbeat: t.Callable[[], None]
    clock: t.Callable[[], float] = time.monotonic
    sleep: t.Callable[[float], None] = time.sleep

    def run(self, sources: t.Sequence[SourceSamples], namespace: str = "") -> tuple[Check, ...]:
        """Pull the smallest image of each source, and return the checks."""
        swept = self._sweep()
        wanted = tuple(one for one in sources if one.samples)
        if not wanted:
            actual = "not tried: no image was chosen"
            return (*swept, Check(CHECK_NAME, self.subject, Status.SKIP, "pulls", actual))
        place, labels = self._place(namespace)
        manifest = pull_job(place, labels, wanted, self.seconds)
        created = self.cluster.create(manifest, "creating a Job that pulls images") or {}
        name = ObjectName(*_JOB, str(dig(created, "metadata", "name") or ""), place)
        try:
            seen = self._watch(name, wanted)
        finally:
            left = self._delete(name)
        return (*swept, *seen.checks(), *left)

    def _place(self, namespace: str) -> tuple[str, dict[str, str]]:
        """Return the namespace, and the labels with which the webhook looks at a pod there."""
        webhooks = [
            item
            for item in find_webhooks(self.cluster.list(*CONFIGURATIONS))
            if item.wants_pods and not item.bypassed
        ]
        namespaces = {
            str(dig(item, "metadata", "name")): dig(item, "metadata", "labels") or {}
            for item in self.cluster.list("v1", "Namespace")
            if dig(item, "status", "phase") != "Terminating"
        }
        chosen = canary_namespaces(webhooks, namespaces)
        known = [name for name in PLATFORM_NAMESPACES if name in namespaces]
        place = namespace or next(iter((*chosen, *known, "default")))
        return place, canary_labels(webhooks)

    def _sweep(self) -> tuple[Check, ...]:
        """Delete the Jobs that runs before have left."""
        checks: list[Check] = []
        for item in self.cluster.list(*_JOB, labels=("=".join(LABEL),)):
            metadata = item.get("metadata") or {}
            name = ObjectName(*_JOB, str(metadata.get("name")), str(metadata.get("namespace")))
            checks += self._delete(name)
        return tuple(checks)

    def _watch(self, name: ObjectName, wanted: tuple[SourceSamples, ...]) -> PulledPod:
        start = self.clock()
        while True:
            self.heartbeat()
            pods = self.cluster.list(
                "v1", "Pod", namespace=name.namespace, labels=(f"{_JOB_LABEL}={name.name}",)
            )
            seen = PulledPod(self.subject, wanted, pods[0] if pods else None)
            elapsed = self.clock() - start
            if (pods and seen.settled) or elapsed >= self.seconds:
                return dataclasses.replace(seen, events=self._events(name, pods))
            waited = f"{elapsed:.0f} of {self.seconds} s"
            self.cluster.say(f"waiting for a pod to pull {len(wanted)} images ({waited})")
            self.sleep(_POLL_SECONDS)

    def _events(self, name: ObjectName, pods: t.Sequence[JsonObject]) -> tuple[JsonObject, ...]:
        names = [name.name, *(str(dig(pod, "metadata", "name")) for pod in pods)]
        found: list[JsonObject] = []
        for one in names:
            fields = (f"involvedObject.name={one}",)
            found += self.cluster.list("v1", "Event", namespace=name.namespace, fields=fields)
        return tuple(sorted(found, key=lambda event: str(event.get("lastTimestamp") or "")))

    def _delete(self, name: ObjectName) -> tuple[Check, ...]:
        try:
            self.cluster.persistently(
                lambda: self.cluster.delete(
                    name, "deleting the Job that pulled images", with_dependents=True
                )
            )
        except Failure as failure:
            finding = Finding(
                "pull_pod_left",
                Severity.WARNING,
                f"job/{name.name} in {name.namespace}",
                f"it was not deleted: {failure.findings[0].message}; it ends by itself after "
                f"{self.seconds} s and is removed a minute later",
                f"kubectl delete job/{name.name} --namespace {name.namespace}",
            )
            return (Check(CHECK_NAME, self.subject, Status.WARN, "deleted", "left", (finding,)),)
        return ()


__all__ = ("ClusterPull",)
