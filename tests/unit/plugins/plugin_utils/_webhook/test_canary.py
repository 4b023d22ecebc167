# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.canary import (
    Canary,
    admitted,
    canary_findings,
    canary_labels,
    canary_namespaces,
    canary_pod,
    compare,
    map_findings,
    probes,
    swapped_pods,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.objects import (
    LiveMap,
    Webhook,
    find_webhooks,
)

HARBOR = "harbor.example.org/airgap"
TABLE = parse_mirrors(f"docker.io::{HARBOR}/docker.io,quay.io::{HARBOR}/quay.io").table
MAP = f"default::\ndocker.io::{HARBOR}/docker.io\nquay.io::{HARBOR}/quay.io\n"
PROBES = probes(TABLE)
IMAGES = [probe.image for probe in PROBES]
SWAPPED = [f"{HARBOR}/{image}" for image in IMAGES]


def live(text: str) -> LiveMap:
    return LiveMap("imageswap-maps", "imageswap-system", text)


def webhooks(**selectors: t.Any) -> tuple[Webhook, ...]:
    entry = {"name": "w.x.y", "clientConfig": {}, **selectors}
    return find_webhooks([{"metadata": {"name": "imageswap-webhook"}, "webhooks": [entry]}])


def test_an_image_for_each_source_that_names_one() -> None:
    table = parse_mirrors(
        "default::h/all,docker.io::h/d,docker.io/library::h/l,[EXACT]quay.io/a:1::h/b:1,"
        "noswap_wildcards::h.io,[REPLACE]*/x::h/r",
    ).table
    assert [(probe.source, probe.image) for probe in probes(table)] == [
        ("docker.io", "docker.io/library/nginx:latest"),
        ("[EXACT]quay.io/a:1", "quay.io/a:1"),
    ]


NAMESPACES = {
    "apps": {"swap": "yes"},
    "jet-system": {"swap": "yes"},
    "hubble-system": {"swap": "yes"},
    "kube-system": {},
}


def test_the_platforms_namespaces_come_first() -> None:
    selected = webhooks(namespaceSelector={"matchLabels": {"swap": "yes"}})
    assert canary_namespaces(selected, NAMESPACES) == ("jet-system", "hubble-system", "apps")
    assert canary_namespaces(webhooks(), NAMESPACES)[-1] == "kube-system"
    assert canary_namespaces((), NAMESPACES) == ()


