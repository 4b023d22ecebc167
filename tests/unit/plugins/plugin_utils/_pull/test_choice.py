# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Of each source the smallest image that the registry really holds."""

from __future__ import annotations

import hashlib
import json
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Check, Status
from ansible_collections.palette.image_registry.plugins.module_utils._images.samples import (
    SourceSamples,
)
from ansible_collections.palette.image_registry.plugins.module_utils._redact import Redactor
from ansible_collections.palette.image_registry.plugins.module_utils._settings.parse import (
    parse_settings,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._preflight.images import (
    WantedImages,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._pull.choice import (
    MIB,
    Chooser,
)
from tests.unit.helpers.registry_settings import registry_settings
from tests.unit.helpers.scripted_registry import ABSENT, API, OCI_MANIFEST, Reply, Request, serving

CONFIG = f"sha256:{'c' * 64}"


def manifest(size: int) -> bytes:
    config = {"digest": CONFIG, "size": 0}
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": config,
            "layers": [{"size": size}],
        }
    ).encode()


def holding(**sizes: int) -> t.Callable[[Request], Reply]:
    """Return a registry that holds images by the last part of their names."""

    def script(request: Request) -> Reply:
        if request.path == "/v2/":
            return API
        name = request.path.partition("/manifests/")[0].rpartition("/")[2]
        if name not in sizes:
            return ABSENT
        body = manifest(sizes[name])
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        headers = {"Content-Type": OCI_MANIFEST, "Docker-Content-Digest": digest}
        return Reply(200, headers, body)

    return script


def choose(
    host: str, wanted: WantedImages, environment: t.Mapping[str, str] | None = None
) -> tuple[tuple[SourceSamples, ...], Check]:
    settings = parse_settings(registry_settings(host, password="", username="")).settings
    assert settings is not None
    redactor = Redactor()
    return Chooser(settings, "mgmt", 100, 5.0, environment or {}, redactor).choose(wanted)


IMAGES = WantedImages(("nginx:1", "nginx:1", "quay.io/big:1", "quay.io/small:1", "gcr.io/a:1"))


def test_the_smallest_of_each_source_is_chosen() -> None:
    with serving(holding(nginx=50, big=90, small=10)) as server:
        chosen, check = choose(server.host, IMAGES)
    found = {one.source: [sample.image for sample in one.samples] for one in chosen}
    assert found == {
        "docker.io": ["docker.io/library/nginx:1"],
        "quay.io": ["quay.io/small:1", "quay.io/big:1"],
    }
    sample = chosen[1].samples[0]
    assert (sample.place, sample.size) == (f"{server.host}/p/quay.io/small:1", 10)
    assert sample.ids == (CONFIG,)
    assert (check.status, check.actual) == (Status.PASS, "2 of 2 sources")


# what the registry holds, the images that are known, and why there is none of docker.io
TEST_REASONS: list[tuple[dict[str, int], tuple[str, ...], str]] = [
    ({"small": 10}, ("nginx:1", "quay.io/small:1"), "the registry holds none of the 1 images"),
    ({"small": 10}, ("quay.io/small:1",), "no image of docker.io is known"),
    ({"small": 10, "nginx": 2 * MIB}, IMAGES.images, "the smallest image of docker.io has 2 MiB"),
]


@pytest.mark.parametrize(("sizes", "images", "reason"), TEST_REASONS)
def test_a_source_without_an_image_says_why(
    sizes: dict[str, int], images: tuple[str, ...], reason: str
) -> None:
    with serving(holding(**sizes)) as server:
        chosen, check = choose(server.host, WantedImages(images))
    assert reason in chosen[0].reason
    assert chosen[1].samples
    assert [finding.code for finding in check.findings] == ["pull_without_image"]


def refuse(_request: Request) -> Reply:
    return Reply.json({}, 401, WWW_Authenticate='Basic realm="r"')


@pytest.mark.parametrize(
    ("script", "environment", "says"),
    [
        (refuse, {}, "401"),
        (holding(nginx=1), {"HTTPS_PROXY": "socks5://u:secret@h:1"}, "HTTPS_PROXY"),
    ],
)
def test_a_registry_that_cannot_be_asked_is_a_skip(
    script: t.Callable[[Request], Reply], environment: dict[str, str], says: str
) -> None:
    with serving(script) as server:
        chosen, check = choose(server.host, IMAGES, environment)
    assert (check.status, [one.code for one in check.findings]) == (
        Status.SKIP,
        ["pull_not_chosen"],
    )
    assert [one.source for one in chosen] == ["docker.io", "quay.io"]
    assert all(says in one.reason and not one.samples for one in chosen), chosen
    assert "secret" not in str((chosen, check))


def test_many_images_are_not_all_asked_for() -> None:
    many = WantedImages(tuple(f"quay.io/i{number}:1" for number in range(200)))
    with serving(holding(i0=1)) as server:
        choose(server.host, many)
        assert len({one for one in server.asked("/manifests/")}) <= 40


def test_only_registries_that_are_redirected_are_sources() -> None:
    entries = [
        {"source": "docker.io", "target": "{host}/p/docker.io"},
        {"source": "docker.io/library", "target": "{host}/p/library"},
        {"source": "quay.io", "target": ""},
        {"source": "default", "target": ""},
    ]
    with serving(holding(nginx=1)) as server:
        told = [{**one, "target": one["target"].format(host=server.host)} for one in entries]
        raw = registry_settings(server.host, password="", username="", mirrors=told)
        settings = parse_settings(raw).settings
        assert settings is not None
        chooser = Chooser(settings, "mgmt", 100, 5.0, {}, Redactor())
        chosen, _check = chooser.choose(WantedImages(("nginx:1", "quay.io/a:1")))
    assert [one.source for one in chosen] == ["docker.io"]
