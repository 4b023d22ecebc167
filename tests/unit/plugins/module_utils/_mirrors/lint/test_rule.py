# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What rules share: severities, sample images, names of sources."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Severity
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.rule import (
    ERROR,
    INFO,
    WARNING,
    LintContext,
    LintInput,
    LintRule,
    Note,
    named,
    sample_image,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from tests.pages.mirror_rule_examples import NODES, REGISTRY

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


# severities for the webhook and for nodes, in an airgap and not
TEST_CONSUMERS: list[tuple[Severity | None, Severity | None, Severity | None, Severity | None]] = [
    (ERROR, WARNING, ERROR, WARNING),
    (WARNING, ERROR, ERROR, ERROR),
    (ERROR, None, ERROR, None),
    (None, INFO, INFO, INFO),
]


@pytest.mark.parametrize(("webhook", "node", "airgap", "others"), TEST_CONSUMERS)
def test_the_worst_of_the_consumers_that_read_the_table_counts(
    webhook: Severity | None,
    node: Severity | None,
    airgap: Severity | None,
    others: Severity | None,
) -> None:
    rule = LintRule("code", "", lambda _: iter([]), webhook=webhook, node=node)
    assert (rule.severity(True), rule.severity(False)) == (airgap, others)


def test_a_single_case_may_be_less_bad_than_its_rule_and_never_worse() -> None:
    parsed = parse_mirrors("quay.io::h.io/p")
    for capped, shown in ((INFO, INFO), (None, WARNING), (ERROR, WARNING)):
        note = Note("subject", "It is so.", "Mend it.", capped)
        rule = LintRule("code", "", lambda _, note=note: iter([note]), webhook=WARNING)  # type: ignore[misc]
        (finding,) = rule.findings(LintInput(parsed, REGISTRY))
        assert (finding.severity, finding.code, finding.subject) == (shown, "code", "subject")
        assert list(rule.findings(LintInput(parsed, NODES))) == []


TEST_BASES: list[tuple[str, str, str]] = [
    ("h.io", "p", "h.io/p"),
    ("https://h.io/", "/p/q/", "h.io/p/q"),
    ("h.io", "", "h.io"),
    ("", "p", ""),
]


@pytest.mark.parametrize(("endpoint", "path", "base"), TEST_BASES)
def test_the_place_below_which_targets_belong(endpoint: str, path: str, base: str) -> None:
    context = LintContext(endpoint=endpoint, base_content_path=path)
    assert LintInput(parse_mirrors("quay.io::h.io"), context).base == base


TEST_REQUESTED: list[tuple[str, str, str]] = [
    ("quay.io::h.io/p", "verbatim", "https://h.io/p/project/image/manifests/1?ns=quay.io"),
    ("quay.io::h.io/p", "v2_prefix", "https://h.io/v2/p/project/image/manifests/1?ns=quay.io"),
    ("quay.io::h.io", "verbatim", "https://h.io/v2/project/image/manifests/1?ns=quay.io"),
    (
        "docker.io::localhost:5000",
        "verbatim",
        "http://localhost:5000/v2/library/nginx/manifests/1?ns=docker.io",
    ),
]


@pytest.mark.parametrize(("raw", "style", "url"), TEST_REQUESTED)
def test_what_containerd_asks_for_a_sample(raw: str, style: str, url: str) -> None:
    lint_input = LintInput(parse_mirrors(raw), LintContext(node_path_style=style))
    assert [lint_input.requested(entry) for entry in lint_input.registries] == [url]


def test_many_sources_are_named_up_to_a_number() -> None:
    sources = [f"r{number}.io" for number in range(9)]
    assert named(sources[:7]) == ", ".join(sources[:7])
    assert named(sources) == ", ".join(sources[:7]) + " and 2 more"
