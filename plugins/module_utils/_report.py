# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

"""The evidence of a run, as data to keep and as lines that a tired person reads."""

from __future__ import annotations

import dataclasses
import textwrap
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)

SCHEMA = "palette.image_registry/evidence/1"

_WIDTH = 100
_MARKS = {Status.PASS: "ok  ", Status.WARN: "warn", Status.FAIL: "FAIL", Status.SKIP: "skip"}
_VERDICTS = {
    Status.PASS: "PASSED",
    Status.WARN: "PASSED WITH WARNINGS",
    Status.FAIL: "FAILED",
    Status.SKIP: "NOTHING CHECKED",
}


@dataclasses.dataclass(frozen=True)
class HostEvidence:
    """The checks of one inventory host; `cluster` is the cluster to which a node belongs."""

    host: str
    cluster: str
    checks: tuple[Check, ...]

    @property
    def status(self) -> Status:
        """Return the verdict over this host."""
        return overall(check.status for check in self.checks)


@dataclasses.dataclass(frozen=True)
class Evidence:
    """All the checks of one run of a playbook. `finished` is an ISO 8601 time."""

    playbook: str
    finished: str
    check_mode: bool
    hosts: tuple[HostEvidence, ...]

    @property
    def status(self) -> Status:
        """Return the verdict over the run."""
        return overall(host.status for host in self.hosts)

    def clusters(self) -> dict[str, Status]:
        """Return the verdict over each cluster, its nodes included."""
        names = dict.fromkeys(host.cluster for host in self.hosts)
        return {
            name: overall(host.status for host in self.hosts if host.cluster == name)
            for name in names
        }

    def counts(self) -> dict[str, int]:
        """Return how many checks ended how."""
        checks = [check for host in self.hosts for check in host.checks]
        return {status.value: sum(check.status is status for check in checks) for status in Status}

    def to_dict(self) -> dict[str, t.Any]:
        """Return the report as data; its form is named by `schema`."""
        return {
            "schema": SCHEMA,
            "playbook": self.playbook,
            "finished": self.finished,
            "check_mode": self.check_mode,
            "status": self.status.value,
            "counts": self.counts(),
            "clusters": {name: status.value for name, status in self.clusters().items()},
            "hosts": [
                {
                    "host": host.host,
                    "cluster": host.cluster,
                    "status": host.status.value,
                    "checks": [check.to_dict() for check in host.checks],
                }
                for host in self.hosts
            ],
        }


def overall(statuses: t.Iterable[Status]) -> Status:
    """Return the worst of some statuses; skipped ones count only if there are no others."""
    order = (Status.SKIP, Status.PASS, Status.WARN, Status.FAIL)
    return max(statuses, key=order.index, default=Status.SKIP)


@dataclasses.dataclass(frozen=True)
class Line:
    """A line of the summary; `status` says how to colour it."""

    text: str
    status: Status | None = None


def summary(evidence: Evidence, *, next_step: str, report_path: str = "") -> tuple[Line, ...]:
    """Return the summary: verdict, a line a check group, what is wrong, what to do next."""
    dry = " (check mode: nothing was changed)" if evidence.check_mode else ""
    lines = [
        Line(""),
        Line(
            f"Image registry {evidence.playbook}: {_VERDICTS[evidence.status]}{dry}",
            evidence.status,
        ),
        Line("-" * _WIDTH),
    ]
    for host in evidence.hosts:
        lines += _host_lines(host)
    lines += _problem_lines(evidence)
    lines += [Line("")]
    lines += [Line(text) for text in _wrapped("Next: ", next_step)]
    if report_path:
        lines.append(Line(f"Report: {report_path}"))
    lines.append(Line(""))
    return tuple(lines)


def _host_lines(host: HostEvidence) -> list[Line]:
    name = f"cluster {host.host}" if host.host == host.cluster else f"node {host.host}"
    counts = [
        f"{sum(check.status is status for check in host.checks)} {status.value}"
        for status in Status
        if any(check.status is status for check in host.checks)
    ]
    lines = [Line(f"{_MARKS[host.status]}  {name}: {', '.join(counts)}", host.status)]
    lines += [
        Line(f"      {_MARKS[check.status]}  {_check_text(check)}", check.status)
        for check in _worth_a_line(host)
    ]
    return lines


# A node's sources are many; when all is well their number says enough.
_GROUPED = ("Secret ", "chart ", "mirror ", "endpoint ", "permissions", "namespace ")


def _worth_a_line(host: HostEvidence) -> t.Iterator[Check]:
    for check in host.checks:
        if check.status is not Status.PASS or not check.name.startswith(_GROUPED):
            yield check


def _check_text(check: Check) -> str:
    text = f"{check.name}: {check.actual or check.status.value}"
    if check.status is Status.FAIL and check.expected and check.expected != check.actual:
        text += f" (expected {check.expected})"
    return textwrap.shorten(text, _WIDTH * 2, placeholder=" ...")


def _problem_lines(evidence: Evidence) -> list[Line]:
    """Return each different problem once, errors first, with the hosts that have it."""
    seen: dict[Finding, list[str]] = {}
    for host in evidence.hosts:
        for check in host.checks:
            for finding in check.findings:
                if finding.severity is not Severity.INFO:
                    seen.setdefault(finding, []).append(host.host)
    lines: list[Line] = []
    ordered = sorted(seen.items(), key=lambda item: -item[0].severity.rank)
    for finding, hosts in ordered:
        status = Status.FAIL if finding.severity is Severity.ERROR else Status.WARN
        where = ", ".join(dict.fromkeys(hosts))
        head = f"{finding.severity.value:<7}  {where}: {finding.subject}: {finding.message}"
        lines.append(Line(""))
        lines += [Line(text, status) for text in _wrapped("", head)]
        if finding.fix:
            lines += [Line(text) for text in _wrapped("         fix: ", finding.fix)]
    return lines


def _wrapped(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        f"{label}{text}",
        _WIDTH,
        subsequent_indent=" " * (len(label) or 9),
        break_long_words=False,
        break_on_hyphens=False,
    )


def next_step(evidence: Evidence) -> str:
    """Return in words what to do after this run."""
    if evidence.status is Status.FAIL:
        return (
            "correct what failed above, from the top, and run the playbook again. A second run is"
            " safe: it changes only what still differs."
        )
    if evidence.check_mode:
        return "run the playbook without --check to make the change."
    nodes = any(host.host != host.cluster for host in evidence.hosts)
    if evidence.playbook == "override" and not nodes:
        return (
            "deploy a workload cluster through Palette. It receives the override; nodes that exist"
            " already may never change. Then put its nodes into group palette_nodes and run"
            " ansible-playbook palette.image_registry.verify."
        )
    return (
        "nothing has to be done. Workload clusters deployed from now on receive the override; nodes"
        " that existed before it may never change. Run ansible-playbook"
        " palette.image_registry.verify at any time to see whether it still holds."
    )


__all__ = ("SCHEMA", "Evidence", "HostEvidence", "Line", "next_step", "overall", "summary")
