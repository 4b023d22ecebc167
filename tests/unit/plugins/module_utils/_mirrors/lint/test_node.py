# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of what nodes make of a table."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Severity
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.node import (
    NODE_RULES,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.rule import (
    LintContext,
    LintRule,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.table import lint
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from tests.pages.mirror_rule_examples import NODES
from tests.unit.helpers.mirror_rules import OVERRIDE_PAGE, PAGE_CONTEXT, assert_rule, found


@pytest.mark.parametrize("rule", NODE_RULES, ids=lambda rule: rule.code)
def test_rules(rule: LintRule) -> None:
    assert_rule(rule)


def test_verbatim_warning_spells_out_both_consumers() -> None:
    (finding,) = found(OVERRIDE_PAGE, PAGE_CONTEXT, "v2_missing_for_nodes")

    assert (
        "https://harbor.example.org/airgap-images/docker.io/library/nginx/manifests/1?ns=docker.io"
        in finding.message
    )
    assert "harbor.example.org/airgap-images/docker.io/nginx:1" in finding.message
    assert "palette_node_path_style" in finding.fix


@pytest.mark.parametrize(("api_path", "told"), [("", False), ("p", True)])
def test_no_fix_asks_for_an_api_path_that_is_told(api_path: str, told: bool) -> None:
    table = [{"source": "quay.io", "target": "h.io/p/q", "api_path": api_path}]
    for context in (PAGE_CONTEXT, NODES):
        (finding,) = (
            one for one in lint(parse_mirrors(table), context) if one.code == "v2_missing_for_nodes"
        )
        assert ("tell it as api_path" in finding.fix) is not told
        assert finding.fix.endswith(".")


def test_v2_error_spells_out_both_consumers() -> None:
    (finding,) = found("quay.io::h.io/v2/p", PAGE_CONTEXT, "v2_in_target")

    assert "https://h.io/v2/p/project/image/manifests/1?ns=quay.io" in finding.message
    assert "h.io/v2/p/project/image:1" in finding.message
    assert finding.fix == "Write 'quay.io::h.io/p' and set palette_node_path_style: v2_prefix."


TEST_STYLES: list[tuple[str, str, bool]] = [
    ("quay.io::h.io/p", "verbatim", True),
    ("quay.io::h.io/p", "v2_prefix", False),
    ("quay.io::h.io", "verbatim", False),
    ("quay.io::h.io/repository/p/v2", "verbatim", False),
]


@pytest.mark.parametrize(("raw", "style", "told"), TEST_STYLES)
def test_v2_is_missing_only_where_nodes_get_a_path_as_it_stands(
    raw: str, style: str, told: bool
) -> None:
    context = LintContext(node_path_style=style)
    assert bool(found(raw, context, "v2_missing_for_nodes")) is told


def test_a_default_works_in_files_of_the_nodes_own() -> None:
    parsed = parse_mirrors({"mirrors": {"*": {"endpoint": ["https://h.io/v2/p"]}}})
    assert parsed.notation == "k3s_registries"
    assert "webhook_only_entry" not in {finding.code for finding in lint(parsed, NODES)}
    assert [one.severity for one in found("default::h.io/p", NODES, "webhook_only_entry")] == [
        Severity.WARNING
    ]
