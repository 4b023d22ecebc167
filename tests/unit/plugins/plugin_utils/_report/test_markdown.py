# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import collections
import dataclasses
import re
import typing as t

import hypothesis

from ansible_collections.palette.image_registry.plugins.module_utils._causes import FINDINGS_URL
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
from tests.unit.helpers.markdown_reader import read_markdown

_PLAIN = re.compile(r"[A-Za-z0-9 .:+-]*|\s*@\s*")


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
    shown = read_markdown(markdown_page(evidence, next_step="x"))
    assert not shown.html
    assert all(link.startswith(FINDINGS_URL) for link in shown.links)
    plain_page = read_markdown(markdown_page(plain(evidence), next_step="x"))
    assert collections.Counter(shown.structure) == collections.Counter(plain_page.structure)


def plain(evidence: Evidence) -> Evidence:
    """Return the same evidence with a word for each text in which something could be markup."""
    words: dict[str, str] = {}

    def said(value: t.Any) -> t.Any:
        if isinstance(value, str) and not isinstance(value, Severity | Status):
            return value if _PLAIN.fullmatch(value) else words.setdefault(value, f"w{len(words)}w")
        if isinstance(value, tuple):
            return tuple(said(item) for item in value)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = {f.name: said(getattr(value, f.name)) for f in dataclasses.fields(value)}
            return dataclasses.replace(value, **fields)
        return value

    return t.cast(Evidence, said(evidence))


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
