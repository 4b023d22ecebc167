# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lint of mirror tables: each rule where it applies and where it does not."""

from __future__ import annotations

import dataclasses
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.rule import (
    LintContext,
    LintInput,
    LintRule,
    sample_image,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.table import (
    RULES,
    lint,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
    render_mirrors,
)
from tests.pages.mirror_rule_examples import COMPLETE, EXAMPLES, NODES, REGISTRY
from tests.pages.mirror_rules import PAGE, ROOT, documented, render

OVERRIDE_PAGE = (
    "docker.io::harbor.example.org/airgap-images/docker.io,"
    "gcr.io::harbor.example.org/airgap-images/gcr.io,"
    "ghcr.io::harbor.example.org/airgap-images/ghcr.io,"
    "k8s.gcr.io::harbor.example.org/airgap-images/gcr.io,"
    "registry.k8s.io::harbor.example.org/airgap-images/k8s.io,"
    "quay.io::harbor.example.org/airgap-images/quay.io,"
    "us-docker.pkg.dev::harbor.example.org/airgap-images"
)
PAGE_CONTEXT = LintContext(endpoint="harbor.example.org", base_content_path="airgap-images")


def found(raw: object, context: LintContext, code: str) -> list[Finding]:
    return [finding for finding in lint(parse_mirrors(raw), context) if finding.code == code]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_rule_has_an_example_on_either_side(rule: LintRule) -> None:
    code = rule.code
    example = EXAMPLES[code]

    broken = found(example.broken, example.context, code)
    assert broken
    assert all(item.message.endswith((".", ")")) and item.fix.endswith(".") for item in broken)
    assert found(example.kept, example.kept_context or example.context, code) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_severity_counts_active_consumers(rule: LintRule) -> None:
    code, node = rule.code, rule.node
    example = EXAMPLES[code]
    context = dataclasses.replace(example.context, airgap=False)

    severities = {finding.severity for finding in found(example.broken, context, code)}
    assert severities == (set() if node is None else {node})


def test_codes_are_unique() -> None:
    codes = [rule.code for rule in RULES]

    assert sorted(codes) == sorted(EXAMPLES)
    assert len(set(codes)) == len(codes)


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


def test_verbatim_warning_spells_out_both_consumers() -> None:
    (finding,) = found(OVERRIDE_PAGE, PAGE_CONTEXT, "v2_missing_for_nodes")

    assert (
        "https://harbor.example.org/airgap-images/docker.io/library/nginx/manifests/1?ns=docker.io"
        in finding.message
    )
    assert "harbor.example.org/airgap-images/docker.io/nginx:1" in finding.message
    assert "palette_node_path_style" in finding.fix


def test_v2_error_spells_out_both_consumers() -> None:
    (finding,) = found("quay.io::h.io/v2/p", PAGE_CONTEXT, "v2_in_target")

    assert "https://h.io/v2/p/project/image/manifests/1?ns=quay.io" in finding.message
    assert "h.io/v2/p/project/image:1" in finding.message
    assert finding.fix == "Write 'quay.io::h.io/p' and set palette_node_path_style: v2_prefix."


TEST_SAMPLES: list[str] = [
    "quay.io::h.io/p",
    "quay.io::h.io/v2/p",
    "quay.io:8443::h.io/p",
    "quay.io::h.io/m-",
    "registry::h.io/p",
    "docker.io::h.io/p",
    "docker.io/library::h.io/l,docker.io::h.io/p",
    "quay.io::h.io/p,[EXACT]quay.io/project/image:1::h.io/q:1",
    "quay.io::h.io/p,[REPLACE]*project*::h.io/q",
]


@pytest.mark.parametrize("raw", TEST_SAMPLES)
def test_samples_are_swapped_as_the_webhook_does(raw: str) -> None:
    lint_input = LintInput(parse_mirrors(raw), REGISTRY)

    for entry in lint_input.registries:
        swapped = lint_input.swapped(sample_image(entry.source))
        assert lint_input.swapped_sample(entry) == swapped


def test_chart_images_name_both_paths() -> None:
    context = dataclasses.replace(
        PAGE_CONTEXT,
        chart_images=("us-docker.pkg.dev/palette-images/imageswap:1", "gcr.io/spectro/imageswap:1"),
    )
    (finding,) = found(OVERRIDE_PAGE, context, "chart_images_elsewhere")

    prefix = "harbor.example.org/airgap-images"
    assert f"{prefix}/us-docker.pkg.dev/palette-images/imageswap:1" in finding.message
    assert f"{prefix}/palette-images/imageswap:1" in finding.message


def test_recursion_shows_both_admissions() -> None:
    (finding,) = found("default::h.io/p", REGISTRY, "default_recursion")

    assert "becomes h.io/p/project/image:1 " in finding.message
    assert "h.io/p/p/project/image:1" in finding.message


def test_missing_sources_are_named() -> None:
    (finding,) = found(COMPLETE.replace("quay.io", "quay.example"), REGISTRY, "missing_source")

    assert finding.subject == "quay.io"


def test_images_that_nothing_redirects_are_counted() -> None:
    images = ("quay.io/a:1", "ghcr.io/a:1", "ghcr.io/b:1", "gcr.io/c:1")
    context = dataclasses.replace(REGISTRY, images=images)
    (finding,) = found("quay.io::h.io/p/quay.io", context, "image_not_redirected")
    assert finding.subject == "ghcr.io (2), gcr.io (1)"
    assert finding.message.startswith("3 of 4 images come from registries without an entry")


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


@settings(max_examples=100, deadline=None)
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


def test_reference_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run: python -m tests.pages.mirror_rules"


def test_every_code_is_documented() -> None:
    folder = ROOT / "plugins" / "module_utils" / "_mirrors"
    emitted = re.compile(r'(?:reading\.(?:error|warn)|Finding)\(\s*"(\w+)"')
    codes = {
        code
        for path in folder.rglob("*.py")
        for code in emitted.findall(path.read_text(encoding="utf-8"))
    }

    assert len(codes) > 20
    assert codes - set(documented()) == set()
