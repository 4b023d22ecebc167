# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Status,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.settings import (
    Settings,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.page import plan_page
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.plan import (
    ChartPlan,
)
from tests.unit.helpers.plans import CHART, ERROR, live, plan

# inputs, names of the files, ready
TEST_FILES: list[tuple[dict[str, t.Any], list[str], bool]] = [
    ({}, ["registry-secret.yaml", "values.yaml"], True),
    ({"airgap": False}, ["registry-secret.yaml"], True),
    ({"chart": CHART}, ["registry-secret.yaml", "values.yaml"], True),
    ({"findings": (ERROR,)}, ["registry-secret.yaml", "values.yaml"], False),
    ({"settings": None, "findings": (ERROR,)}, [], False),
    (
        {"checks": (Check("cluster", "c", Status.FAIL),)},
        ["registry-secret.yaml", "values.yaml"],
        False,
    ),
]


@pytest.mark.parametrize(("inputs", "files", "ready"), TEST_FILES)
def test_files_and_verdict(inputs: dict[str, t.Any], files: list[str], ready: bool) -> None:
    made = plan(**inputs)
    assert (sorted(made.files()), made.ready) == (files, ready)
    assert ("\n## Apply with Ansible\n" in plan_page(made)) is ready
    assert ("**Not ready" in plan_page(made)) is not ready


# inputs, image, in the pod, first URL, in doubt
TEST_IMAGES: list[tuple[dict[str, t.Any], str, str, str, bool]] = [
    ({}, "quay.io/a:1", "h.io/p/quay.io/a:1", "https://h.io/v2/p/quay.io/a/manifests/1", True),
    (
        {"assume_default": True},
        "quay.io/a:1",
        "h.io/p/quay.io/a:1",
        "https://h.io/v2/p/quay.io/a/manifests/1",
        False,
    ),
    (
        {"assume_default": False},
        "quay.io/a:1",
        "quay.io/a:1",
        "https://h.io/p/quay.io/a/manifests/1?ns=quay.io",
        False,
    ),
    (
        {"airgap": False, "node_path_style": "v2_prefix"},
        "quay.io/a:1",
        "quay.io/a:1",
        "https://h.io/v2/p/quay.io/a/manifests/1?ns=quay.io",
        False,
    ),
    ({}, "gcr.io/a:1", "gcr.io/a:1", "https://gcr.io/v2/a/manifests/1", False),
]


@pytest.mark.parametrize(("inputs", "image", "pod", "url", "doubt"), TEST_IMAGES)
def test_images(inputs: dict[str, t.Any], image: str, pod: str, url: str, doubt: bool) -> None:
    (answer,) = plan(images=(image,), images_from="a test", **inputs).images
    assert (answer.swapped, answer.pulled_from[0]) == (pod, url)
    assert (answer.without_default is not None) is doubt


def test_without_named_images_there_is_an_example_for_each_source() -> None:
    assert [answer.image for answer in plan().images] == [
        "docker.io/library/nginx:latest",
        "quay.io/example/image:latest",
    ]


def test_an_empty_cluster_gives_no_examples() -> None:
    assert plan(images=(), images_from="the cluster").images == ()


TEST_CODES: list[tuple[dict[str, t.Any], str, bool]] = [
    ({}, "default_unknown", True),
    ({"assume_default": True}, "default_unknown", False),
    ({"airgap": False}, "default_unknown", False),
    ({}, "endpoint_without_v2", True),
    ({"node_path_style": "v2_prefix"}, "endpoint_without_v2", False),
    ({"images": ("gcr.io/a:1",), "images_from": "a test"}, "image_not_mirrored", True),
    ({"images": ("quay.io/a:1",), "images_from": "a test"}, "image_not_mirrored", False),
    (
        {"images": ("quay.io/a:1",), "images_from": "a test", "assume_default": False},
        "image_not_mirrored",
        False,
    ),
    (
        {"images": ("gcr.io/a:1",), "images_from": "a test", "airgap": False},
        "image_not_mirrored",
        False,
    ),
    ({}, "chart_not_read", True),
    ({"chart": CHART}, "chart_not_read", False),
    ({"airgap": False}, "chart_not_read", False),
]


@pytest.mark.parametrize(("inputs", "code", "told"), TEST_CODES)
def test_what_is_told(inputs: dict[str, t.Any], code: str, told: bool) -> None:
    assert (code in {finding.code for finding in plan(**inputs).findings}) is told


def test_chart_values_go_where_the_chart_has_them_and_the_users_stay() -> None:
    chart = ChartPlan(own=CHART.own, user={"replicas": 2}, is_eks=None)
    values = plan(chart=chart).values
    assert values is not None
    assert values["ociImageRegistry"]["endpoint"] == "h.io"
    assert (values["replicas"], values["image"]["webhookImage"]) == (2, "h.io/p/gcr.io/w:1")


TEST_EVERYTHING: list[dict[str, t.Any]] = [
    {},
    {"live": live(PASSWORD="another-s3cret")},
    {"chart": CHART, "findings": (ERROR,)},
    {"airgap": False},
]


@pytest.mark.parametrize("inputs", TEST_EVERYTHING)
def test_no_password_anywhere(inputs: dict[str, t.Any]) -> None:
    made = plan(**inputs)
    everything = plan_page(made) + json.dumps(made.to_dict()) + "".join(made.files().values())
    assert "s3cret" not in everything


@pytest.mark.parametrize("word", ["harbor", "registry", "errors", "plan"])
def test_a_password_that_is_a_word_tears_nothing_up(word: str) -> None:
    mirrors = parse_mirrors(f"docker.io::{word}.example.org/p/docker.io").table
    settings = Settings(f"{word}.example.org", "n", "p", mirrors, word, word)
    same = dataclasses.replace(settings, password="s3cret-word")
    made, expected = plan(settings=settings), plan(settings=same)
    assert made.files() == expected.files()
    assert plan_page(made) == plan_page(expected)
    assert made.to_dict() == expected.to_dict()


def test_the_password_itself_is_compared() -> None:
    placeholder = "REPLACE_WITH_CUSTOM_REGISTRY_PASSWORD"
    assert [one.field for one in plan(live=live(PASSWORD=placeholder)).differences] == ["PASSWORD"]
    assert plan(live=live()).differences == ()


def test_the_summary_has_what_changes_in_the_secret() -> None:
    checks = {
        check.name: check.actual for check in plan(live=live(DOMAIN="old.example.org")).checks
    }
    changes = "the plan changes DOMAIN from old.example.org to h.io"
    assert changes in checks["live Secret"]
