# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits until a release's workloads are ready, by many short questions.

`helm --wait` is one long module: killed, it runs on, holds the release for minutes, and says
neither what it waits for nor why in vain.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import datetime
import time
import typing as t

from ...module_utils._evidence import Check, Finding, Status
from ...module_utils._objects import JsonObject, dig
from .._cluster.client import Client
from .._cluster.manifest import ObjectName, manifest_objects
from .._cluster.retries import PASSING
from .._cluster.rollout import (
    Rollout,
    backs_off,
    hopeless_reasons,
    not_ready_finding,
    pod_selector,
    rollout_of,
)
from .._cluster.state import WORKLOAD_KINDS
from .._failure import Failure
from .reader import readable_release
from .release import Release

_POLL_SECONDS = 3.0
_SHOW_SECONDS = 30.0


def _utc_now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


_Live = dict[ObjectName, JsonObject | None]


@dataclasses.dataclass(frozen=True)
class _Answer:
    """The workloads as they are, or why the cluster does not tell."""

    live: _Live
    failure: Failure | None = None

    @property
    def waits_for(self) -> tuple[tuple[ObjectName, Rollout], ...]:
        """Return the workloads that are not ready."""
        rollouts = ((name, rollout_of(str(name), found)) for name, found in self.live.items())
        return tuple((name, rollout) for name, rollout in rollouts if not rollout.done)

    @property
    def done(self) -> bool:
        """Return whether nothing is to be waited for."""
        return self.failure is None and not self.waits_for


class ReleaseWaiter:
    """Waits for the workloads of a release.

    `heartbeat` is called before each question.
    """

    def __init__(
        self,
        cluster: Client,
        heartbeat: t.Callable[[], None],
        *,
        clock: t.Callable[[], float] = time.monotonic,
        sleep: t.Callable[[float], None] = time.sleep,
        now: t.Callable[[], datetime.datetime] = _utc_now,
    ) -> None:
        """Keep what asks, what tells, and the time."""
        self._cluster = cluster
        self._heartbeat = heartbeat
        self._clock = clock
        self._sleep = sleep
        self._now = now

    def wait(self, release: Release, timeout_seconds: int) -> int:
        """Return how many workloads there are, once all are ready.

        Raises Failure when they are not in time, or never will be, naming those that are not, and
        why.
        """
        with readable_release(release.name, release.namespace):
            workloads = manifest_objects(release.manifest, WORKLOAD_KINDS, release.namespace)
        start = shown = self._clock()
        answer = self._ask(workloads)
        while not answer.done:
            now = self._clock()
            if now - start + _POLL_SECONDS > timeout_seconds:
                raise answer.failure or Failure(*self._findings(answer, timeout_seconds))
            if now - shown >= _SHOW_SECONDS:
                shown = now
                self._cluster.say(_progress(release, answer, int(now - start)))
            self._sleep(_POLL_SECONDS)
            answer = self._ask(workloads)
            if self._is_hopeless(answer):
                raise Failure(*self._findings(answer, int(self._clock() - start)))
        return len(workloads)

    def check(self, release: Release, timeout_seconds: int, subject: str) -> Check:
        """Return the check that they are ready, once they are. Raises Failure as `wait` does."""
        number = self.wait(release, timeout_seconds)
        actual = f"{number} workloads ready"
        return Check("image-swap workloads", subject, Status.PASS, "all ready", actual)

    def _ask(self, workloads: t.Sequence[ObjectName]) -> _Answer:
        try:
            self._heartbeat()
            return _Answer(self._read(workloads))
        except Failure as failure:
            # An API that does not answer for a while has not failed the workloads.
            if failure.code not in PASSING:
                raise
            return _Answer(dict.fromkeys(workloads), failure)

    def _read(self, workloads: t.Sequence[ObjectName]) -> _Live:
        """Return the workloads as they are; one question a kind and namespace."""
        live: _Live = dict.fromkeys(workloads)
        groups = dict.fromkeys((item.api_version, item.kind, item.namespace) for item in workloads)
        for version, kind, namespace in groups:
            for found in self._cluster.list(version, kind, namespace=namespace):
                name = ObjectName(version, kind, str(dig(found, "metadata", "name")), namespace)
                if name in live:
                    live[name] = {**found, "kind": kind}
        return live

    def _is_hopeless(self, answer: _Answer) -> bool:
        """Return whether a pod waits for what does not come by waiting."""
        for name, _rollout in () if answer.failure else answer.waits_for:
            workload = answer.live[name]
            if workload is None:
                continue
            pods = self._told("Pod", name.namespace, labels=pod_selector(workload))
            events = self._told("Event", name.namespace) if backs_off(pods) else ()
            if hopeless_reasons(workload, pods, events, self._now()):
                return True
        return False

    def _findings(self, answer: _Answer, seconds: int) -> list[Finding]:
        events: dict[str, t.Sequence[JsonObject]] = {}
        findings = []
        for name, rollout in answer.waits_for:
            # Before any of it is cut off: half a secret is known by nobody.
            workload = self._cluster.redactor.data(answer.live[name])
            if name.namespace not in events:
                events[name.namespace] = self._told("Event", name.namespace)
            pods = (
                self._told("Pod", name.namespace, labels=pod_selector(workload)) if workload else ()
            )
            findings.append(
                not_ready_finding(rollout, workload, pods, events[name.namespace], seconds)
            )
        return findings

    def _told(
        self, kind: str, namespace: str, labels: t.Sequence[str] = ()
    ) -> t.Sequence[JsonObject]:
        """Return objects that explain something; nothing where they may not be read."""
        try:
            found = self._cluster.list("v1", kind, namespace=namespace, labels=labels)
            return t.cast("t.Sequence[JsonObject]", self._cluster.redactor.data(found))
        except Failure:
            return ()


def _progress(release: Release, answer: _Answer, seconds: int) -> str:
    """Return in words what is waited for, and how far it is."""
    head = f"release {release.name} in {release.namespace}, {seconds} s"
    total, waits_for = len(answer.live), answer.waits_for
    if answer.failure:
        return f"{head}: the cluster does not answer; waiting for {total} workloads"
    waits = ", ".join(f"{name} ({rollout.reason})" for name, rollout in waits_for)
    return f"{head}: {total - len(waits_for)} of {total} workloads ready; waiting for {waits}"


__all__ = ("ReleaseWaiter",)
