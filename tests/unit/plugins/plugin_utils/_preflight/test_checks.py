# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._preflight.checks import (
    findings_check,
    helm_check,
    verdict,
)

ERROR = Finding("a_code", Severity.ERROR, "x", "it is wrong", "mend it")
WARNING = Finding("a_code", Severity.WARNING, "x", "it is odd")


@pytest.mark.parametrize(
    ("output", "actual", "codes"),
    [
        ("v3.14.0+g3fc9f4b", "v3.14.0", []),
        ("v4.1.4+g05fa379", "v4.1.4", []),
        ("v3.13.9+g1", "v3.13.9", ["helm_too_old"]),
        ("some text", "some text", ["helm_too_old"]),
        (None, "missing", ["helm_missing"]),
    ],
)
def test_helm(output: str | None, actual: str, codes: list[str]) -> None:
    check = helm_check("x", "/opt/helm", output)
    assert (check.actual, [item.code for item in check.findings]) == (actual, codes)
    assert check.status is (Status.FAIL if codes else Status.PASS)


@pytest.mark.parametrize(
    ("findings", "status"),
    [((), Status.PASS), ((WARNING,), Status.WARN), ((WARNING, ERROR), Status.FAIL)],
)
def test_a_check_is_as_bad_as_its_findings(findings: tuple[Finding, ...], status: Status) -> None:
    assert findings_check("inputs", "x", "read", findings).status is status


def test_the_verdict_names_every_error_and_nothing_else() -> None:
    good = Check("a", "x", Status.PASS)
    warned = Check("b", "x", Status.WARN, findings=(WARNING,))
    failed = Check("c", "x", Status.FAIL, findings=(WARNING, ERROR))
    assert verdict([good, warned]) == "everything holds"
    assert verdict([good, failed]) == (
        "1 check failed; nothing was changed.\nerror: x: it is wrong. Fix: Mend it. [a_code]"
    )
    assert verdict([failed, failed]).startswith("2 checks failed; ")
