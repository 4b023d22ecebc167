# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as one HTML page: what its template shows."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import hashlib
import typing as t

from ....module_utils._evidence import WORST_FIRST, Severity, Status
from ..._templates import asset, html, trusted
from ..changes import Changes
from ..evidence import SCHEMA, Evidence, HostEvidence
from ..matrix import cluster_matrix, node_matrix
from ..problems import causes
from ..routes import routes
from ..summary import VERDICTS
from .data import details_json
from .picture import MEANING, picture_of

_CONSTANTS: dict[str, t.Any] = {
    "SCHEMA": SCHEMA,
    "VERDICTS": VERDICTS,
    "WORST_FIRST": WORST_FIRST,
    "MEANING": MEANING,
    # The status in words, for those who do not see colours.
    "WORDS": {Status.PASS: "ok", Status.WARN: "warn", Status.FAIL: "fail", Status.SKIP: "skip"},
    "LABELS": {
        Status.PASS: "passed",
        Status.WARN: "warned",
        Status.FAIL: "failed",
        Status.SKIP: "skipped",
    },
    "STATUS": {
        Severity.ERROR: Status.FAIL,
        Severity.WARNING: Status.WARN,
        Severity.INFO: Status.SKIP,
    },
    "HEADINGS": {
        Severity.ERROR: "Errors: correct these",
        Severity.WARNING: "Warnings: settle these before you rely on it",
        Severity.INFO: "Good to know",
    },
    "CHOICES": {
        "": "All",
        "fail": "Failures only",
        "warn": "Failures and warnings",
        "skip": "Skipped",
    },
    # Of more clusters the worst are shown; all of them are in the table.
    "CARDS": 24,
    # Of one kind so many are shown, so many more on demand; the tables and the JSON have them all.
    "SHOWN": 3,
    "FOLDED": 50,
    # So many hosts are named in the line itself, all of them on demand.
    "NAMED": 4,
    # Rows of one kind of change; longer lists end in their number.
    "ROWS": 100,
}
# Of a bar of 1000: a few failures among thousands of checks stay visible.
_THINNEST = 4.0


def html_page(evidence: Evidence, *, next_step: str, changes: Changes | None = None) -> str:
    """Return the report as one HTML page. It asks nobody for anything: its policy forbids that."""
    css, js = (asset(f"_report/assets/report.{kind}") for kind in ("css", "js"))
    return html(
        "_report/assets/report.html.j2",
        **_CONSTANTS,
        evidence=evidence,
        next_step=next_step,
        changes=changes,
        causes=causes(evidence),
        clusters=_clusters(evidence),
        bars=list(_bars(evidence)),
        picture=picture_of(routes(evidence)),
        cluster_matrix=cluster_matrix(evidence),
        node_matrix=node_matrix(evidence),
        details=trusted(details_json(evidence)),
        css=trusted(css),
        js=trusted(js),
        policy=_policy(css, js),
    )


def _clusters(evidence: Evidence) -> list[tuple[str, list[HostEvidence]]]:
    """Return each cluster with its hosts, the worst first."""
    hosts: dict[str, list[HostEvidence]] = {}
    for host in evidence.hosts:
        hosts.setdefault(host.cluster, []).append(host)
    statuses = evidence.clusters()
    return sorted(hosts.items(), key=lambda item: WORST_FIRST.index(statuses[item[0]]))


class _Bar(t.NamedTuple):
    """How many checks ended so, and the piece of a bar of 1000 that shows it."""

    status: Status
    number: int
    start: float
    width: float


def _bars(evidence: Evidence) -> t.Iterator[_Bar]:
    counts = evidence.counts()
    total = sum(counts.values()) or 1
    start = 0.0
    for status in WORST_FIRST:
        number = counts[status.value]
        width = max(1000 * number / total, _THINNEST) if number else 0.0
        yield _Bar(status, number, start, width)
        start += width


def _policy(css: str, js: str) -> str:
    """Return the policy under which only this style sheet and this script run."""
    style, script = _digest(css), _digest(js)
    return (
        f"default-src 'none'; style-src '{style}'; script-src '{script}';"
        " base-uri 'none'; form-action 'none'"
    )


def _digest(content: str) -> str:
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


__all__ = ("html_page",)
