# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import hypothesis

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.changes import changes
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    Evidence,
    HostEvidence,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.markdown import (
    markdown_page,
)
from tests.evidence_strategies import EVIDENCE
from tests.pages.example_reports import fleet, mended


def test_the_page_tells_the_verdict_the_problems_and_the_changes() -> None:
    before = fleet(2, 300)
    after = mended(before)
    page = markdown_page(after, next_step="do it", changes=changes(before, after))
    assert page.startswith("# Image registry verify: FAILED\n")
    assert "- Next: do it" in page
    assert "### [`endpoint_differs`](https://github.com/" in page
    assert "\nOn node-102, node-296, node-5, node-199" in page
    assert "Fix: Write harbor.example.org/airgap-images/quay.io" in page
    assert "## Since the report of 2026-01-02T03:04:05+00:00" in page
    assert "- Worse: 1\n  - node-1, node read: pass to fail" in page
    assert "| `docker.io` | `harbor.example.org/airgap-images/docker.io` |" in page
    assert "And 200 more, none of them worse" in page


@hypothesis.given(EVIDENCE)
def test_no_text_breaks_a_table_or_brings_markup(evidence: Evidence) -> None:
    page = markdown_page(evidence, next_step="x")
    # Neither what a backslash makes text, a backtick among it, nor pieces of code are markup.
    assert "<script" not in re.sub(r"\\.|`[^`\n]*`", "", page)
    width = 0
    for line in page.splitlines():
        cells = line.replace("\\\\", "").replace("\\|", "").count("|") if line[:2] == "| " else 0
        assert not cells or not width or cells == width, line
        width = cells


def test_planted_templates_and_markup_stay_text() -> None:
    planted = "{{ 7 * 7 }}{% for x in y %}{# gone #}"
    finding = Finding(planted, Severity.ERROR, planted, planted, planted)
    check = Check(planted, planted, Status.FAIL, planted, planted, (finding,))
    host = HostEvidence(planted, planted, (check,), ((planted, planted),))
    report = Evidence(planted, "2026-01-02T03:04:05+00:00", False, (host,))
    page = markdown_page(report, next_step=planted)
    assert "49" not in page
    as_text, as_code = planted.replace("*", "\\*").replace("#", "\\#"), f"`{planted}`"
    # Playbook, next step; subject and host of the cause, its words and fix; the same of the finding
    # with its check; in the tables a title and a host.
    assert page.count(as_text) == 13
    assert page.count(as_code) == 6
