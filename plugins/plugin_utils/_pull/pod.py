# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pod that really pulls: what it is, and what its status and events tell."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status, status_of
from ...module_utils._images.samples import Sample, SourceSamples
from ...module_utils._objects import JsonObject, dig
from ...module_utils._redact import cut
from .._webhook.canary import canary_pod

CHECK_NAME = "pod pulls images"
LABEL = ("app.kubernetes.io/name", "image-registry-pull")
_EXCERPT = 400
# Of no image but pause: what an image does by itself is not to be done here.
_COMMAND = ["/pause"]
_GIVEN_UP = frozenset({"ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"})
_KEPT_SECONDS = 60


def pull_job(
    namespace: str, labels: t.Mapping[str, str], sources: t.Sequence[SourceSamples], seconds: int
) -> dict[str, t.Any]:
    """Return a Job whose one pod has a container for each source.

    Where nobody deletes it, it ends after some seconds and is removed a minute later.
    """
    images = [one.samples[0].image for one in sources]
    mine = {**labels, LABEL[0]: LABEL[1]}
    pod = canary_pod(namespace, mine, images)
    for container in pod["spec"]["containers"]:
        container["imagePullPolicy"] = "Always"
        container["command"] = _COMMAND
    pod["spec"]["enableServiceLinks"] = False
    pod["spec"]["terminationGracePeriodSeconds"] = 1
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "generateName": "image-registry-pull-",
            "namespace": namespace,
            "labels": dict([LABEL]),
        },
        "spec": {
            "activeDeadlineSeconds": seconds,
            "backoffLimit": 0,
            "ttlSecondsAfterFinished": _KEPT_SECONDS,
            "template": {"metadata": {"labels": mine}, "spec": pod["spec"]},
        },
    }


@dataclasses.dataclass(frozen=True)
class PulledPod:
    """What was seen of a Job's pod, None as long as there is none; `events` are of both."""

    subject: str
    sources: tuple[SourceSamples, ...]
    pod: JsonObject | None
    events: tuple[JsonObject, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether of every container it is known whether its image was pulled."""
        return all(self._state(number) != "pending" for number, _one in enumerate(self.sources, 1))

    def checks(self) -> tuple[Check, ...]:
        """Return a check for each source."""
        return tuple(self._check(number, one) for number, one in enumerate(self.sources, 1))

    def _status(self, number: int) -> JsonObject:
        for status in dig(self.pod, "status", "containerStatuses") or ():
            if dig(status, "name") == f"source-{number}":
                return t.cast("JsonObject", status)
        return {}

    def _state(self, number: int) -> str:
        status = self._status(number)
        if dig(status, "imageID"):
            return "pulled"
        return "failed" if dig(status, "state", "waiting", "reason") in _GIVEN_UP else "pending"

    def _check(self, number: int, one: SourceSamples) -> Check:
        sample, status = one.samples[0], self._status(number)
        node = str(dig(self.pod, "spec", "nodeName") or "")
        containers = dig(self.pod, "spec", "containers") or ()
        image = str(dig(containers[number - 1], "image")) if number <= len(containers) else ""
        place = f"as {image} on node {node}"
        if self._state(number) == "pulled":
            digest = str(dig(status, "imageID")).rpartition("@")[2]
            findings = tuple(_differs(sample, digest, place))
            return self._told(one, sample, f"{digest} {place}", findings)
        if node and (self._state(number) == "failed" or self._tried(number)):
            said = self._why(image) or str(dig(status, "state", "waiting", "message") or "")
            finding = Finding(
                "pull_pod_failed",
                Severity.ERROR,
                sample.image,
                f"kubelet could not pull it {place}: {_short(said)}",
                f"Its place in the registry is {sample.place}. Mend what the message names: path, "
                "credentials or certificate of the node.",
            )
            return self._told(one, sample, "not pulled", (finding,))
        finding = Finding(
            "pull_pod_pending",
            Severity.WARNING,
            sample.image,
            f"the pod did not come so far as to pull it: {_short(self._waits())}",
            "See kubectl get events in that namespace, and whether a node has room for the pod.",
        )
        return self._told(one, sample, "not tried", (finding,))

    def _tried(self, number: int) -> bool:
        return bool(dig(self._status(number), "state", "waiting", "reason") == "ErrImagePull")

    def _told(
        self, one: SourceSamples, sample: Sample, actual: str, findings: tuple[Finding, ...]
    ) -> Check:
        expected = f"{sample.digest} as {sample.place}"
        name = f"pod pulls from {one.source}"
        status = status_of(findings) if findings else Status.PASS
        return Check(name, self.subject, status, expected, actual, findings)

    def _why(self, image: str) -> str:
        """Return what the last event tells that names an image and a failure."""
        said = ""
        for event in self.events:
            message = str(dig(event, "message") or "")
            if dig(event, "reason") == "Failed" and f'"{image}"' in message:
                said = message
        return said

    def _waits(self) -> str:
        for condition in dig(self.pod, "status", "conditions") or ():
            if dig(condition, "type") == "PodScheduled" and dig(condition, "status") == "False":
                return str(dig(condition, "message") or dig(condition, "reason"))
        messages = [str(dig(event, "message") or "") for event in self.events]
        return messages[-1] if messages else "no event tells why"


def _differs(sample: Sample, digest: str, place: str) -> t.Iterator[Finding]:
    # Some runtimes tell the image's ID where it has no digest of a registry.
    if digest in (sample.digest, *sample.ids):
        return
    yield Finding(
        "pull_digest_differs",
        Severity.ERROR,
        sample.image,
        f"the node got {_short(digest)} {place}; the registry holds {sample.digest} as "
        f"{sample.place}",
        "See which place answers: another path of the registry, a mirror behind, or the upstream.",
    )


def _short(text: str) -> str:
    return cut(" ".join(text.split()), _EXCERPT)


__all__ = ("CHECK_NAME", "LABEL", "PulledPod", "pull_job")
