# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of Palette's page and its settings."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.palette import (
    PALETTE_RULES,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.rule import (
    LintContext,
    LintRule,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.table import lint
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from tests.pages.mirror_rule_examples import COMPLETE, REGISTRY
from tests.unit.helpers.mirror_rules import OVERRIDE_PAGE, PAGE_CONTEXT, assert_rule, found


@pytest.mark.parametrize("rule", PALETTE_RULES, ids=lambda rule: rule.code)
def test_rules(rule: LintRule) -> None:
    assert_rule(rule)


def test_chart_images_name_both_paths() -> None:
    context = dataclasses.replace(
        PAGE_CONTEXT,
        chart_images=("us-docker.pkg.dev/palette-images/imageswap:1", "gcr.io/spectro/imageswap:1"),
    )
    (finding,) = found(OVERRIDE_PAGE, context, "chart_images_elsewhere")

    prefix = "harbor.example.org/airgap-images"
    assert f"{prefix}/us-docker.pkg.dev/palette-images/imageswap:1" in finding.message
    assert f"{prefix}/palette-images/imageswap:1" in finding.message


def test_missing_sources_are_named() -> None:
    (finding,) = found(COMPLETE.replace("quay.io", "quay.example"), REGISTRY, "missing_source")

    assert finding.subject == "quay.io"


TEST_ECR: list[tuple[str, LintContext, bool]] = [
    ("docker.io::1.dkr.ecr.eu-west-1.amazonaws.com/p", REGISTRY, True),
    ("docker.io::1.dkr.ecr.cn-north-1.amazonaws.com.cn/p", REGISTRY, True),
    ("docker.io::1.dkr.ecr-fips.us-gov-west-1.amazonaws.com/p", REGISTRY, True),
    ("docker.io::h.io/p", LintContext(endpoint="1.dkr.ecr.eu-west-1.amazonaws.com"), True),
    ("docker.io::public.ecr.aws/1234567/p", REGISTRY, False),
]


@pytest.mark.parametrize(("raw", "context", "expected"), TEST_ECR)
def test_ecr(raw: str, context: LintContext, expected: bool) -> None:
    assert bool(found(raw, context, "ecr_token")) is expected


TEST_BASE: list[tuple[str, LintContext, bool]] = [
    ("docker.io::harbor.example.org/p/docker.io", REGISTRY, False),
    ("docker.io::harbor.example.org/p", REGISTRY, False),
    ("docker.io::harbor.example.org/v2/p/docker.io", REGISTRY, False),
    ("docker.io::harbor.example.org/pp/docker.io", REGISTRY, True),
    ("docker.io::h.io/p", LintContext(), False),
    ("docker.io::h.io/p/q", LintContext(endpoint="https://h.io/", base_content_path="/p/"), False),
]


@pytest.mark.parametrize(("raw", "context", "outside"), TEST_BASE)
def test_base_path(raw: str, context: LintContext, outside: bool) -> None:
    assert bool(found(raw, context, "outside_base_path")) is outside


TEST_LAYOUTS: list[tuple[str, set[str]]] = [
    ("k8s.gcr.io::h.io/p/gcr.io", {"paths_before_4_8"}),
    ("k8s.gcr.io::h.io/p/k8s.gcr.io", set()),
    ("us-docker.pkg.dev::h.io/p,quay.io::h.io/p/quay.io", {"package_target_before_4_8"}),
    ("us-docker.pkg.dev::h.io/us-docker,quay.io::h.io/quay", set()),
    ("us-east1-docker.pkg.dev::h.io/p", {"package_source_before_4_5"}),
    (
        "registry.k8s.io::h.io/p/k8s.io,us-docker.pkg.dev::h.io/p/us-docker.pkg.dev",
        {"paths_before_4_8", "mixed_page_versions"},
    ),
]


@pytest.mark.parametrize(("raw", "codes"), TEST_LAYOUTS)
def test_layouts_of_the_page(raw: str, codes: set[str]) -> None:
    told = {finding.code for finding in lint(parse_mirrors(raw), LintContext())}
    assert {code for code in told if "before" in code or "mixed" in code} == codes
