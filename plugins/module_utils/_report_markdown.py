# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

"""A report as Markdown, for a ticket, a wiki or a merge request."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.module_utils._report import Evidence
from ansible_collections.palette.image_registry.plugins.module_utils._report_changes import (
    Change,
    Changes,
)
from ansible_collections.palette.image_registry.plugins.module_utils._report_matrix import (
    Matrix,
    cluster_matrix,
    node_matrix,
)
from ansible_collections.palette.image_registry.plugins.module_utils._report_problems import (
    Occurrence,
    Problem,
    problems,
)
from ansible_collections.palette.image_registry.plugins.module_utils._report_routes import routes
from ansible_collections.palette.image_registry.plugins.module_utils._summary import (
    VERDICTS,
    listed,
)

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
        _problems(problems(evidence)),
        _changes(changes),
        _routes(evidence),
        _matrix("Clusters", "Cluster", cluster_matrix(evidence)),
        _matrix("Nodes", "Node", node_matrix(evidence)),
    ]
    return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part))) + "\n"


def _head(evidence: Evidence, next_step: str) -> Lines:
    yield f"# Image registry {_text(evidence.playbook)}: {VERDICTS[evidence.status]}"
    yield ""
    counts = ", ".join(f"{number} {name}" for name, number in evidence.counts().items())
    yield f"- Finished: {_text(evidence.finished)}"
    yield f"- Checks: {counts}"
    if evidence.check_mode:
        yield "- Check mode: nothing was changed"
    yield f"- Next: {_text(next_step)}"


def _problems(found: t.Sequence[Problem]) -> Lines:
    gap = False
    for severity, heading in _HEADINGS.items():
        of_severity = [problem for problem in found if problem.severity is severity]
        if of_severity:
            yield from ("",) if gap else ()
            yield f"## {heading}"
            for problem in of_severity:
                yield from _problem(problem)
            gap = True


def _problem(problem: Problem) -> Lines:
    yield ""
    times = f", {problem.times} times" if problem.times > 1 else ""
    yield f"### `{_code(problem.code)}` on {_text(listed(problem.hosts))}{times}"
    yield ""
    for occurrence in problem.occurrences[:_OCCURRENCES]:
        yield from _occurrence(occurrence)
    more = len(problem.occurrences) - _OCCURRENCES
    if more > 0:
        yield f"- and {more} more like it: see the JSON report"


def _occurrence(occurrence: Occurrence) -> Lines:
    finding, check = occurrence.finding, occurrence.check
    yield f"- **{_text(finding.subject)}**: {_text(finding.message)}"
    yield f"  - Check: {_text(check.name)}, on {_text(listed(occurrence.hosts))}"
    if check.expected or check.actual:
        yield f"  - Expected `{_code(check.expected)}`, found `{_code(check.actual)}`"
    if finding.fix:
        yield f"  - Fix: {_text(finding.fix)}"


def _changes(changes: Changes | None) -> Lines:
    if changes is None:
        return
    yield f"## Since the report of {_text(changes.since)}"
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
            yield f"- {label}: {len(hosts)} hosts, {_text(listed(hosts))}"


def _changed(label: str, found: t.Sequence[Change]) -> Lines:
    if not found:
        return
    yield f"- {label}: {len(found)}"
    for one in found[:_OCCURRENCES]:
        statuses = " to ".join(status.value if status else "none" for status in _both(one))
        yield f"  - {_text(one.host)}, {_text(one.check)}: {statuses}"
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
        target = f"`{_code(route.target)}`" if route.target else "where they went before"
        yield _row(f"`{_code(route.source)}`", target, str(shown - failed), str(failed))


def _matrix(heading: str, what: str, matrix: Matrix) -> Lines:
    if not matrix.rows:
        return
    rows = matrix.rows
    yield f"## {heading}"
    yield ""
    yield from _table_head(what, "Status", *(_text(column.title) for column in matrix.columns))
    for row in rows[:_ROWS]:
        cells = [_MARKS[cell] if cell else "" for cell in row.cells]
        yield _row(_text(row.host.host), _MARKS[row.host.status], *cells)
    if len(rows) > _ROWS:
        yield ""
        yield f"And {len(rows) - _ROWS} more, none of them worse: see the HTML or JSON report."


def _table_head(*names: str) -> Lines:
    yield _row(*names)
    yield f"|{'---|' * len(names)}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    return re.sub(r"[\\`<>*_\[\]|#&]", r"\\\g<0>", " ".join(text.split()))


def _code(text: str) -> str:
    """Return text that breaks neither a table nor a piece of code."""
    return " ".join(text.split()).replace("`", "'").replace("|", "\\|")


__all__ = ("markdown_page",)
