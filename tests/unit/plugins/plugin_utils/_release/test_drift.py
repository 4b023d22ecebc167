# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts as changed by others, and what does not."""

from __future__ import annotations

import copy
import typing as t

import pytest
import yaml

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.manifest import (
    ObjectName,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.drift import (
    Drift,
    drifted_paths,
    kept_documents,
    wanted_object,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.objects import (
    BYPASS_KEY,
)

MANIFEST = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: imageswap-maps, namespace: imageswap-system, labels: {app: imageswap}}
data: {maps: "default::", empty: ""}
---
apiVersion: v1
kind: Secret
metadata: {name: s}
stringData: {password: hunter2}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: imageswap}
spec:
  replicas: 1
  template:
    spec:
      containers:
        - {name: imageswap, image: "h/i:1", ports: [{containerPort: 5000}], args: [a, b]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: imageswap-webhook}
webhooks:
  - name: imageswap.webhook
    clientConfig: {caBundle: theirs}
    failurePolicy: Fail
    namespaceSelector: {matchLabels: {swap: enabled}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: hook, annotations: {helm.sh/hook: pre-install}}
---
"""
DOCUMENTS = kept_documents(yaml.safe_load_all(MANIFEST))
CONFIG_MAP, SECRET, DEPLOYMENT, WEBHOOK = DOCUMENTS
BYPASS = {"matchExpressions": [{"key": BYPASS_KEY, "operator": "Exists"}]}
POD = ("spec", "template", "spec", "containers", 0)

# The object, where it is changed, to what, and the drift that this is.
TEST_CHANGES: list[tuple[t.Any, tuple[t.Any, ...], t.Any, list[str]]] = [
    (CONFIG_MAP, ("data", "maps"), "default::\nx::y", ["data.maps"]),
    (CONFIG_MAP, ("data", "others"), "added", []),
    (CONFIG_MAP, ("data", "empty"), None, []),
    (CONFIG_MAP, ("metadata", "labels"), {}, ["metadata.labels.app"]),
    (CONFIG_MAP, ("metadata", "uid"), "1", []),
    (CONFIG_MAP, ("metadata", "annotations"), {"added": "x"}, []),
    (SECRET, ("data", "password"), "b3RoZXI=", ["data.password"]),
    (SECRET, ("data", "password"), "aHVudGVyMg==", []),
    (DEPLOYMENT, ("spec", "replicas"), 3, []),
    (DEPLOYMENT, ("spec", "replicas"), 0, ["spec.replicas"]),
    (DEPLOYMENT, (*POD, "image"), "h/i:2", ["spec.template.spec.containers[0].image"]),
    (DEPLOYMENT, (*POD, "args"), ["a"], ["spec.template.spec.containers[0].args"]),
    (
        DEPLOYMENT,
        (*POD, "ports"),
        [],
        ["spec.template.spec.containers[0].ports[0].containerPort"],
    ),
    (WEBHOOK, ("webhooks", 0, "clientConfig", "caBundle"), "ours", []),
    (WEBHOOK, ("webhooks", 0, "failurePolicy"), "Ignore", ["webhooks[0].failurePolicy"]),
    (WEBHOOK, ("webhooks", 0, "namespaceSelector"), BYPASS, []),
    (
        WEBHOOK,
        ("webhooks", 0, "namespaceSelector"),
        {},
        ["webhooks[0].namespaceSelector.matchLabels.swap"],
    ),
]


def as_the_cluster_has_it(document: t.Any) -> t.Any:
    """Return the object that the API server keeps."""
    live = copy.deepcopy(dict(document))
    if live.pop("stringData", None):
        live["data"] = {"password": "aHVudGVyMg=="}
    return live


@pytest.mark.parametrize(("document", "path", "value", "expected"), TEST_CHANGES)
def test_changes(
    document: t.Any, path: tuple[t.Any, ...], value: t.Any, expected: list[str]
) -> None:
    live = as_the_cluster_has_it(document)
    holder = live
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    assert list(drifted_paths(wanted_object(document, live), live)) == expected


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda item: str(item["kind"]))
def test_what_is_as_it_was_made_is_no_drift(document: t.Any) -> None:
    live = as_the_cluster_has_it(document)
    assert drifted_paths(wanted_object(document, live), live) == ()


def test_items_are_found_by_name_wherever_they_are() -> None:
    live = as_the_cluster_has_it(DEPLOYMENT)
    containers = live["spec"]["template"]["spec"]["containers"]
    containers.insert(0, {"name": "sidecar", "image": "s"})
    assert drifted_paths(wanted_object(DEPLOYMENT, live), live) == ()


def test_it_is_told_without_values() -> None:
    name = ObjectName("v1", "ConfigMap", "imageswap-maps", "imageswap-system")
    assert str(Drift(name, ("data.maps",))) == (
        "configmap/imageswap-maps in imageswap-system (data.maps)"
    )
    assert str(Drift(name)) == "configmap/imageswap-maps in imageswap-system (not there)"
