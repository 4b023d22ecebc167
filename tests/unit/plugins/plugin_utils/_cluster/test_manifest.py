# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The objects in a release's manifest."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.manifest import (
    ObjectName,
    manifest_objects,
)

MANIFEST = """\
---
# Source: image-swap/templates/webhook.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: imageswap, namespace: imageswap-system}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
---
# nothing but a comment
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: imageswap-webhook}
---
just text
"""


def test_objects_of_some_kinds_in_their_order() -> None:
    assert manifest_objects(MANIFEST, ("DaemonSet", "Deployment"), "default") == (
        ObjectName("apps/v1", "Deployment", "imageswap", "imageswap-system"),
        ObjectName("apps/v1", "DaemonSet", "agent", "default"),
    )
    (webhook,) = manifest_objects(MANIFEST, ("MutatingWebhookConfiguration",))
    assert str(webhook) == "mutatingwebhookconfiguration/imageswap-webhook"
    assert manifest_objects("", ("Deployment",)) == ()


def test_a_manifest_that_is_no_yaml_is_told() -> None:
    with pytest.raises(ValueError, match="is no YAML"):
        manifest_objects("a: [", ("Deployment",))
