# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The canary: one pod, never created, whose images show what the live webhook makes of them."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ...module_utils._evidence import Finding, Severity
from ...module_utils._images.examples import example_images
from ...module_utils._images.sources import images_of
from ...module_utils._mirrors.swap import SwapMap
from ...module_utils._mirrors.table import DEFAULT, MirrorTable
from ...module_utils._objects import JsonObject, dig
from .._cluster.state import PLATFORM_NAMESPACES
from .objects import RESTART, LiveMap, Webhook

_LABELS = {"app.kubernetes.io/name": "image-registry-canary"}
_RESOURCES = {"cpu": "10m", "memory": "16Mi"}
_NOBODY = 65534


@dataclasses.dataclass(frozen=True)
class Probe:
    """One image of the canary, and the entry of the mirror table that it stands for."""

    source: str
    image: str


NO_MIRROR = Probe("registry.invalid", "registry.invalid/image-registry-canary:latest")
"""An image that no mirror is about, where only an answer is wanted."""


def probes(table: MirrorTable) -> tuple[Probe, ...]:
    """Return one image for each source of a table that names a registry or an image."""
    found: dict[str, Probe] = {}
    for entry in table:
        for image in example_images(MirrorTable((entry,))):
            found.setdefault(image, Probe(entry.source, image))
    return tuple(found.values())


def canary_namespaces(
    webhooks: t.Iterable[Webhook], namespaces: t.Mapping[str, t.Mapping[str, str]]
) -> tuple[str, ...]:
    """Return the namespaces of which a webhook is asked, Palette's own first."""
    selectors = [webhook.namespace_selector for webhook in webhooks]
    chosen = [
        name
        for name, labels in namespaces.items()
        if any(selector.matches(labels) for selector in selectors)
    ]
    first = [name for name in PLATFORM_NAMESPACES if name in chosen]
    return (*first, *sorted(name for name in chosen if name not in first))


def canary_labels(webhooks: t.Sequence[Webhook]) -> dict[str, str]:
    """Return the labels with which a pod is shown to a webhook."""
    labels = dict(_LABELS)
    for webhook in webhooks:
        labels.update(webhook.object_selector.labels())
    return labels


def canary_pod(
    namespace: str, labels: t.Mapping[str, str], images: t.Sequence[str]
) -> dict[str, t.Any]:
    """Return a pod with one container an image, which the restricted Pod Security admits.

    It asks for little and limits it, so that quotas and limit ranges have nothing to add.
    """
    security: dict[str, t.Any] = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    containers = [
        {
            "name": f"source-{number}",
            "image": image,
            "resources": {"requests": _RESOURCES, "limits": _RESOURCES},
            "securityContext": security,
        }
        for number, image in enumerate(images, 1)
    ]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": "image-registry-canary-",
            "namespace": namespace,
            "labels": dict(labels),
        },
        "spec": {
            "automountServiceAccountToken": False,
            "containers": containers,
            "restartPolicy": "Never",
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": _NOBODY,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
        },
    }


@dataclasses.dataclass(frozen=True)
class Canary:
    """What became of the pod. `trouble` says why it was refused; then there are no images."""

    namespace: str = ""
    images: tuple[str, ...] = ()
    trouble: Finding | None = None


def admitted(namespace: str, pod: JsonObject) -> Canary:
    """Return what a dry run answered with; only what an API server has seen has a time."""
    if not dig(pod, "metadata", "creationTimestamp"):
        trouble = Finding(
            "canary_not_asked",
            Severity.WARNING,
            f"pods in {namespace}",
            "the dry run did not reach the API server, so nothing is proven",
            "update kubernetes.core and the Python library kubernetes on the controller",
        )
        return Canary(namespace, trouble=trouble)
    containers = dig(pod, "spec", "containers") or ()
    return Canary(namespace, tuple(str(dig(one, "image")) for one in containers))


