# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as Markdown, for a ticket, a wiki or a merge request."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ...module_utils._causes import page_of
from ...module_utils._evidence import Severity, Status
from .._markdown import markdown_code, markdown_text
from .changes import Change, Changes
from .evidence import Evidence
from .matrix import Matrix, cluster_matrix, node_matrix
from .problems import CauseFound, Occurrence, Problem, causes
from .routes import routes
from .summary import VERDICTS, listed

_MARKS = {Status.PASS: "ok", Status.WARN: "warn", Status.FAIL: "**FAIL**", Status.SKIP: "skip"}
_HEADINGS = {
    Severity.ERROR: "Errors",
    Severity.WARNING: "Warnings",
    Severity.INFO: "Good to know",
}
# A page for people: of what is many, the worst; the JSON has all.
_ROWS = 100
_OCCURRENCES = 5

Lines = t.Iterator[str]


def markdown_page(evidence: Evidence, *, next_step: str, changes: Changes | None = None) -> str:
    """Return the report as one page of Markdown."""
    parts = [
        _head(evidence, next_step),
        _causes(causes(evidence)),
        _changes(changes),
        _routes(evidence),
        _matrix("Clusters", "Cluster", cluster_matrix(evidence)),
        _matrix("Nodes", "Node", node_matrix(evidence)),
    ]
    return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part))) + "\n"


def _head(evidence: Evidence, next_step: str) -> Lines:
    yield f"# Image registry {markdown_text(evidence.playbook)}: {VERDICTS[evidence.status]}"
    yield ""
    counts = ", ".join(f"{number} {name}" for name, number in evidence.counts().items())
    yield f"- Finished: {markdown_text(evidence.finished)}"
    yield f"- Checks: {counts}"
    if evidence.check_mode:
        yield "- Check mode: nothing was changed"
    yield f"- Next: {markdown_text(next_step)}"


def _causes(found: t.Sequence[CauseFound]) -> Lines:
    gap = False
    for severity, heading in _HEADINGS.items():
        of_severity = [cause for cause in found if cause.severity is severity]
        if of_severity:
            yield from ("",) if gap else ()
            yield f"## {heading}"
            for cause in of_severity:
                yield from _cause(cause)
            gap = True


def _cause(cause: CauseFound) -> Lines:
    yield ""
    code, subject = markdown_code(cause.code), markdown_text(cause.subject)
    yield f"### [`{code}`]({page_of(cause.code)}): {subject}"
    yield ""
    times = f", {cause.times} times" if cause.times > 1 else ""
    yield f"On {markdown_text(listed(cause.hosts))}{times}. {markdown_text(cause.message)}"
    if cause.fix:
        yield ""
        yield f"Fix: {markdown_text(cause.fix)}"
    for problem in cause.problems:
        yield ""
        yield from _problem(problem)


def _problem(problem: Problem) -> Lines:
    for occurrence in problem.occurrences[:_OCCURRENCES]:
        yield from _occurrence(occurrence)
    more = len(problem.occurrences) - _OCCURRENCES
    if more > 0:
        yield f"- and {more} more `{markdown_code(problem.code)}`: see the JSON report"


def _occurrence(occurrence: Occurrence) -> Lines:
    finding, check = occurrence.finding, occurrence.check
    code = markdown_code(finding.code)
    yield f"- **{markdown_text(finding.subject)}**: {markdown_text(finding.message)} `{code}`"
    yield f"  - Check: {markdown_text(check.name)}, on {markdown_text(listed(occurrence.hosts))}"
    if check.expected or check.actual:
        expected, actual = markdown_code(check.expected), markdown_code(check.actual)
        yield f"  - Expected `{expected}`, found `{actual}`"
    if finding.fix:
        yield f"  - Fix: {markdown_text(finding.fix)}"


def _changes(changes: Changes | None) -> Lines:
    if changes is None:
        return
    yield f"## Since the report of {markdown_text(changes.since)}"
    yield ""
    if changes.nothing:
        yield "Nothing has changed."
        return
    yield from _changed("Worse", changes.worse)
    yield from _changed("Better", changes.better)
    yield from _changed("New", changes.new)
    yield from _changed("No longer checked", changes.gone)
    for label, hosts in (("New", changes.new_hosts), ("No longer seen", changes.gone_hosts)):
        if hosts:
            yield f"- {label}: {len(hosts)} hosts, {markdown_text(listed(hosts))}"


def _changed(label: str, found: t.Sequence[Change]) -> Lines:
    if not found:
        return
    yield f"- {label}: {len(found)}"
    for one in found[:_OCCURRENCES]:
        statuses = " to ".join(status.value if status else "none" for status in _both(one))
        yield f"  - {markdown_text(one.host)}, {markdown_text(one.check)}: {statuses}"
    if len(found) > _OCCURRENCES:
        yield f"  - and {len(found) - _OCCURRENCES} more"


def _both(change: Change) -> tuple[Status | None, Status | None]:
    return change.before, change.after


def _routes(evidence: Evidence) -> Lines:
    found = routes(evidence)
    if not found:
        return
    yield "## Mirrors"
    yield ""
    yield from _table_head("Pulls from", "go to", "nodes that show it", "that do not")
    for route in found:
        failed, shown = route.nodes[Status.FAIL], sum(route.nodes.values())
        target = f"`{markdown_code(route.target)}`" if route.target else "where they went before"
        yield _row(f"`{markdown_code(route.source)}`", target, str(shown - failed), str(failed))


def _matrix(heading: str, what: str, matrix: Matrix) -> Lines:
    if not matrix.rows:
        return
    rows = matrix.rows
    yield f"## {heading}"
    yield ""
    yield from _table_head(
        what, "Status", *(markdown_text(column.title) for column in matrix.columns)
    )
    for row in rows[:_ROWS]:
        cells = [_MARKS[cell] if cell else "" for cell in row.cells]
        yield _row(markdown_text(row.host.host), _MARKS[row.host.status], *cells)
    if len(rows) > _ROWS:
        yield ""
        yield f"And {len(rows) - _ROWS} more, none of them worse: see the HTML or JSON report."


def _table_head(*names: str) -> Lines:
    yield _row(*names)
    yield f"|{'---|' * len(names)}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


__all__ = ("markdown_page",)
