# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports of parts of one run (job slices, `--limit`), put together to the report of the whole."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ...module_utils._evidence import BADNESS, Check, Finding, Severity, Status
from .evidence import Evidence, HostEvidence, checks_by_key, in_order
from .read import ReportError

SLICES_CHECK = "slices"


def merge(reports: t.Sequence[Evidence]) -> Evidence:
    """Return the report of the whole; the order of the parts does not matter.

    A host of which two parts tell different things keeps the worse status of each check, or the
    later one, and gets a check that warns. Raises ReportError where there is no part, or the parts
    are not of one run.
    """
    if not reports:
        raise ReportError("there is nothing to merge")
    _refuse_strangers(reports)
    oldest_first = sorted(reports, key=lambda report: (report.finished, repr(report.hosts)))
    versions: dict[str, list[HostEvidence]] = {}
    for report in oldest_first:
        for host in report.hosts:
            versions.setdefault(host.host, []).append(host)
    latest = oldest_first[-1]
    return Evidence(
        playbook=latest.playbook,
        finished=latest.finished,
        check_mode=latest.check_mode,
        hosts=in_order(_agreed(found) for found in versions.values()),
    )


def _refuse_strangers(reports: t.Sequence[Evidence]) -> None:
    playbooks = sorted({report.playbook for report in reports})
    if len(playbooks) > 1:
        raise ReportError(f"they are reports of different playbooks: {', '.join(playbooks)}")
    if len({report.check_mode for report in reports}) > 1:
        raise ReportError("some are of check mode and some are not")


def _agreed(versions: t.Sequence[HostEvidence]) -> HostEvidence:
    """Return what the parts say of one host, the oldest part first."""
    latest = versions[-1]
    if all(version == latest for version in versions):
        return latest
    found: dict[t.Any, Check] = {}
    differ: dict[str, None] = {}
    for version in versions:
        for key, check in checks_by_key(version).items():
            known = found.get(key)
            if known is not None and known != check:
                differ[check.name] = None
            if known is None or BADNESS.index(check.status) >= BADNESS.index(known.status):
                found[key] = check
    named = ", ".join(differ) or "which checks there are"
    if len({version.cluster for version in versions}) > 1:
        named += ", and the cluster to which it belongs"
    return HostEvidence(
        latest.host,
        latest.cluster,
        (*found.values(), _conflict(latest.host, named)),
        latest.mirrors,
        latest.missing_copies,
    )


def _conflict(host: str, named: str) -> Check:
    finding = Finding(
        "slices_differ",
        Severity.WARNING,
        host,
        f"the reports that were merged do not agree on {named}; the worse status is shown",
        "let each slice have its own hosts, or merge reports of one run only",
    )
    return Check(SLICES_CHECK, host, Status.WARN, "one outcome", "different outcomes", (finding,))


__all__ = ("SLICES_CHECK", "merge")
