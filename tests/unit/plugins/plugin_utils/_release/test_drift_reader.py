# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drift of a release, as a cluster of a few lines tells it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.drift_reader import (
    ReleaseDrift,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.release import Release
from tests.unit.helpers.tiny_cluster import TinyCluster

MANIFEST = """\
apiVersion: v1
kind: Namespace
metadata: {name: imageswap-system, labels: {a: b}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: imageswap-maps, namespace: imageswap-system}
data: {maps: "default::"}
"""
RELEASE = Release("image-swap", "default", 1, "deployed", {}, {}, MANIFEST)


class Lab:
    """A cluster, and what its API server says to a dry run."""

    def __init__(self, maps: str | None) -> None:
        # The cluster of a few lines finds by the namespace that is asked for.
        namespace = {"name": "imageswap-system", "namespace": "default", "labels": {"a": "b"}}
        self.cluster = TinyCluster({"kind": "Namespace", "metadata": namespace})
        if maps is not None:
            metadata = {"name": "imageswap-maps", "namespace": "imageswap-system"}
            self.cluster.put({"kind": "ConfigMap", "metadata": metadata, "data": {"maps": maps}})
        self.answer: bool | Failure = True
        self.asked: list[dict[str, t.Any]] = []
        self.cluster.dry_run = self._dry_run  # type: ignore[method-assign]  # a stand-in
        self.reader = ReleaseDrift(self.cluster)

    def _dry_run(self, manifest: t.Any, attempt: str, **where: t.Any) -> t.Any:
        self.asked.append(where)
        if isinstance(self.answer, Failure):
            raise self.answer
        return manifest, self.answer


def drift(lab: Lab) -> list[str]:
    return [str(item) for item in lab.reader.of(RELEASE)]


def test_what_is_as_it_was_made_is_not_asked_about() -> None:
    lab = Lab("default::")
    assert drift(lab) == []
    assert lab.asked == []


def test_a_change_is_one_if_the_api_server_says_so() -> None:
    lab = Lab("theirs")
    assert drift(lab) == ["configmap/imageswap-maps in imageswap-system (data.maps)"]
    assert lab.asked[0]["namespace"] == "imageswap-system"
    lab.answer = False
    assert drift(lab) == []


def test_what_is_gone_is_made_again() -> None:
    assert drift(Lab(None)) == ["configmap/imageswap-maps in imageswap-system (not there)"]


def test_what_cannot_be_mended_is_named() -> None:
    lab = Lab("theirs")
    lab.answer = Failure.of("invalid", "configmap", "field is immutable", "")
    with pytest.raises(Failure, match="field is immutable") as raised:
        drift(lab)
    assert raised.value.findings[1].code == "drift_not_mendable"


def test_what_may_not_be_read_is_told() -> None:
    lab = Lab("default::")

    def refuse(*_arguments: t.Any, **_more: t.Any) -> dict[str, t.Any]:
        raise Failure.of("forbidden", "x", "you may not", "ask")

    lab.cluster.run = refuse  # type: ignore[method-assign]  # a stand-in
    assert drift(lab) == []
    assert [item.code for item in lab.reader.remarks] == ["drift_not_checked"] * 2


def test_a_manifest_that_is_no_yaml_is_a_failure() -> None:
    broken = Release("image-swap", "default", 1, "deployed", {}, {}, "a: [")
    with pytest.raises(Failure, match="is no YAML"):
        Lab("").reader.of(broken)
