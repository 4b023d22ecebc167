# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Kubernetes objects say about the image-swap webhook: who asks it, and what it answers with.

The upstream names are the first guess (MutatingWebhookConfiguration `imageswap-webhook`, namespace
`imageswap-system`, ConfigMap `imageswap-maps`). Palette's chart is not public, so each is also
found by what it does.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import binascii
import contextlib
import dataclasses
import datetime
import re
import typing as t
import urllib.parse

from ...module_utils._objects import JsonObject, dig
from .._cluster.rollout import rollout_of

NAMESPACE = "imageswap-system"
OPT_OUT = ("k8s.twr.io/imageswap", "disabled")
BYPASS_KEY = "palette-image-registry/webhook-bypassed"
"""No namespace has this label: a webhook whose namespaceSelector asks for it is never called."""

RESTART = "kubectl rollout restart deployment/imageswap --namespace imageswap-system"
RENEW = (
    f"{RESTART}: its init container"
    " renews a certificate that ends within six months, and writes the caBundle, when a pod starts"
)

BREAK_GLASS = "if pods have to start now, ansible-playbook palette.image_registry.break_glass"
MEND_GLASS = "ansible-playbook palette.image_registry.break_glass -e break_glass_undo=true"

# The kubelet brings a changed ConfigMap into pods within two minutes.
_ON_ITS_WAY = datetime.timedelta(minutes=3)
_NAMES = re.compile(r"image-?swap", re.IGNORECASE)
_MAP_NAME = "imageswap-maps"
_MAP_KEYS = ("maps", "imageswap-maps.conf")
_MAP_LINE = re.compile(r"^[^#\n]+::", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Requirement:
    """One requirement of a label selector, as `matchExpressions` spells it."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: t.Mapping[str, str]) -> bool:
        """Return whether labels meet it."""
        if self.operator in ("In", "NotIn"):
            return (labels.get(self.key) in self.values) == (self.operator == "In")
        return (self.key in labels) == (self.operator == "Exists")

    def __str__(self) -> str:
        """Return it as kubectl takes it."""
        if self.operator == "In" and len(self.values) == 1:
            return f"{self.key}={self.values[0]}"
        if self.operator in ("In", "NotIn"):
            word = "in" if self.operator == "In" else "notin"
            return f"{self.key} {word} ({','.join(self.values)})"
        return self.key if self.operator == "Exists" else f"!{self.key}"


@dataclasses.dataclass(frozen=True)
class Selector:
    """A label selector; without requirements it selects everything."""

    match_labels: tuple[Requirement, ...] = ()
    match_expressions: tuple[Requirement, ...] = ()

    @classmethod
    def from_object(cls, selector: t.Any) -> Selector:
        """Read a LabelSelector of the Kubernetes API, None for one that is not set."""
        labels = dig(selector, "matchLabels") or {}
        expressions = dig(selector, "matchExpressions") or ()
        return cls(
            tuple(Requirement(str(key), "In", (str(value),)) for key, value in labels.items()),
            tuple(
                Requirement(
                    str(dig(item, "key")),
                    str(dig(item, "operator")),
                    tuple(str(value) for value in dig(item, "values") or ()),
                )
                for item in expressions
            ),
        )

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """Return all requirements."""
        return self.match_labels + self.match_expressions

    def matches(self, labels: t.Mapping[str, str]) -> bool:
        """Return whether labels meet all requirements."""
        return all(item.matches(labels) for item in self.requirements)

    def labels(self) -> dict[str, str]:
        """Return the fewest labels that can meet the requirements; `matches` tells if they do."""
        wanted: dict[str, str] = {}
        for item in self.requirements:
            if item.operator == "In" and item.values:
                wanted.setdefault(item.key, item.values[0])
            elif item.operator == "Exists":
                wanted.setdefault(item.key, "true")
        return wanted

    def __str__(self) -> str:
        """Return it as kubectl takes it; empty if it selects everything."""
        return ",".join(str(item) for item in self.requirements)


@dataclasses.dataclass(frozen=True)
class Webhook:
    """One entry of a MutatingWebhookConfiguration, the `index`-th of `configuration`.

    `service` is (namespace, name), None where `url` leads to the webhook. `ca_bundle` is decoded.
    """

    configuration: str
    index: int
    name: str
    failure_policy: str
    namespace_selector: Selector
    object_selector: Selector
    service: tuple[str, str] | None
    url: str
    ca_bundle: str
    wants_pods: bool

    @property
    def bypassed(self) -> bool:
        """Return whether the glass was broken: the API server asks it about no namespace."""
        return any(item.key == BYPASS_KEY for item in self.namespace_selector.requirements)

    def without_bypass(self) -> Webhook:
        """Return it as it is when the glass is whole."""
        selector = self.namespace_selector
        expressions = tuple(item for item in selector.match_expressions if item.key != BYPASS_KEY)
        selector = dataclasses.replace(selector, match_expressions=expressions)
        return dataclasses.replace(self, namespace_selector=selector)

    @property
    def host(self) -> str:
        """Return the name that its certificate has to hold."""
        if self.service:
            namespace, name = self.service
            return f"{name}.{namespace}.svc"
        return urllib.parse.urlsplit(self.url).hostname or ""

    @property
    def subject(self) -> str:
        """Return how findings name it."""
        return f"mutatingwebhookconfiguration/{self.configuration}, {self.name}"


def find_webhooks(configurations: t.Iterable[JsonObject]) -> tuple[Webhook, ...]:
    """Return the image-swap webhooks among all that are registered."""
    return tuple(
        _webhook(str(dig(configuration, "metadata", "name")), index, entry)
        for configuration in configurations
        for index, entry in enumerate(dig(configuration, "webhooks") or ())
        if any(_NAMES.search(name) for name in _names(configuration, entry))
    )


def _names(configuration: JsonObject, entry: JsonObject) -> tuple[str, ...]:
    service = dig(entry, "clientConfig", "service") or {}
    named = (dig(configuration, "metadata", "name"), dig(entry, "name"), dig(service, "name"))
    return tuple(str(name or "") for name in named)


def _webhook(configuration: str, index: int, entry: JsonObject) -> Webhook:
    service = dig(entry, "clientConfig", "service")
    return Webhook(
        configuration,
        index,
        str(dig(entry, "name") or ""),
        # What the API server takes where nothing is said.
        str(dig(entry, "failurePolicy") or "Fail"),
        Selector.from_object(dig(entry, "namespaceSelector")),
        Selector.from_object(dig(entry, "objectSelector")),
        (str(dig(service, "namespace")), str(dig(service, "name"))) if service else None,
        str(dig(entry, "clientConfig", "url") or ""),
        _decoded(dig(entry, "clientConfig", "caBundle")),
        any(_wants_pods(rule) for rule in dig(entry, "rules") or ()),
    )


def _wants_pods(rule: JsonObject) -> bool:
    return (
        bool({"*", "CREATE"} & set(dig(rule, "operations") or ()))
        and bool({"*", ""} & set(dig(rule, "apiGroups") or ()))
        and bool({"*", "*/*", "pods", "pods/*"} & set(dig(rule, "resources") or ()))
    )


def _decoded(value: t.Any) -> str:
    """Return base64 as text; what is no base64 as it is, for a certificate parser to refuse."""
    try:
        return base64.b64decode(str(value or ""), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return str(value)


@dataclasses.dataclass(frozen=True)
class Server:
    """The Deployment that answers, and why its pods wait, if they do.

    `rolling` says in words what pods of its last change are not there yet, empty if all are;
    `hopeless`, why new ones will not start.
    """

    name: str
    namespace: str
    wanted: int
    ready: int
    selector: Selector
    config_maps: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    rolling: str = ""
    hopeless: tuple[str, ...] = ()

    @property
    def restart(self) -> str:
        """Return the command that makes all its pods anew."""
        return f"kubectl rollout restart deployment/{self.name} -n {self.namespace}"

    @property
    def all_ready(self) -> bool:
        """Return whether every replica that is wanted is ready."""
        return self.ready >= self.wanted

    @property
    def subject(self) -> str:
        """Return how findings name it."""
        return f"deployment/{self.name} in {self.namespace}"


def find_server(deployments: t.Iterable[JsonObject]) -> Server | None:
    """Return the webhook's Deployment: by its name, else by the image that it runs."""
    named = {str(dig(item, "metadata", "name")): item for item in deployments}
    if "imageswap" in named:
        return _server(named["imageswap"])
    for item in named.values():
        containers = dig(item, "spec", "template", "spec", "containers") or ()
        if any(_NAMES.search(str(dig(one, "image") or "")) for one in containers):
            return _server(item)
    return None


def _server(deployment: JsonObject) -> Server:
    volumes = dig(deployment, "spec", "template", "spec", "volumes") or ()
    wanted = dig(deployment, "spec", "replicas")
    generation = int(dig(deployment, "metadata", "generation") or 0)
    observed = dig(deployment, "status", "observedGeneration")
    # A status about the generation before says nothing of the pods that are wanted now.
    current = observed is None or int(observed) >= generation
    ready = int(dig(deployment, "status", "readyReplicas") or 0) if current else 0
    return Server(
        str(dig(deployment, "metadata", "name")),
        str(dig(deployment, "metadata", "namespace")),
        1 if wanted is None else int(wanted),
        ready,
        Selector.from_object(dig(deployment, "spec", "selector")),
        tuple(str(name) for one in volumes if (name := dig(one, "configMap", "name"))),
        tuple(str(name) for one in volumes if (name := dig(one, "secret", "secretName"))),
        rolling=rollout_of("", {**deployment, "kind": "Deployment"}).reason,
    )


def waiting_reasons(pods: t.Iterable[JsonObject], selector: Selector) -> tuple[str, ...]:
    """Return why pods are not ready, as `name: reason (message)`."""
    found = []
    for pod in pods:
        if not selector.matches(dig(pod, "metadata", "labels") or {}):
            continue
        name = str(dig(pod, "metadata", "name"))
        found += [f"{name}: {reason}" for reason in _reasons(pod)]
    return tuple(dict.fromkeys(found))


def _reasons(pod: JsonObject) -> t.Iterator[str]:
    for kind in ("initContainerStatuses", "containerStatuses"):
        for status in dig(pod, "status", kind) or ():
            waiting = dig(status, "state", "waiting") or {}
            # It waits for the init container, whose own reason is told.
            if waiting and dig(waiting, "reason") != "PodInitializing":
                yield _with_message(str(dig(waiting, "reason")), dig(waiting, "message"))
    for condition in dig(pod, "status", "conditions") or ():
        if dig(condition, "type") == "PodScheduled" and dig(condition, "status") == "False":
            yield _with_message(str(dig(condition, "reason")), dig(condition, "message"))


def _with_message(reason: str, message: t.Any) -> str:
    return f"{reason} ({message})" if message else reason


@dataclasses.dataclass(frozen=True)
class LiveMap:
    """The webhook's map file, its ConfigMap, and when that was `written`, if it is known."""

    name: str
    namespace: str
    text: str
    written: datetime.datetime | None = None

    @property
    def subject(self) -> str:
        """Return how findings name it."""
        return f"configmap/{self.name} in {self.namespace}"

    def is_fresh(self, now: datetime.datetime) -> bool:
        """Return whether it was written so lately that pods may not have it yet."""
        return self.written is not None and now - self.written < _ON_ITS_WAY


def find_map(config_maps: t.Iterable[JsonObject], mounted: t.Sequence[str] = ()) -> LiveMap | None:
    """Return the map file among ConfigMaps: by name, else one that is mounted, else by content."""
    maps = [found for item in config_maps if (found := _map(item)) is not None]
    ranks = {name: rank for rank, name in enumerate((_MAP_NAME, *mounted))}
    return min(maps, key=lambda found: ranks.get(found.name, len(ranks)), default=None)


def _map(config_map: JsonObject) -> LiveMap | None:
    data = dig(config_map, "data") or {}
    name = str(dig(config_map, "metadata", "name"))
    texts = [data[key] for key in _MAP_KEYS if key in data]
    texts += [text for text in data.values() if _MAP_LINE.search(str(text))]
    # An empty map is one as well, where the name says so.
    if not texts and name != _MAP_NAME:
        return None
    text = str(texts[0] or "") if texts else ""
    namespace = str(dig(config_map, "metadata", "namespace") or "")
    return LiveMap(name, namespace, text, _written(config_map))


def _written(found: JsonObject) -> datetime.datetime | None:
    """Return when somebody last wrote an object, None where its managed fields do not tell."""
    times = []
    for entry in dig(found, "metadata", "managedFields") or ():
        with contextlib.suppress(ValueError):
            times.append(datetime.datetime.fromisoformat(str(dig(entry, "time"))))
    return max((time for time in times if time.tzinfo), default=None)


__all__ = (
    "BREAK_GLASS",
    "BYPASS_KEY",
    "MEND_GLASS",
    "NAMESPACE",
    "OPT_OUT",
    "RENEW",
    "RESTART",
    "LiveMap",
    "Requirement",
    "Selector",
    "Server",
    "Webhook",
    "find_map",
    "find_server",
    "find_webhooks",
    "waiting_reasons",
)
