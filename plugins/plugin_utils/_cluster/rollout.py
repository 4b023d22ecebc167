# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Has a workload come up with its new pods, and if not, why? As `kubectl rollout status` asks."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import datetime
import re
import typing as t

from ...module_utils._evidence import Finding, Severity
from ...module_utils._objects import JsonObject, dig
from ...module_utils._redact import cut

_EVENTS = 3
_LONGEST = 300


@dataclasses.dataclass(frozen=True)
class Rollout:
    """How far a workload is. `reason` is empty where nothing is to be waited for."""

    label: str
    reason: str

    @property
    def done(self) -> bool:
        """Return whether nothing is to be waited for."""
        return not self.reason


def rollout_of(label: str, workload: JsonObject | None) -> Rollout:
    """Return how far a Deployment, StatefulSet or DaemonSet is; None: it is not there (yet)."""
    if workload is None:
        return Rollout(label, "it is not there")
    generation = _count(workload, "metadata", "generation")
    if _count(workload, "status", "observedGeneration") < generation:
        return Rollout(label, "its controller has not seen it yet")
    judge = {"DaemonSet": _daemon_set, "StatefulSet": _stateful_set}.get(
        str(workload.get("kind")), _deployment
    )
    return Rollout(label, judge(workload))


def _count(value: JsonObject, *path: str) -> int:
    return int(dig(value, *path) or 0)


def _wanted(workload: JsonObject) -> int:
    replicas = dig(workload, "spec", "replicas")
    return 1 if replicas is None else int(replicas)


def _deployment(workload: JsonObject) -> str:
    if dig(workload, "spec", "paused"):
        return ""
    wanted = _wanted(workload)
    updated = _count(workload, "status", "updatedReplicas")
    available = _count(workload, "status", "availableReplicas")
    old = _count(workload, "status", "replicas") - updated
    if updated < wanted:
        return f"{updated} of {wanted} new pods are there"
    if old > 0:
        return f"{old} old pod{'s' * (old > 1)} still to end"
    return "" if available >= wanted else f"{available} of {wanted} pods are ready"