def test_the_pod_is_one_that_everybody_admits() -> None:
    selector = {
        "matchLabels": {"swap": "me"},
        "matchExpressions": [{"key": "a", "operator": "Exists"}],
    }
    labels = canary_labels(webhooks(objectSelector=selector))
    assert labels == {
        "app.kubernetes.io/name": "image-registry-canary",
        "swap": "me",
        "a": "true",
    }
    pod = canary_pod("jet-system", labels, IMAGES)
    assert "name" not in pod["metadata"]
    assert pod["metadata"]["labels"] == labels
    # Each rule of the profile "restricted".
    security = pod["spec"]["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] > 0
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert [container["image"] for container in pod["spec"]["containers"]] == IMAGES
    for container in pod["spec"]["containers"]:
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["requests"] == container["resources"]["limits"]


def test_what_the_api_server_has_not_seen_proves_nothing() -> None:
    pod = canary_pod("jet-system", {}, IMAGES)
    canary = admitted("jet-system", pod)
    assert canary.trouble is not None
    assert (canary.trouble.code, canary.images) == ("canary_not_asked", ())
    pod["metadata"]["creationTimestamp"] = "2026-11-26T04:00:00Z"
    assert admitted("jet-system", pod).images == tuple(IMAGES)


TEST_MAPS: list[tuple[str, str | None, list[tuple[str, Severity]]]] = [
    ("as the settings", MAP, []),
    ("exemptions of the chart", f"{MAP}harbor.example.org::\nnoswap_wildcards::\n", []),
    ("without a default", MAP.replace("default::\n", ""), [("webhook_no_default", Severity.ERROR)]),
    ("another target", MAP.replace("/quay.io", "/q"), [("webhook_map_differs", Severity.ERROR)]),
    ("a source less", MAP.replace("quay.io::", "q.io::"), [
        ("webhook_map_differs", Severity.ERROR),
        ("webhook_map_more", Severity.INFO),
    ]),
    ("an entry more", f"{MAP}ghcr.io::{HARBOR}/g\n", [("webhook_map_more", Severity.INFO)]),
    ("library alone", MAP.replace("docker.io::", "docker.io/library::"), [
        ("webhook_map_error", Severity.ERROR),
        ("webhook_map_more", Severity.INFO),
    ]),
    ("not found", None, [("webhook_map_missing", Severity.WARNING)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"), [row[1:] for row in TEST_MAPS], ids=[row[0] for row in TEST_MAPS]
)
def test_the_map_against_the_settings(
    text: str | None, expected: list[tuple[str, Severity]]
) -> None:
    found_map = None if text is None else live(text)
    probed = probes(parse_mirrors("docker.io::h,quay.io::h").table)
    probed = tuple(
        # An official image is swapped by docker.io/library, any other one is not.
        probe if probe.source != "docker.io" else type(probe)(probe.source, "docker.io/a/b:1")
        for probe in probed
    )
    compared = compare(probed, (), found_map, TABLE)
    found = map_findings(found_map, compared, TABLE, "namespace imageswap-system")
    assert [(finding.code, finding.severity) for finding in found] == expected


def test_without_settings_the_map_is_not_judged_by_them() -> None:
    text = live(MAP.replace("/quay.io", "/q"))
    assert map_findings(text, compare(PROBES, (), text, None), None, "") == ()


TROUBLE = Finding("webhook_down", Severity.ERROR, "w", "it is down")
TEST_CANARIES: list[tuple[str, str | None, Canary, str, list[str]]] = [
    ("as predicted", MAP, Canary("n", tuple(SWAPPED)), "Fail", []),
    ("refused", MAP, Canary("n", trouble=TROUBLE), "Fail", ["webhook_down"]),
    ("one differs", MAP, Canary("n", ("h/x", SWAPPED[1])), "Fail", ["webhook_not_synced"]),
    ("one is not swapped", MAP, Canary("n", (IMAGES[0], SWAPPED[1])), "Fail", [
        "webhook_not_synced",
    ]),
    ("none is swapped", MAP, Canary("n", tuple(IMAGES)), "Fail", ["webhook_swaps_nothing"]),
    ("none is to be swapped", MAP.replace("default::\n", ""), Canary("n", tuple(IMAGES)), "Fail",
     []),
    ("the map is not known", None, Canary("n", tuple(SWAPPED)), "Fail", []),
    ("nor does it swap", None, Canary("n", tuple(IMAGES)), "Ignore", ["webhook_swaps_nothing"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "canary", "policy", "codes"),
    [row[1:] for row in TEST_CANARIES],
    ids=[row[0] for row in TEST_CANARIES],
)
def test_the_pod_against_the_map(
    text: str | None, canary: Canary, policy: str, codes: list[str]
) -> None:
    compared = compare(PROBES, canary.images, None if text is None else live(text), TABLE)
    found = canary_findings(canary, compared, policy)
    assert [finding.code for finding in found] == codes
    assert all(("Ignore" in finding.message) is (policy == "Ignore") for finding in found)


def test_pods_that_opted_out_of_a_swap() -> None:
    def pod(name: str, namespace: str, image: str) -> dict[str, t.Any]:
        metadata = {"name": name, "namespace": namespace}
        return {"metadata": metadata, "spec": {"containers": [{"image": image}]}}

    pods = [
        pod("swapped", "jet-system", "quay.io/a:1"),
        pod("private", "jet-system", "gcr.io/a:1"),
        pod("elsewhere", "kube-system", "quay.io/a:1"),
    ]
    assert swapped_pods(pods, ("jet-system",), live(MAP)) == ("swapped in jet-system",)
    assert swapped_pods(pods, ("jet-system",), None) == ()
