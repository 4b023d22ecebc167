# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests of the lint share: the page's table, and a rule held against its example."""

from __future__ import annotations

import dataclasses

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.rule import (
    LintContext,
    LintRule,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.table import (
    lint,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from tests.pages.mirror_rule_examples import EXAMPLES

OVERRIDE_PAGE = (
    "docker.io::harbor.example.org/airgap-images/docker.io,"
    "gcr.io::harbor.example.org/airgap-images/gcr.io,"
    "ghcr.io::harbor.example.org/airgap-images/ghcr.io,"
    "k8s.gcr.io::harbor.example.org/airgap-images/gcr.io,"
    "registry.k8s.io::harbor.example.org/airgap-images/k8s.io,"
    "quay.io::harbor.example.org/airgap-images/quay.io,"
    "us-docker.pkg.dev::harbor.example.org/airgap-images"
)
SHORT_PAGE = (
    "docker.io::harbor.example.org/airgap-images/docker.io,"
    "gcr.io::harbor.example.org/airgap-images/gcr.io,"
    "us-docker.pkg.dev::harbor.example.org/airgap-images"
)
TABLE = parse_mirrors(SHORT_PAGE).table
PAGE_CONTEXT = LintContext(endpoint="harbor.example.org", base_content_path="airgap-images")


def found(raw: object, context: LintContext, code: str) -> list[Finding]:
    return [finding for finding in lint(parse_mirrors(raw), context) if finding.code == code]


def assert_rule(rule: LintRule) -> None:
    """Expect a rule where its example breaks it and not where it keeps it, as bad as it says."""
    example = EXAMPLES[rule.code]

    broken = found(example.broken, example.context, rule.code)
    assert broken
    assert all(item.message.endswith((".", ")")) and item.fix.endswith(".") for item in broken)
    assert found(example.kept, example.kept_context or example.context, rule.code) == []

    on_nodes = dataclasses.replace(example.context, airgap=False)
    severities = {finding.severity for finding in found(example.broken, on_nodes, rule.code)}
    assert severities == (set() if rule.node is None else {rule.node})


def assert_error(raw: object, code: str, subject: str, fix: str) -> None:
    """Expect an error of the reading, that names a place and says what to do."""
    findings = parse_mirrors(raw).findings

    assert code in [finding.code for finding in findings]
    found = next(finding for finding in findings if finding.code == code)
    assert found.severity is Severity.ERROR
    assert subject in found.subject
    assert fix in found.fix
    assert found.message.endswith((".", "'."))


def assert_read(raw: object, entry: str, codes: list[str]) -> None:
    """Expect that a reading gives the table of an entry, and findings of these codes, no error."""
    parsed = parse_mirrors(raw)

    assert parsed.table == parse_mirrors(entry).table
    assert parsed.ok
    assert [finding.code for finding in parsed.findings] == codes
