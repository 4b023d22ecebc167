# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lint of mirror tables as a whole; each rule is tested beside those of its consumer."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.rule import (
    LintContext,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.table import (
    RULES,
    lint,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
    render_mirrors,
)
from tests.pages.mirror_rule_examples import COMPLETE, EXAMPLES, REGISTRY
from tests.unit.helpers.mirror_rules import OVERRIDE_PAGE, PAGE_CONTEXT


def test_codes_are_unique() -> None:
    codes = [rule.code for rule in RULES]

    assert sorted(codes) == sorted(EXAMPLES)
    assert len(set(codes)) == len(codes)


def test_override_page_lints_without_error() -> None:
    findings = lint(parse_mirrors(OVERRIDE_PAGE), PAGE_CONTEXT)

    assert [(finding.severity.value, finding.code) for finding in findings] == [
        ("warning", "no_default"),
        ("warning", "short_names_without_library"),
        ("warning", "v2_missing_for_nodes"),
        ("info", "shared_target"),
        ("warning", "chart_images_elsewhere"),
        ("warning", "paths_before_4_8"),
        ("warning", "package_target_before_4_8"),
    ]


def test_findings_of_the_reading_come_first() -> None:
    findings = lint(parse_mirrors("docker.io::https://h.io/p"), REGISTRY)

    assert findings[0].code == "scheme_in_target"


def test_lint_is_linear() -> None:
    """A rule asked of a table twice as long makes at most twice the findings."""
    tables = [
        parse_mirrors({f"r{number}.io": f"h.io/v2/{number}" for number in range(size)})
        for size in (100, 200)
    ]
    counts = [len(lint(parsed, REGISTRY)) for parsed in tables]

    assert counts[0] < counts[1] <= 2 * counts[0]


_HOST = st.sampled_from(["docker.io", "h.io", "registry:5000", "localhost", "quay.io/library"])
_SOURCE = st.one_of(
    _HOST, st.sampled_from(["default", "noswap_wildcards", "[EXACT]a", "[REPLACE]*", "[REPLACE]["])
)
_TARGET = st.one_of(
    st.sampled_from(["", "h.io/p", "docker.io", "h.io/v2/p", "a,,b", "h/m-", "localhost:5000"]),
    st.text(max_size=8),
)


@given(
    raw=st.dictionaries(_SOURCE, _TARGET, max_size=5),
    images=st.lists(st.one_of(st.text(max_size=10), _HOST.map(lambda host: f"{host}/a:1"))),
    airgap=st.booleans(),
    endpoint=st.sampled_from(["", "h.io", "https://h.io/x"]),
)
def test_anything_lints(
    raw: dict[str, str], images: list[str], airgap: bool, endpoint: str
) -> None:
    context = LintContext(airgap=airgap, endpoint=endpoint, images=tuple(images))

    findings = lint(parse_mirrors(raw), context)
    assert all(finding.subject and finding.message for finding in findings)


def test_every_fix_that_can_be_written_is_clean() -> None:
    """The page of Palette 4.8, with its default in the map file, leaves nodes' /v2 alone."""
    table = parse_mirrors(COMPLETE).table
    text = f"default::\n{render_mirrors(table, 'imageswap_map')}"
    context = dataclasses.replace(REGISTRY, node_path_style="v2_prefix")

    assert [finding.code for finding in lint(parse_mirrors(text), context)] == [
        "short_names_without_library"
    ]