def swapped_pods(
    pods: t.Iterable[JsonObject], namespaces: t.Collection[str], live_map: LiveMap | None
) -> tuple[str, ...]:
    """Return those of some pods in some namespaces that the live map would swap, by name."""
    if live_map is None:
        return ()
    swaps = SwapMap.from_map_file(live_map.text)
    found = []
    for pod in pods:
        place = str(dig(pod, "metadata", "namespace"))
        if place in namespaces and any(
            swaps.swap(image).swapped != image for image in images_of((pod,))
        ):
            found.append(f"{dig(pod, 'metadata', 'name')} in {place}")
    return tuple(found)


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One image: in the pod, by the live map, and as the settings want it.

    `predicted` and `wanted` are None where nothing is known or wanted; `error` is set where the
    live map makes the webhook fail.
    """

    probe: Probe
    actual: str
    predicted: str | None
    wanted: str | None
    error: str = ""

    @property
    def expected(self) -> str | None:
        """Return what the pod should show: what is wanted, else what the map makes of it."""
        return self.predicted if self.wanted is None else self.wanted

    @property
    def proven(self) -> bool:
        """Return whether the pod shows what is wanted: then no prediction counts."""
        return bool(self.actual) and self.actual == self.wanted

    @property
    def right(self) -> bool:
        """Return whether the pod shows what is expected, as far as anything is."""
        return self.expected is None or self.actual == self.expected

    def to_dict(self) -> dict[str, str | None]:
        """Return plain data."""
        return {
            "source": self.probe.source,
            "image": self.probe.image,
            "actual": self.actual,
            "predicted": self.predicted,
            "wanted": self.wanted,
        }


def compare(
    asked: t.Sequence[Probe],
    images: t.Sequence[str],
    live_map: LiveMap | None,
    wanted: MirrorTable | None,
) -> tuple[Comparison, ...]:
    """Compare image by image; `images` are those of the pod, empty if it was refused."""
    live = SwapMap.from_map_file(live_map.text) if live_map else None
    # Settings are written for the webhook to swap, which it does only with a default entry.
    want = SwapMap.from_palette(wanted, assume_default=True) if wanted else None
    found = []
    for number, probe in enumerate(asked):
        swap = live.swap(probe.image) if live else None
        found.append(
            Comparison(
                probe,
                images[number] if number < len(images) else "",
                swap.swapped if swap else None,
                want.swap(probe.image).swapped if want else None,
                swap.rule if swap and swap.error else "",
            )
        )
    return tuple(found)


def map_findings(
    live_map: LiveMap | None,
    compared: t.Sequence[Comparison],
    wanted: MirrorTable | None,
    place: str,
    *,
    fresh: bool = False,
) -> tuple[Finding, ...]:
    """Return how the live map differs from the settings, entry by entry.

    What the pod shows as it is wanted is a remark at most. `fresh` says that the map was changed
    a moment ago, so the webhook may not have it yet.
    """
    if live_map is None:
        message = "no ConfigMap there holds a map file, so only the pod tells what is swapped"
        fix = "give the namespace of the webhook's map, if it is another one"
        return (Finding("webhook_map_missing", Severity.WARNING, place, message, fix),)
    doubted = [one for one in compared if not one.proven]
    findings = [_error(one, live_map) for one in doubted if one.error]
    differing = [one for one in doubted if not one.error and one.wanted is not None]
    differing = [one for one in differing if one.predicted != one.wanted]
    if differing and not SwapMap.from_map_file(live_map.text).has_default:
        message = (
            "it has no entry default, so the webhook swaps nothing but what [EXACT] and [REPLACE]"
            f" entries name: {len(differing)} of {len(compared)} sources stay as they are"
        )
        fix = (
            f"add the line default:: to it ({_edit(live_map)}); if the chart takes it away again,"
            " add an entry default to the mirrors, or ask support@spectrocloud.com"
        )
        findings.append(
            Finding("webhook_no_default", Severity.ERROR, live_map.subject, message, fix)
        )
    else:
        findings += [_differs(one, live_map) for one in differing]
    unlike = [one for one in compared if one.proven and one.predicted != one.actual]
    if unlike:
        findings.append(_not_as_predicted(unlike, len(compared), live_map, fresh=fresh))
    return (*findings, *_others(live_map, wanted))


def _not_as_predicted(
    unlike: t.Sequence[Comparison], total: int, live_map: LiveMap, *, fresh: bool
) -> Finding:
    """Return the remark that reality is better than the map lets expect."""
    first = unlike[0]
    makes = f"make {first.predicted} of {first.probe.image}" if first.predicted else "fail"
    message = (
        f"the pod shows {len(unlike)} of {total} sources as they are wanted, though by this map the"
        f" original webhook would {makes}"
    )
    if fresh:
        why = "The map was changed a moment ago, and may not have reached the webhook"
        fix = "verify again in a few minutes; the override playbook writes the map anew"
    else:
        why = "This webhook reads the map in another way"
        fix = "nothing has to be done, as long as the pod shows what is wanted"
    severity = Severity.WARNING if fresh else Severity.INFO
    subject = live_map.subject
    return Finding("webhook_not_as_predicted", severity, subject, f"{message}. {why}", fix)


def _edit(live_map: LiveMap) -> str:
    return f"kubectl edit configmap/{live_map.name} --namespace {live_map.namespace}"


def _error(one: Comparison, live_map: LiveMap) -> Finding:
    return Finding(
        "webhook_map_error",
        Severity.ERROR,
        f"{live_map.subject}, {one.probe.source}",
        f"it makes the webhook fail on {one.probe.image}: such pods are not created. {one.error}",
        "correct the entry that is named",
    )


def _differs(one: Comparison, live_map: LiveMap) -> Finding:
    return Finding(
        "webhook_map_differs",
        Severity.ERROR,
        f"{live_map.subject}, {one.probe.source}",
        f"{one.probe.image} becomes {one.predicted}, expected {one.wanted}",
        "run the override playbook, or correct palette_registry if the cluster is right. If the"
        f" chart's values are right already, the ConfigMap was changed by hand: {_edit(live_map)}",
    )


def _others(live_map: LiveMap, wanted: MirrorTable | None) -> t.Iterator[Finding]:
    """Yield the sources that only the live map has; the chart's own exemptions are no news."""
    if wanted is None:
        return
    plain = SwapMap.from_map_file(live_map.text).maps.plain
    named = {entry.source for entry in wanted}
    others = sorted(
        source for source, target in plain.items() if target and source not in {*named, DEFAULT}
    )
    if others:
        yield Finding(
            "webhook_map_more",
            Severity.INFO,
            live_map.subject,
            f"it has entries that the settings have not: {', '.join(others)}",
            "add them to the mirrors if they are to stay after the next change of the chart",
        )


