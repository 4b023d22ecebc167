# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import datetime
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.objects import (
    Selector,
    Webhook,
    find_map,
    find_server,
    find_webhooks,
    waiting_reasons,
)

JsonObject = dict[str, t.Any]
POD_RULE = {
    "operations": ["CREATE", "UPDATE"],
    "apiGroups": ["*"],
    "apiVersions": ["*"],
    "resources": ["pods"],
}
SERVICE = {"service": {"namespace": "imageswap-system", "name": "imageswap", "path": "/"}}
ENABLED = {"k8s.twr.io/imageswap": "enabled"}


def configuration(configured: str = "imageswap-webhook", **fields: t.Any) -> JsonObject:
    entry = {
        "name": "imageswap.webhook.k8s.twr.io",
        "clientConfig": SERVICE,
        "rules": [POD_RULE],
        "failurePolicy": "Fail",
        "namespaceSelector": {"matchLabels": ENABLED},
        **fields,
    }
    return {"metadata": {"name": configured, "resourceVersion": "7"}, "webhooks": [entry]}


def only(**fields: t.Any) -> Webhook:
    (webhook,) = find_webhooks([configuration(**fields)])
    return webhook


TEST_SELECTORS: list[tuple[JsonObject | None, str, list[JsonObject], list[JsonObject]]] = [
    (None, "", [{}, {"a": "b"}], []),
    ({"matchLabels": {"a": "b"}}, "a=b", [{"a": "b", "c": "d"}], [{}, {"a": "c"}]),
    (
        {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b", "c"]}]},
        "a in (b,c)",
        [{"a": "c"}],
        [{}, {"a": "d"}],
    ),
    (
        {"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["b"]}]},
        "a notin (b)",
        [{}, {"a": "c"}],
        [{"a": "b"}],
    ),
    ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, "a", [{"a": ""}], [{}]),
    ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, "!a", [{}], [{"a": ""}]),
]


@pytest.mark.parametrize(("given_", "shown", "matching", "others"), TEST_SELECTORS)
def test_selectors(
    given_: JsonObject | None, shown: str, matching: list[JsonObject], others: list[JsonObject]
) -> None:
    selector = Selector.from_object(given_)
    assert str(selector) == shown
    assert all(selector.matches(labels) for labels in matching)
    assert not any(selector.matches(labels) for labels in others)
    assert selector.matches(selector.labels())


EXPRESSIONS = st.fixed_dictionaries(
    {
        "key": st.sampled_from("abc"),
        "operator": st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist"]),
        "values": st.lists(st.sampled_from("xyz"), min_size=1),
    }
)
LABELS = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz"))


@given(st.lists(EXPRESSIONS), LABELS, LABELS)
def test_a_selector_is_the_and_of_its_requirements(
    expressions: list[JsonObject], wanted: dict[str, str], labels: dict[str, str]
) -> None:
    both = Selector.from_object({"matchLabels": wanted, "matchExpressions": expressions})
    parts = [Selector.from_object({"matchExpressions": [one]}) for one in expressions]
    equal = all(labels.get(key) == value for key, value in wanted.items())
    assert both.matches(labels) == (equal and all(part.matches(labels) for part in parts))


def test_the_webhook_of_upstream() -> None:
    bundle = base64.b64encode(b"PEM").decode()
    webhook = only(clientConfig={**SERVICE, "caBundle": bundle})
    assert (webhook.configuration, webhook.index) == ("imageswap-webhook", 0)
    assert webhook.host == "imageswap.imageswap-system.svc"
    assert webhook.ca_bundle == "PEM"
    assert webhook.wants_pods
    assert not webhook.bypassed


TEST_FOUND: list[tuple[str, str, JsonObject, bool]] = [
    ("by the configuration", "imageswap-webhook", {"name": "a.b.c", "clientConfig": {}}, True),
    ("by the webhook", "other", {"name": "image-swap.palette.io", "clientConfig": {}}, True),
    ("by the service", "other", {"name": "a.b.c"}, True),
    ("another", "cert-manager", {"name": "a.b.c", "clientConfig": {"url": "https://x"}}, False),
]


@pytest.mark.parametrize(
    ("name", "fields", "found"), [row[1:] for row in TEST_FOUND], ids=[row[0] for row in TEST_FOUND]
)
def test_a_webhook_is_found(name: str, fields: JsonObject, found: bool) -> None:
    assert bool(find_webhooks([configuration(name, **fields)])) is found


@pytest.mark.parametrize(
    ("change", "wants"),
    [
        ({}, True),
        ({"resources": ["*"]}, True),
        ({"operations": ["UPDATE"]}, False),
        ({"resources": ["deployments"]}, False),
        ({"apiGroups": ["apps"]}, False),
    ],
)
def test_rules_that_name_pods(change: JsonObject, wants: bool) -> None:
    assert only(rules=[{**POD_RULE, **change}]).wants_pods is wants


