# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""AdmissionReview in, AdmissionReview out: pods' containers and initContainers, nothing else."""

from __future__ import annotations

import base64
import json
import typing as t

from tests.sandbox.webhook.swap import read_maps, swap_image

LABEL = "k8s.twr.io/imageswap"
# ephemeralContainers are missing here because the webhook never looks at them.
CONTAINER_LISTS = ("containers", "initContainers")


def review(body: t.Any, read_map_file: t.Callable[[], str]) -> dict[str, t.Any]:
    """Answer one AdmissionReview v1, reading the map only for a pod that did not opt out.

    Raises KeyError, TypeError or re.error where the webhook crashes: a review without its required
    members, a container without name or image, a map that :func:`swap_image` cannot apply.
    """
    request = body["request"]
    answer: dict[str, t.Any] = {"uid": request["uid"], "allowed": True}
    labels = request["object"]["metadata"].get("labels") or {}
    if labels.get(LABEL) != "disabled":
        patch = _patch(request, read_map_file)
        if patch is not None:
            answer["patchType"] = "JSONPatch"
            answer["patch"] = base64.b64encode(json.dumps(patch).encode()).decode()
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": answer}


def _patch(
    request: dict[str, t.Any], read_map_file: t.Callable[[], str]
) -> list[dict[str, str]] | None:
    """Return the operations, empty when all images stay as they are, None when none was swapped."""
    spec, path = request["object"]["spec"], "/spec"
    if request["kind"]["kind"] != "Pod":
        spec, path = spec["template"]["spec"], "/spec/template/spec"
    maps = read_maps(read_map_file())
    swapped = False
    operations = []
    for kind in CONTAINER_LISTS:
        for index, container in enumerate(_containers(spec, kind)):
            container["name"]  # the webhook reads it, and crashes without it
            image = swap_image(container["image"], maps)
            swapped = swapped or image is not None
            if image is not None and image != container["image"]:
                operations.append(
                    {"op": "replace", "path": f"{path}/{kind}/{index}/image", "value": image}
                )
    return operations if swapped else None


def _containers(spec: dict[str, t.Any], kind: str) -> list[dict[str, t.Any]]:
    found = spec[kind] if kind == "containers" else spec.get(kind, [])
    return t.cast("list[dict[str, t.Any]]", found)