def canary_findings(
    canary: Canary, compared: t.Sequence[Comparison], policy: str
) -> tuple[Finding, ...]:
    """Return how the pod differs from the settings, or else from what the live map makes of it.

    `policy` is the webhook's failurePolicy.
    """
    if canary.trouble:
        return (canary.trouble,)
    # Where the pod shows what the map makes of it, the map is to blame.
    unlike = [one for one in compared if not one.right and one.actual != one.predicted]
    if not unlike:
        return ()
    swapped = [one for one in compared if one.expected not in (None, one.probe.image)]
    if len(unlike) == len(swapped) and all(one.actual == one.probe.image for one in unlike):
        return (_ignored(canary, len(unlike), policy),)
    return (_not_synced(canary, unlike, len(compared)),)


def _ignored(canary: Canary, count: int, policy: str) -> Finding:
    why = "it runs on an older map"
    if policy == "Ignore":
        why = "it did not answer, which failurePolicy Ignore hides, or runs on an older map"
    return Finding(
        "webhook_swaps_nothing",
        Severity.ERROR,
        f"pods in {canary.namespace}",
        f"none of the {count} images that are to be swapped is swapped: {why}",
        "look at kubectl logs --namespace imageswap-system deployment/imageswap; a restart of the"
        f" deployment reads the map anew: {RESTART}",
    )


def _not_synced(canary: Canary, unlike: t.Sequence[Comparison], total: int) -> Finding:
    first = unlike[0]
    makes = f"makes it {first.predicted}" if first.predicted else "makes it something else"
    # A map that is wrong is an error itself: what it has not reached yet is none beside it.
    wrong = all(one.wanted is not None and one.predicted != one.wanted for one in unlike)
    return Finding(
        "webhook_not_synced",
        Severity.INFO if wrong else Severity.ERROR,
        f"pods in {canary.namespace}",
        f"{len(unlike)} of {total} sources are not swapped as the webhook's map says, for the"
        f" webhook runs on another map: {first.probe.image} becomes {first.actual}, but the map"
        f" {makes}",
        "a changed ConfigMap reaches the webhook's pods after a minute or two; if it stays, restart"
        f" them: {RESTART}",
    )


__all__ = (
    "Canary",
    "Comparison",
    "Probe",
    "admitted",
    "canary_findings",
    "canary_labels",
    "canary_namespaces",
    "canary_pod",
    "compare",
    "map_findings",
    "probes",
    "swapped_pods",
)