def deployment(name: str, image: str = "registry/x:1", **status: t.Any) -> JsonObject:
    volumes = [
        {"configMap": {"name": "imageswap-maps"}},
        {"secret": {"secretName": "tls"}},
        {"emptyDir": {}},
    ]
    template = {"spec": {"containers": [{"image": image}], "volumes": volumes}}
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": name}}, "template": template}
    metadata = {"name": name, "namespace": "imageswap-system", "generation": 3}
    return {"metadata": metadata, "spec": spec, "status": status}


def test_the_server_is_found_by_name_then_by_image() -> None:
    others = [deployment("cert-manager"), deployment("swapper", "h.io/thewebroot/imageswap:v1")]
    found = find_server(others)
    assert found is not None
    assert found.name == "swapper"
    assert (found.config_maps, found.secrets) == (("imageswap-maps",), ("tls",))
    found = find_server([*others, deployment("imageswap", readyReplicas=2, observedGeneration=3)])
    assert found is not None
    assert (found.name, found.ready, found.wanted, found.all_ready) == ("imageswap", 2, 2, True)
    assert find_server([deployment("cert-manager")]) is None


def test_a_status_of_the_generation_before_counts_for_nothing() -> None:
    found = find_server([deployment("imageswap", readyReplicas=2, observedGeneration=2)])
    assert found is not None
    assert found.ready == 0


@pytest.mark.parametrize(
    ("status", "rolling"),
    [
        ({"updatedReplicas": 2, "replicas": 2, "availableReplicas": 2}, ""),
        ({"updatedReplicas": 1, "replicas": 3, "availableReplicas": 2}, "1 of 2 new pods"),
    ],
)
def test_pods_of_the_last_change_that_are_not_there_yet(status: JsonObject, rolling: str) -> None:
    found = find_server([deployment("imageswap", readyReplicas=2, observedGeneration=3, **status)])
    assert found is not None
    assert found.all_ready
    assert rolling in found.rolling
    assert bool(found.rolling) is bool(rolling)
    assert found.restart == "kubectl rollout restart deployment/imageswap -n imageswap-system"


@pytest.mark.parametrize(
    ("times", "fresh"),
    [
        ((), False),
        (("no time", None), False),
        (("2026-11-26T04:00:00Z", "2026-11-26T04:58:00Z"), True),
        (("2026-11-26T04:00:00Z",), False),
    ],
)
def test_a_map_that_was_written_a_moment_ago(times: tuple[t.Any, ...], fresh: bool) -> None:
    fields = [{"manager": "helm", "time": time} for time in times]
    metadata = {"name": "imageswap-maps", "managedFields": fields}
    live = find_map([{"metadata": metadata, "data": {"maps": "default::\n"}}])
    assert live is not None
    now = datetime.datetime(2026, 11, 26, 5, 0, tzinfo=datetime.UTC)
    assert live.is_fresh(now) is fresh


def test_why_pods_wait() -> None:
    init = [{"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}]
    main = [{"state": {"waiting": {"reason": "PodInitializing"}}}, {"state": {"running": {}}}]
    unscheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    labels = {"app": "imageswap"}
    pods = [
        {
            "metadata": {"name": "a", "labels": labels},
            "status": {"initContainerStatuses": init, "containerStatuses": main},
        },
        {"metadata": {"name": "b", "labels": labels}, "status": {"conditions": [unscheduled]}},
        {"metadata": {"name": "c"}, "status": {"initContainerStatuses": init}},
    ]
    assert waiting_reasons(pods, Selector.from_object({"matchLabels": labels})) == (
        "a: ImagePullBackOff (no such image)",
        "b: Unschedulable",
    )


def config_map(name: str, **data: str) -> JsonObject:
    return {"metadata": {"name": name, "namespace": "imageswap-system"}, "data": data}


ENV = config_map("imageswap-env", MODE="MAPS", NOTE="# a::b")
TEST_MAPS: list[tuple[str, list[JsonObject], list[str], tuple[str, str] | None]] = [
    ("none", [ENV], [], None),
    (
        "by its name",
        [ENV, config_map("imageswap-maps", maps="a::b")],
        [],
        ("imageswap-maps", "a::b"),
    ),
    ("empty", [config_map("imageswap-maps", maps="")], [], ("imageswap-maps", "")),
    ("by its lines", [ENV, config_map("x", any="default::\n")], [], ("x", "default::\n")),
    (
        "mounted",
        [config_map("left", any="a::b"), config_map("used", any="c::d")],
        ["used"],
        ("used", "c::d"),
    ),
]


@pytest.mark.parametrize(
    ("maps", "mounted", "found"), [row[1:] for row in TEST_MAPS], ids=[row[0] for row in TEST_MAPS]
)
def test_the_map_is_found(
    maps: list[JsonObject], mounted: list[str], found: tuple[str, str] | None
) -> None:
    live = find_map(maps, mounted)
    assert (live and (live.name, live.text)) == found
