# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of given images."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.images import (
    IMAGE_RULES,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.rule import (
    LintRule,
)
from tests.pages.mirror_rule_examples import REGISTRY
from tests.unit.helpers.mirror_rules import assert_rule, found


@pytest.mark.parametrize("rule", IMAGE_RULES, ids=lambda rule: rule.code)
def test_rules(rule: LintRule) -> None:
    assert_rule(rule)


def test_images_that_nothing_redirects_are_counted() -> None:
    images = ("quay.io/a:1", "ghcr.io/a:1", "ghcr.io/b:1", "gcr.io/c:1")
    context = dataclasses.replace(REGISTRY, images=images)
    (finding,) = found("quay.io::h.io/p/quay.io", context, "image_not_redirected")
    assert finding.subject == "ghcr.io (2), gcr.io (1)"
    assert finding.message.startswith("3 of 4 images come from registries without an entry")


# an image, and the registry of the table that it is counted under
TEST_REGISTRIES: list[tuple[str, str]] = [
    ("ghcr.io/a:1", "ghcr.io (1)"),
    ("nginx", "docker.io (1)"),
    ("h.io/p/x:1", ""),
    ("quay.io/a:1", ""),
    ("B A D", ""),
]


@pytest.mark.parametrize(("image", "counted"), TEST_REGISTRIES)
def test_an_image_counts_under_its_registry(image: str, counted: str) -> None:
    context = dataclasses.replace(REGISTRY, images=(image,))
    notes = found("quay.io::h.io/p", context, "image_not_redirected")
    assert [note.subject for note in notes] == ([counted] if counted else [])


def test_a_default_redirects_every_image() -> None:
    context = dataclasses.replace(REGISTRY, images=("ghcr.io/a:1",))
    assert found("default::h.io/p", context, "image_not_redirected") == []
