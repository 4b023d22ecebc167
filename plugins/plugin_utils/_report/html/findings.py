# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was found: each kind once, with its evidence, its hosts and what to do."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ....module_utils._causes import page_of
from ....module_utils._evidence import Severity, Status
from ..evidence import Evidence
from ..problems import CauseFound, Occurrence, Problem, causes
from ..summary import listed
from .markup import Html, chip, count, join, section, tag, text

_STATUS = {
    Severity.ERROR: Status.FAIL,
    Severity.WARNING: Status.WARN,
    Severity.INFO: Status.SKIP,
}
_HEADINGS = {
    Severity.ERROR: "Errors: correct these",
    Severity.WARNING: "Warnings: settle these before you rely on it",
    Severity.INFO: "Good to know",
}
# Of one kind so many are shown, so many more on demand; the tables and the JSON have them all.
_SHOWN = 3
_FOLDED = 50
# So many hosts are named in the line itself, all of them on demand.
_NAMED = 4


def findings_section(evidence: Evidence) -> Html:
    """Return errors, warnings and remarks."""
    found = causes(evidence)
    if not found:
        return section("findings", "Findings", tag("p", text("There are none.")))
    parts = []
    for severity, heading in _HEADINGS.items():
        of_severity = [cause for cause in found if cause.severity is severity]
        if of_severity:
            parts.append(tag("h3", text(heading), class_="kind"))
            parts += [_cause(cause) for cause in of_severity]
    return section("findings", "Findings", *parts)


def _cause(cause: CauseFound) -> Html:
    """Return one cause: errors are open, all else opens on demand."""
    status = _STATUS[cause.severity]
    times = f", {cause.times:,} times" if cause.times > 1 else ""
    head = tag(
        "summary",
        chip(status, cause.severity.value),
        tag("code", text(cause.code)),
        tag("span", text(cause.subject), class_="what"),
        tag("span", text(f"on {listed(cause.hosts, _NAMED)}{times}"), class_="where"),
        tag("span", text(cause.message), class_="first"),
    )
    fix = tag("p", tag("strong", text("Fix: ")), text(cause.fix), class_="fix")
    page = tag("p", tag("a", text(f"About {cause.code}"), href=page_of(cause.code)))
    parts = [part for problem in cause.problems for part in _problem(problem)]
    is_open = cause.severity is Severity.ERROR
    return tag(
        "details",
        head,
        fix if cause.fix else Html(""),
        page,
        *parts,
        class_=f"problem {status.value}",
        open=is_open,
    )


def _problem(problem: Problem) -> list[Html]:
    shown = [_occurrence(one) for one in problem.occurrences[:_SHOWN]]
    more = problem.occurrences[_SHOWN:_FOLDED]
    if more:
        label = tag("summary", text(f"{len(problem.occurrences) - _SHOWN:,} more like it"))
        shown.append(tag("details", label, *(_occurrence(one) for one in more), class_="more"))
    rest = len(problem.occurrences) - _FOLDED
    if rest > 0:
        shown.append(tag("p", text(f"And {rest:,} more: see the tables below, or the JSON file.")))
    return shown


def _occurrence(occurrence: Occurrence) -> Html:
    finding, check = occurrence.finding, occurrence.check
    facts = [("Check", tag("span", text(check.name)))]
    if check.expected:
        facts.append(("Expected", tag("code", text(check.expected))))
    if check.actual:
        facts.append(("Found", tag("code", text(check.actual))))
    facts.append(("Hosts", _hosts(occurrence.hosts)))
    fix = tag("p", tag("strong", text("Fix: ")), text(finding.fix), class_="fix")
    words = tag(
        "div",
        tag("p", tag("strong", text(finding.subject)), class_="subject"),
        tag("p", text(finding.message), class_="message"),
        fix if finding.fix else Html(""),
    )
    evidence = tag("dl", *(_fact(*fact) for fact in facts), class_="evidence")
    return tag("div", words, evidence, class_="occurrence")


def _fact(name: str, value: Html) -> Html:
    return tag("div", tag("dt", text(name)), tag("dd", value))


def _hosts(hosts: t.Sequence[str]) -> Html:
    names = join((text(host) for host in hosts), ", ")
    if len(hosts) <= _NAMED:
        return names
    return tag("details", tag("summary", text(count(len(hosts), "host"))), names, class_="more")


__all__ = ("findings_section",)