def _stateful_set(workload: JsonObject) -> str:
    wanted = _wanted(workload)
    ready = _count(workload, "status", "readyReplicas")
    if ready < wanted:
        return f"{ready} of {wanted} pods are ready"
    strategy = dig(workload, "spec", "updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return ""
    due = wanted - _count(strategy, "rollingUpdate", "partition")
    updated = _count(workload, "status", "updatedReplicas")
    current, update = (dig(workload, "status", f"{key}Revision") for key in ("current", "update"))
    if current == update or updated >= due:
        return ""
    return f"{updated} of {due} new pods are there"


def _daemon_set(workload: JsonObject) -> str:
    wanted = _count(workload, "status", "desiredNumberScheduled")
    updated = _count(workload, "status", "updatedNumberScheduled")
    if dig(workload, "spec", "updateStrategy", "type") != "OnDelete" and updated < wanted:
        return f"{updated} of {wanted} new pods are there"
    available = _count(workload, "status", "numberAvailable")
    return "" if available >= wanted else f"{available} of {wanted} pods are ready"


def pod_selector(workload: JsonObject) -> list[str]:
    """Return the label selector of a workload's pods, as kubernetes.core takes it."""
    labels = dig(workload, "spec", "selector", "matchLabels") or {}
    selector = [f"{key}={value}" for key, value in labels.items()]
    for item in dig(workload, "spec", "selector", "matchExpressions") or ():
        key, values = item.get("key"), ",".join(map(str, item.get("values") or ()))
        selector.append(
            {
                "In": f"{key} in ({values})",
                "NotIn": f"{key} notin ({values})",
                "Exists": f"{key}",
            }.get(str(item.get("operator")), f"!{key}")
        )
    return selector


def not_ready_finding(
    rollout: Rollout,
    workload: JsonObject | None,
    pods: t.Sequence[JsonObject],
    events: t.Sequence[JsonObject],
    seconds: int,
) -> Finding:
    """Return the error that a workload did not come up, with what its pods and events say.

    `pods` are those of the workload, `events` those of its namespace.
    """
    reasons = {str(dig(pod, "metadata", "name")): _pod_reason(pod) for pod in pods}
    said = [f"pod {name}: {reason}" for name, reason in reasons.items() if reason]
    said += _conditions(workload)
    said += _events(events, rollout.label.partition(" ")[0].partition("/")[2], reasons)
    details = "; ".join([f"{rollout.reason} after {seconds} s", *said])
    return Finding(
        "workload_not_ready",
        Severity.ERROR,
        rollout.label,
        details,
        _fix(rollout.label, details),
    )


def _pod_reason(pod: JsonObject) -> str:
    """Return in words why a pod is not ready, empty if it is, or is on its way out."""
    if dig(pod, "metadata", "deletionTimestamp"):
        return ""
    conditions = {str(dig(item, "type")): item for item in dig(pod, "status", "conditions") or ()}
    if dig(conditions.get("Ready"), "status") == "True":
        return ""
    scheduled = conditions.get("PodScheduled") or {}
    if scheduled.get("status") == "False":
        return _joined(scheduled.get("reason") or "Unschedulable", scheduled.get("message"))
    for kind in ("initContainerStatuses", "containerStatuses"):
        for container in dig(pod, "status", kind) or ():
            reason = _container_reason(container)
            if reason:
                return reason
    phase = dig(pod, "status", "reason") or dig(pod, "status", "phase") or "without a status"
    return _joined(str(phase), dig(pod, "status", "message"))


def _container_reason(container: JsonObject) -> str:
    name, image = f"container {container.get('name')}", container.get("image")
    waiting = dig(container, "state", "waiting")
    if waiting and waiting.get("reason") not in (None, "PodInitializing", "ContainerCreating"):
        restarts = int(container.get("restartCount") or 0)
        last = dig(container, "lastState", "terminated") or {}
        ended = f", ended {restarts} times, last with code {last.get('exitCode')}" if last else ""
        return (
            f"{name} waits: {_joined(waiting['reason'], waiting.get('message'))} ({image}{ended})"
        )
    ended = dig(container, "state", "terminated")
    if ended and ended.get("exitCode"):
        said = _joined(ended.get("reason") or "Error", ended.get("message"))
        return f"{name} ended with code {ended['exitCode']}: {said} ({image})"
    if dig(container, "state", "running") is not None and not container.get("ready", True):
        return f"{name} runs, but its readiness probe does not succeed ({image})"
    return ""


def _conditions(workload: JsonObject | None) -> list[str]:
    """Return why no pods can be made at all: an admission webhook, a quota, a policy."""
    return [
        _joined(str(dig(item, "reason") or "ReplicaFailure"), dig(item, "message"))
        for item in dig(workload, "status", "conditions") or ()
        if dig(item, "type") == "ReplicaFailure" and dig(item, "status") == "True"
    ]


def _events(events: t.Iterable[JsonObject], workload: str, pods: t.Container[str]) -> list[str]:
    """Return the last warnings about a workload, its pods and who makes them."""

    def concerned(kind: str, name: str) -> bool:
        made = kind == "ReplicaSet" and name.startswith(f"{workload}-")
        return made or name == workload or name in pods

    warnings = [
        event
        for event in events
        if event.get("type") == "Warning"
        and concerned(*(str(dig(event, "involvedObject", key)) for key in ("kind", "name")))
    ]
    warnings.sort(key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))
    said = (_joined(event.get("reason"), event.get("message")) for event in warnings[-_EVENTS:])
    return [f"event {text}" for text in dict.fromkeys(said)]


def hopeless_reasons(
    workload: JsonObject,
    pods: t.Iterable[JsonObject],
    events: t.Iterable[JsonObject],
    now: datetime.datetime,
) -> tuple[str, ...]:
    """Return why new pods of a workload will not start, however long they are waited for.

    A registry that cannot be reached may answer later; one that says that it does not have the
    image, or does not give it to these credentials, has answered. What it said to an older pod may
    be mended by now, and the node asks again.
    """
    wanted = _images(dig(workload, "spec", "template", "spec"))
    found = []
    for pod in pods:
        name, images = str(dig(pod, "metadata", "name")), _images(dig(pod, "spec"))
        if dig(pod, "metadata", "deletionTimestamp"):
            continue
        for container in _containers(dig(pod, "status"), "Statuses"):
            label, said = str(dig(container, "name")), _container_reason(container)
            if images.get(label) == wanted.get(label) and (
                any(reason in said for reason in _NEVER)
                or (_is_young(pod, now) and _is_an_answer(said, name, events))
            ):
                found.append(f"pod {name}: {said}")
    return tuple(found)


