# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.findings import (
    merge_findings,
)


def finding(code: str, subject: str, severity: Severity = Severity.WARNING) -> Finding:
    return Finding(code, severity, subject, f"{subject} is odd.", "mend it")


TEST_MERGE: list[tuple[list[Finding], list[tuple[str, Severity, str]]]] = [
    ([], []),
    ([finding("a", "x")], [("a", Severity.WARNING, "x is odd.")]),
    ([finding("a", "x"), finding("a", "x")], [("a", Severity.WARNING, "x is odd.")]),
    (
        [finding("a", "x"), finding("b", "y"), finding("a", "z", Severity.ERROR)],
        [
            ("a", Severity.ERROR, "x is odd. The same goes for z."),
            ("b", Severity.WARNING, "y is odd."),
        ],
    ),
    (
        [finding("a", name) for name in "stuvwxy"],
        [("a", Severity.WARNING, "s is odd. The same goes for t, u, v, w and 2 more.")],
    ),
    (
        [Finding("a", Severity.INFO, "x", text) for text in ("one.", "two.", "two.", "three.")],
        [("a", Severity.INFO, "one. The same goes for 2 more.")],
    ),
]


@pytest.mark.parametrize(("findings", "expected"), TEST_MERGE)
def test_one_finding_a_code(
    findings: list[Finding], expected: list[tuple[str, Severity, str]]
) -> None:
    merged = merge_findings(findings)
    assert [(one.code, one.severity, one.message) for one in merged] == expected
