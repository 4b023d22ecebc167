# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The evidence of a run in the few lines that a tired person reads.

First the verdict, then a line for each cluster and group of nodes, then a block for each of the worst
causes: what, where, what happens, what to do. All of it is in the report, and here if it is asked for.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import collections
import dataclasses
import json
import re
import shlex
import textwrap
import typing as t

from ...module_utils._causes import page_of, sentence
from ...module_utils._evidence import WORST_FIRST, Check, Severity, Status
from ...module_utils._visible import visible, visible_line
from .._nodes.checks import unseen_line
from .._templates import listed
from .evidence import Evidence, HostEvidence
from .problems import CauseFound, Problem, causes

_WIDTH = 100
_MARKS = {Status.PASS: "ok  ", Status.WARN: "warn", Status.FAIL: "FAIL", Status.SKIP: "skip"}
VERDICTS = {
    Status.PASS: "PASSED",
    Status.WARN: "PASSED WITH WARNINGS",
    Status.FAIL: "FAILED",
    Status.SKIP: "NOTHING CHECKED",
}
_STATUS_OF = {Severity.ERROR: Status.FAIL, Severity.WARNING: Status.WARN}
_WORDS = {Status.PASS: "ok", Status.WARN: "warn", Status.FAIL: "failed", Status.SKIP: "skipped"}
_FACTS = (
    "cluster identity",
    "registry",
    "live Secret",
    "images",
    "image-swap release",
    "registry secret",
    "webhook canary",
    "secret put back",
    "release put back",
    "snapshots",
)
# What was done to a cluster, in the few words before the details.
_DONE = ("image-swap release", "registry secret")
_PUT_BACK = ("release put back", "secret put back")
_NOT_ROLLED_OUT = "webhook_not_rolled_out"
# So many causes are spelled out, each in so many lines; the others are counted.
_SPELLED_OUT = 3
_BLOCK = 4
_INDENT = " " * 6
_MORE = " ..."


@dataclasses.dataclass(frozen=True)
class Line:
    """A line of the summary; `status` says how to colour it."""

    text: str
    status: Status | None = None


def summary(
    evidence: Evidence,
    *,
    next_step: str,
    report_paths: t.Sequence[str] = (),
    whole: bool = False,
) -> tuple[Line, ...]:
    """Return verdict, a line a cluster and a kind of node, the causes, what to do next.

    The first of the report's files is named whole, of the others only how they end. `whole` spells
    out every cause with all that was found of it, and what is known of each host.
    """
    dry = " (check mode: nothing was changed)" if evidence.check_mode else ""
    but = _but(evidence)
    verdict = f"Image registry {evidence.playbook}: {VERDICTS[evidence.status]}{but}{dry}"
    lines = [Line(""), Line(verdict, evidence.status)]
    for hosts in _alike(evidence.hosts):
        lines += _host_lines(hosts, whole)
    unseen = unseen_line(check for host in evidence.hosts for check in host.checks)
    if unseen:
        lines += [Line(text, Status.FAIL) for text in _wrapped("", unseen)]
    found = causes(evidence)
    lines += _whole_causes(found) if whole else _worst_causes(found, report_paths)
    lines.append(Line(""))
    lines += [Line(text) for text in _wrapped("Next: ", next_step)]
    if report_paths:
        first, *others = report_paths
        endings = ", ".join(f".{path.rpartition('.')[2]}" for path in others)
        lines.append(Line(f"Report: {first}{f' (also {endings})' if others else ''}"))
    lines.append(Line(""))
    return tuple(Line(visible_line(line.text), line.status) for line in lines)


def _but(evidence: Evidence) -> str:
    """Return what a verdict that is no failure would hide."""
    found = (
        host.host
        for host in evidence.hosts
        if any(one.code == _NOT_ROLLED_OUT for check in host.checks for one in check.findings)
    )
    clusters = list(dict.fromkeys(found))
    if not clusters or evidence.status is Status.FAIL:
        return ""
    return f", BUT THE WEBHOOK DOES NOT RUN YET ({listed(clusters)})"