def backs_off(pods: t.Iterable[JsonObject]) -> bool:
    """Return whether a pod waits before its image is pulled again, so that events tell why."""
    statuses = [item for pod in pods for item in _containers(dig(pod, "status"), "Statuses")]
    return any(dig(item, "state", "waiting", "reason") == "ImagePullBackOff" for item in statuses)


def _containers(holder: t.Any, suffix: str) -> list[JsonObject]:
    kinds = ("initContainer", "container")
    return [item for kind in kinds for item in dig(holder, f"{kind}{suffix}") or ()]


def _images(spec: t.Any) -> dict[str, t.Any]:
    return {str(dig(item, "name")): dig(item, "image") for item in _containers(spec, "s")}


def _is_young(pod: JsonObject, now: datetime.datetime) -> bool:
    try:
        made = datetime.datetime.fromisoformat(str(dig(pod, "metadata", "creationTimestamp")))
        return (now - made).total_seconds() < _YOUNG_SECONDS
    except (TypeError, ValueError):
        return False


def _is_an_answer(said: str, pod: str, events: t.Iterable[JsonObject]) -> bool:
    """Return whether a registry said no. Older kubelets tell only in an event why they back off."""
    if not any(reason in said for reason in _PULLS):
        return False
    told = [
        str(event.get("message"))
        for event in events
        if dig(event, "involvedObject", "name") == pod and "pull image" in str(event.get("message"))
    ]
    if _ANSWER.search(said):
        return not _PASSING_ANSWER.search(said)
    return any(_ANSWER.search(text) and not _PASSING_ANSWER.search(text) for text in told[-1:])


_YOUNG_SECONDS = 120.0
_NEVER = ("InvalidImageName", "ErrImageNeverPull")
_PULLS = ("ErrImagePull", "ImagePullBackOff", "ImageInspectError")
# What containerd, CRI-O and registries say of an image.
_ANSWER = re.compile(
    r"NotFound|not found|manifest unknown|name unknown|repository does not exist"
    r"|unauthorized|authentication required|denied|insufficient_scope"
    r"|401 Unauthorized|403 Forbidden|x509:"
    r"|invalid reference format|no match for platform",
    re.IGNORECASE,
)
_PASSING_ANSWER = re.compile(
    r"time.?out|deadline exceeded|connection refused|connection reset|no such host|no route to host"
    r"|i/o|\bEOF\b|server misbehaving|toomanyrequests|too many requests|internal server error"
    r"|bad gateway|service unavailable|gateway time|not yet valid",
    re.IGNORECASE,
)


def _joined(reason: t.Any, message: t.Any) -> str:
    text = f"{reason}: {' '.join(str(message).split())}" if message else str(reason)
    return cut(text, _LONGEST)


_FIXES: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("ImagePull", "ErrImage", "InvalidImageName", "Back-off pulling"),
        "make sure that the registry holds this image and that the nodes may pull it (credentials,"
        " CA); the chart's image values name it",
    ),
    (
        ("Unschedulable",),
        "make room on the nodes, or let the pods go to others (taints, selectors, volumes)",
    ),
    (("CrashLoopBackOff", "ended with code"), "read kubectl logs --previous of that pod"),
)


def _fix(label: str, details: str) -> str:
    for marks, fix in _FIXES:
        if any(mark in details for mark in marks):
            return fix
    name, _in, namespace = label.partition(" in ")
    return f"look at kubectl describe {name} --namespace {namespace}, and at its pods"


__all__ = (
    "Rollout",
    "backs_off",
    "hopeless_reasons",
    "not_ready_finding",
    "pod_selector",
    "rollout_of",
)
