# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of what the webhook makes of a table."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Severity,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.rule import (
    LintContext,
    LintRule,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.webhook import (
    WEBHOOK_RULES,
)
from tests.pages.mirror_rule_examples import NODES, REGISTRY
from tests.unit.helpers.mirror_rules import assert_rule, found


@pytest.mark.parametrize("rule", WEBHOOK_RULES, ids=lambda rule: rule.code)
def test_rules(rule: LintRule) -> None:
    assert_rule(rule)


TEST_SEVERITIES: list[tuple[str, LintContext, str, Severity]] = [
    ("docker.io::h.io/p", REGISTRY, "no_default", Severity.WARNING),
    ("# map\ndocker.io::h.io/p", REGISTRY, "no_default", Severity.ERROR),
    ("docker.io::h.io/v2/p", REGISTRY, "v2_in_target", Severity.ERROR),
    ("docker.io::h.io/m-", REGISTRY, "trailing_dash", Severity.ERROR),
    ("docker.io::harbor/p", REGISTRY, "short_target_host", Severity.ERROR),
    ("docker.io::harbor/p", NODES, "short_target_host", Severity.WARNING),
]


@pytest.mark.parametrize(("raw", "context", "code", "severity"), TEST_SEVERITIES)
def test_severity(raw: str, context: LintContext, code: str, severity: Severity) -> None:
    assert [finding.severity for finding in found(raw, context, code)] == [severity]


def test_recursion_shows_both_admissions() -> None:
    (finding,) = found("default::h.io/p", REGISTRY, "default_recursion")

    assert "becomes h.io/p/project/image:1 " in finding.message
    assert "h.io/p/p/project/image:1" in finding.message


TEST_PATHS: list[tuple[str, str]] = [
    ("us-docker.pkg.dev/images::h.io/images", "us-docker.pkg.dev::h.io"),
    ("us-docker.pkg.dev/images::h.io/p/images", "us-docker.pkg.dev::h.io/p"),
    ("us-docker.pkg.dev/images::h.io/p", "us-docker.pkg.dev::h.io/p"),
    ("us-docker.pkg.dev/images::h.io/my-images", "us-docker.pkg.dev::h.io/my-images"),
]


@pytest.mark.parametrize(("entry", "better"), TEST_PATHS)
def test_a_path_that_both_sides_have_comes_by_itself(entry: str, better: str) -> None:
    (finding,) = found(entry, NODES, "path_in_source")
    assert finding.fix.startswith(f"Write '{better}'")