def _alike(hosts: t.Sequence[HostEvidence]) -> list[list[HostEvidence]]:
    """Return clusters one by one and nodes in groups of the same outcome, in their order."""
    groups: dict[t.Any, list[HostEvidence]] = {}
    for host in hosts:
        outcome: t.Any = host.host
        if host.is_node:
            outcome = (host.cluster, tuple((check.name, check.status) for check in host.checks))
        groups.setdefault(outcome, []).append(host)
    return list(groups.values())


def _host_lines(hosts: t.Sequence[HostEvidence], whole: bool) -> t.Iterator[Line]:
    """Yield one line for hosts of the same outcome; after it, if asked, what is known of them."""
    first, status = hosts[0], hosts[0].status
    kind = "node" if first.is_node else "cluster"
    number = f"{len(hosts)} nodes" if len(hosts) > 1 else kind
    said = ", ".join([*_done(first.checks), _tally(first)])
    line = f"{_MARKS[status]}  {number} {listed([host.host for host in hosts], 3)}: {said}"
    yield Line(_shortened(line, _WIDTH), status)
    if not whole:
        return
    for check_status in WORST_FIRST:
        names = [check.name for check in first.checks if check.status is check_status]
        if names:
            yield Line(f"{_INDENT}{_MARKS[check_status]}  {_counted(names)}", check_status)
    for fact in _facts(first.checks):
        yield Line(f"{_INDENT}{fact}")


def _done(checks: t.Iterable[Check]) -> t.Iterator[str]:
    actual: dict[str, str] = {}
    for check in checks:  # the first tells what was done, a later one of that name what is there
        if check.name in (*_DONE, *_PUT_BACK):
            actual.setdefault(check.name, check.actual.partition(":")[0])
    back = [f"{name}: {actual[name]}" for name in _PUT_BACK if name in actual]
    yield from back or (f"{name} {text}" for name, text in actual.items())


def _tally(host: HostEvidence) -> str:
    """Return how many checks ended how, the worst by name if they are bad."""
    counts = collections.Counter(check.status for check in host.checks)
    worst, total = host.status, len(host.checks)
    number = f"{counts[worst]}" if counts[worst] == total else f"{counts[worst]} of {total}"
    tally = f"{number} check{'s' * (total != 1)} {_WORDS[worst]}"
    if worst in _STATUS_OF.values():
        bad = dict.fromkeys(check.name for check in host.checks if check.status is worst)
        tally += f" ({listed(list(bad), 3)})"
    others = (one for one in (Status.WARN, Status.SKIP) if counts[one] and one is not worst)
    return ", ".join([tally, *(f"{counts[one]} {_WORDS[one]}" for one in others)])


def _facts(checks: t.Iterable[Check]) -> t.Iterator[str]:
    """Yield what is worth a line even when all is well: which cluster it was, what was done."""
    actual: dict[str, str] = {}
    for check in checks:
        if check.name in _FACTS and check.actual:
            actual.setdefault(check.name, check.actual)
    for name, text in actual.items():
        yield f"{name}: {text}"


def _counted(names: t.Sequence[str]) -> str:
    unique = list(dict.fromkeys(names))
    return f"{len(names)} check{'s' * (len(names) > 1)}: {listed(unique, 3)}"


def _worst_causes(found: t.Sequence[CauseFound], report_paths: t.Sequence[str]) -> t.Iterator[Line]:
    """Yield a block for each of the worst causes, and how many others there are."""
    told = [cause for cause in found if cause.severity in _STATUS_OF]
    for cause in told[:_SPELLED_OUT]:
        yield Line("")
        yield from _block(cause)
    others = told[_SPELLED_OUT:]
    if others:
        yield Line("")
        counts = collections.Counter(cause.severity for cause in others)
        number = ", ".join(
            f"{count} more {severity.value}{'s' * (count > 1)}"
            for severity, count in counts.items()
        )
        names = listed([cause.code for cause in others], 4)
        rest = f"And {number}: {names}{_way_to_all(report_paths)}"
        yield from (Line(text) for text in _wrapped("", rest))


