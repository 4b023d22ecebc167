# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._images.sources import (
    images_of,
    parse_image_list,
    platforms_of,
)

TEST_LISTS: list[tuple[str, tuple[str, ...]]] = [
    ("", ()),
    ("\n  \n# nothing\n", ()),
    ("nginx:1\r\nquay.io/a/b\r\n", ("nginx:1", "quay.io/a/b")),
    ("\ufeffnginx:1\n", ("nginx:1",)),
    ("b:1\na:1\nb:1", ("b:1", "a:1")),
    ("  nginx:1   # the web server\n", ("nginx:1",)),
    ("a/b#c:1\n", ("a/b#c:1",)),
    ("a@sha256:00\n", ("a@sha256:00",)),
]


@pytest.mark.parametrize(("text", "expected"), TEST_LISTS)
def test_image_lists(text: str, expected: tuple[str, ...]) -> None:
    assert parse_image_list(text) == expected


def pod_spec(*images: str, kind: str = "containers") -> dict[str, t.Any]:
    return {kind: [{"name": "c", "image": image} for image in images]}


TEST_OBJECTS: list[tuple[dict[str, t.Any], tuple[str, ...]]] = [
    ({}, ()),
    ({"spec": None}, ()),
    ({"spec": {"containers": None}}, ()),
    ({"spec": {"containers": [{"name": "no-image"}]}}, ()),
    ({"kind": "Pod", "spec": pod_spec("b:1", "a:1", "b:1")}, ("a:1", "b:1")),
    ({"kind": "Pod", "spec": pod_spec("i:1", kind="initContainers")}, ("i:1",)),
    ({"kind": "Pod", "spec": pod_spec("e:1", kind="ephemeralContainers")}, ("e:1",)),
    ({"kind": "Deployment", "spec": {"template": {"spec": pod_spec("d:1")}}}, ("d:1",)),
    (
        {
            "kind": "CronJob",
            "spec": {"jobTemplate": {"spec": {"template": {"spec": pod_spec("c:1")}}}},
        },
        ("c:1",),
    ),
]


@pytest.mark.parametrize(("item", "expected"), TEST_OBJECTS)
def test_images_of_objects(item: dict[str, t.Any], expected: tuple[str, ...]) -> None:
    assert images_of([item]) == expected


def test_images_of_several_objects_are_told_once_and_sorted() -> None:
    pods = [{"spec": pod_spec("b:1")}, {"spec": pod_spec("a:1", "b:1")}]
    assert images_of(pods) == ("a:1", "b:1")


def test_platforms_of_linux_nodes() -> None:
    def node(**info: str) -> dict[str, object]:
        return {"status": {"nodeInfo": info}}

    nodes = [
        node(architecture="arm64", operatingSystem="linux"),
        node(architecture="amd64"),
        node(architecture="amd64", operatingSystem="windows"),
        node(architecture="amd64", operatingSystem="linux"),
        node(operatingSystem="linux"),
        {},
    ]
    assert platforms_of(nodes) == ("linux/amd64", "linux/arm64")
    assert platforms_of(nodes[2:3]) == ()
