# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as Markdown, for a ticket, a wiki or a merge request."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ...module_utils._evidence import Severity, Status
from .._templates import markdown, trusted
from .changes import Changes
from .evidence import Evidence
from .matrix import cluster_matrix, node_matrix
from .problems import causes
from .routes import routes
from .summary import VERDICTS

_CONSTANTS: dict[str, t.Any] = {
    "VERDICTS": VERDICTS,
    "MARKS": {
        Status.PASS: "ok",
        Status.WARN: "warn",
        Status.FAIL: trusted("**FAIL**"),
        Status.SKIP: "skip",
    },
    "HEADINGS": {
        Severity.ERROR: "Errors",
        Severity.WARNING: "Warnings",
        Severity.INFO: "Good to know",
    },
    # A page for people: of what is many, the worst; the JSON has all.
    "ROWS": 100,
    "OCCURRENCES": 5,
}


def markdown_page(evidence: Evidence, *, next_step: str, changes: Changes | None = None) -> str:
    """Return the report as one page of Markdown."""
    return markdown(
        "_report/assets/report.md.j2",
        **_CONSTANTS,
        evidence=evidence,
        next_step=next_step,
        causes=causes(evidence),
        changes=changes,
        routes=routes(evidence),
        cluster_matrix=cluster_matrix(evidence),
        node_matrix=node_matrix(evidence),
    )


__all__ = ("markdown_page",)