def _way_to_all(report_paths: t.Sequence[str]) -> str:
    data = next((path for path in report_paths if path.endswith(".json")), "")
    if not data:
        return " (-v shows them)"
    inputs = shlex.quote(json.dumps({"report_inputs": [data]}))
    return f"; ansible-playbook palette.image_registry.report -v -e {inputs} shows them"


def _block(cause: CauseFound) -> list[Line]:
    """Return what, where, what happens and what to do, in at most four lines."""
    status = _STATUS_OF[cause.severity]
    times = f", {cause.times} times" if cause.times > 1 else ""
    what = f"{_MARKS[status]}  {cause.code}: {cause.subject}"
    where = f"on {listed(cause.hosts)}{times}"
    heads = [f"{what}, {where}"]
    if len(heads[0]) > _WIDTH:
        heads = [_shortened(what, _WIDTH), _shortened(f"{_INDENT}{where}", _WIDTH)]
    room = _BLOCK - len(heads)
    fix = _wrapped(f"{_INDENT}fix: ", sentence(cause.fix)) if cause.fix else []
    message = _wrapped(_INDENT, cause.message)
    for_message = max(1, room - len(fix))
    if len(message) > for_message:
        message = _in_lines(_INDENT, cause.message, for_message)
    if len(fix) > room - len(message):
        fix = _in_lines(f"{_INDENT}fix: ", sentence(cause.fix), room - len(message))
    return [
        *(Line(text, status) for text in heads),
        *(Line(text) for text in (*message, *fix)),
    ]


def _in_lines(label: str, text: str, most: int) -> list[str]:
    """Return the sentences of a text that fit into so many lines, or as many of its words."""
    for end in reversed([match.end() for match in _SENTENCE.finditer(text)]):
        lines = _wrapped(label, text[:end].strip())
        if len(lines) <= most:
            return lines
    lines = _wrapped(label, text)[:most]
    return [*lines[:-1], _shortened(f"{lines[-1]}{_MORE}", _WIDTH)]


# A full stop within a name, an address or an abbreviation ends no sentence.
_SENTENCE = re.compile(r"[.;?!](?=\s+\S)")


def _whole_causes(found: t.Sequence[CauseFound]) -> t.Iterator[Line]:
    """Yield every cause with all that was found of it, and where it is documented."""
    for cause in found:
        yield Line("")
        for problem in cause.problems:
            yield from _kind_lines(problem)
        yield Line(f"  see: {page_of(cause.code)}")


def _kind_lines(problem: Problem) -> t.Iterator[Line]:
    severity = problem.severity
    times = f", {problem.times} times" if problem.times > 1 else ""
    head = f"{severity.value.upper()} {problem.code} on {listed(problem.hosts)}{times}"
    yield Line(head, _STATUS_OF.get(severity))
    for occurrence in problem.occurrences:
        finding = occurrence.finding
        yield from (Line(text) for text in _wrapped("  ", f"{finding.subject}: {finding.message}"))
        if finding.fix:
            yield from (Line(text) for text in _wrapped("  fix: ", sentence(finding.fix)))


def _shortened(text: str, most: int) -> str:
    """Return a text that fits, cut between words where it does not."""
    text = visible_line(text)
    if len(text) <= most:
        return text
    cut = text[: most - len(_MORE)]
    return f"{cut.rpartition(' ')[0] or cut}{_MORE}"


def _wrapped(label: str, text: str) -> list[str]:
    """Return a text in lines; what begins one in the text itself is marked, it is not our word."""
    lines: list[str] = []
    for paragraph in visible(text).split("\n"):
        lines += textwrap.wrap(
            paragraph,
            _WIDTH,
            initial_indent=label if not lines else f"{' ' * len(label)}| ",
            subsequent_indent=" " * len(label),
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines


__all__ = ("VERDICTS", "Line", "summary")
