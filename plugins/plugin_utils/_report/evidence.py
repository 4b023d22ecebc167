# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The evidence of a run, as data to keep, and what to do after it."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import re
import typing as t

from ...module_utils._causes import cause_of
from ...module_utils._evidence import Check, Finding, Severity, Status, overall, status_of
from .._webhook.objects import BREAK_GLASS

SCHEMA = "palette.image_registry/evidence/2"
FORMER_SCHEMAS = ("palette.image_registry/evidence/1",)
"""Forms that can still be read: the first had no causes."""

_UNTIL = "until the cluster was put back"


@dataclasses.dataclass(frozen=True)
class HostEvidence:
    """The checks of one inventory host; `cluster` is the cluster to which a node belongs.

    `mirrors` are the (source, target) pairs that were asked for, of a cluster alone, and
    `missing_copies` the commands that copy what its registry lacks.
    """

    host: str
    cluster: str
    checks: tuple[Check, ...]
    mirrors: tuple[tuple[str, str], ...] = ()
    missing_copies: tuple[str, ...] = ()

    @property
    def is_node(self) -> bool:
        """Return whether this is a node of a cluster, not a cluster."""
        return self.host != self.cluster

    @property
    def status(self) -> Status:
        """Return the verdict over this host."""
        return overall(check.status for check in self.checks)

    def to_dict(self, found: t.Container[str]) -> dict[str, t.Any]:
        """Return plain data; `found` are the codes by which a finding's cause is known."""
        mirrors = [{"source": source, "target": target} for source, target in self.mirrors]
        return {
            "host": self.host,
            "cluster": self.cluster,
            "status": self.status.value,
            **({"mirrors": mirrors} if mirrors else {}),
            **({"missing_copies": list(self.missing_copies)} if self.missing_copies else {}),
            "checks": [_with_causes(check, found) for check in self.checks],
        }


def _with_causes(check: Check, found: t.Container[str]) -> dict[str, t.Any]:
    data = check.to_dict()
    for finding in data["findings"]:
        finding["cause"] = cause_of(finding["code"], found)
    return data


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
        found: dict[str, list[Status]] = {}
        for host in self.hosts:
            found.setdefault(host.cluster, []).append(host.status)
        return {name: overall(statuses) for name, statuses in found.items()}

    def counts(self) -> dict[str, int]:
        """Return how many checks ended how."""
        statuses = [check.status for host in self.hosts for check in host.checks]
        return {status.value: statuses.count(status) for status in Status}

    def codes_by_host(self) -> dict[str, frozenset[str]]:
        """Return the codes found on each host; a node's are those of its cluster as well."""
        own = {
            host.host: frozenset(one.code for check in host.checks for one in check.findings)
            for host in self.hosts
        }
        return {
            host.host: own[host.host] | own.get(host.cluster, frozenset()) for host in self.hosts
        }

    def to_dict(self) -> dict[str, t.Any]:
        """Return the report as data, but for its list of causes."""
        codes = self.codes_by_host()
        return {
            "schema": SCHEMA,
            "playbook": self.playbook,
            "finished": self.finished,
            "check_mode": self.check_mode,
            "status": self.status.value,
            "counts": self.counts(),
            "clusters": {name: status.value for name, status in self.clusters().items()},
            "hosts": [host.to_dict(codes[host.host]) for host in self.hosts],
        }


def in_order(hosts: t.Iterable[HostEvidence]) -> tuple[HostEvidence, ...]:
    """Return hosts cluster by cluster, the cluster before its nodes, node-2 before node-10."""
    return tuple(
        sorted(hosts, key=lambda host: (_natural(host.cluster), host.is_node, _natural(host.host)))
    )


def _natural(name: str) -> tuple[t.Any, ...]:
    parts = re.split(r"([0-9]+)", name)
    numbers = [part.lstrip("0") for part in parts[1::2]]
    return (*zip(parts[::2], [*((len(one), one) for one in numbers), ()], strict=True), name)


def as_past(checks: t.Iterable[Check]) -> tuple[Check, ...]:
    """Return checks of what was put back since: their errors hold no more, but tell what failed."""
    return tuple(
        dataclasses.replace(check, findings=tuple(_as_past(one) for one in check.findings))
        for check in checks
    )


def _as_past(finding: Finding) -> Finding:
    if finding.severity is not Severity.ERROR:
        return finding
    fix = finding.fix.replace(BREAK_GLASS, "").rstrip("; ")
    return dataclasses.replace(finding, message=f"{_UNTIL}: {finding.message}", fix=fix)


# What a check proves by passing: that others foresaw something else counts no more.
_PROVES = {"webhook canary": ("no_default",)}


def without_disproved(checks: t.Sequence[Check]) -> tuple[Check, ...]:
    """Return the checks of a cluster, without findings that one of them has seen to be wrong."""
    passed = {check.name for check in checks if check.status is Status.PASS}
    disproved = {code for name, codes in _PROVES.items() if name in passed for code in codes}
    return tuple(_without(check, disproved) for check in checks)


def _without(check: Check, codes: t.Container[str]) -> Check:
    left = tuple(finding for finding in check.findings if finding.code not in codes)
    by_findings = check.status is status_of(check.findings)
    status = status_of(left) if by_findings else check.status
    return dataclasses.replace(check, findings=left, status=status)


def checks_by_key(host: HostEvidence) -> dict[tuple[str, str, int], Check]:
    """Return a host's checks by name, subject, and how many such there were before."""
    found: dict[tuple[str, str, int], Check] = {}
    for check in host.checks:
        number = 0
        while (check.name, check.subject, number) in found:
            number += 1
        found[(check.name, check.subject, number)] = check
    return found


__all__ = (
    "FORMER_SCHEMAS",
    "SCHEMA",
    "Evidence",
    "HostEvidence",
    "as_past",
    "checks_by_key",
    "in_order",
    "without_disproved",
)
