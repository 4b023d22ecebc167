# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Status
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.swap import SwapMap
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.webhook_map import (
    PlannedMap,
    map_in_manifests,
    map_like_live,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.objects import LiveMap

MANIFESTS = """\
# Source: image-swap/templates/secrets.yaml
apiVersion: v1
kind: Secret
metadata: {name: imageswap-maps}
data: {maps: "a::b"}
---
---
apiVersion: v1
kind: ConfigMap
metadata: {name: imageswap-maps, namespace: imageswap-system}
data:
  maps: |
    default::
    docker.io::h.io/d
"""


def test_the_map_in_manifests() -> None:
    found = map_in_manifests(MANIFESTS)
    assert found is not None
    assert found.text == "default::\ndocker.io::h.io/d\n"
    assert map_in_manifests("kind: ConfigMap\ndata: {a: b}\n") is None
    with pytest.raises(ValueError, match="no YAML"):
        map_in_manifests("a: [")


def test_the_live_map_lends_what_the_chart_added() -> None:
    text = "default::\nh.io::\nnoswap_wildcards::x.io\ndocker.io::h.io/old\nquay.io::\n"
    table = parse_mirrors("docker.io::h.io/d,quay.io::h.io/q").table
    planned = map_like_live(LiveMap("imageswap-maps", "imageswap-system", text), table)
    assert planned.known_from == "the live configmap/imageswap-maps in imageswap-system"
    assert SwapMap.from_map_file(planned.text).maps.plain == {
        "default": "",
        "h.io": "",
        "noswap_wildcards": "x.io",
        "docker.io": "h.io/d",
        "quay.io": "h.io/q",
    }


@pytest.mark.parametrize(
    ("text", "status", "codes"),
    [
        ("default::\na.io::h.io", Status.PASS, []),
        ("a.io::h.io", Status.WARN, ["webhook_no_default"]),
    ],
)
def test_a_planned_map_needs_a_default(text: str, status: Status, codes: list[str]) -> None:
    check = PlannedMap(text, "helm template of image-swap-1.5.3").check("sandbox")
    assert check.status is status
    assert [finding.code for finding in check.findings] == codes
