# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The evidence of a run, as data to keep, and what to do after it."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import re
import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status
from .._webhook.objects import BREAK_GLASS, MEND_GLASS

PUT_BACK = ("secret put back", "release put back", "webhook answers", "put back")
"""The checks by which a rollback proves what it did."""

SCHEMA = "palette.image_registry/evidence/1"

BADNESS = (Status.SKIP, Status.PASS, Status.WARN, Status.FAIL)
"""The statuses from what counts least to what counts most."""

WORST_FIRST = (Status.FAIL, Status.WARN, Status.SKIP, Status.PASS)
"""The statuses in the order in which people read them."""

_UNTIL = "until the cluster was put back"

# How many hosts a summary for machines names; the report has them all.
_NAMED = 20


@dataclasses.dataclass(frozen=True)
class HostEvidence:
    """The checks of one inventory host; `cluster` is the cluster to which a node belongs.

    `mirrors` are the (source, target) pairs that were asked for, of a cluster alone.
    """

    host: str
    cluster: str
    checks: tuple[Check, ...]
    mirrors: tuple[tuple[str, str], ...] = ()

    @property
    def is_node(self) -> bool:
        """Return whether this is a node of a cluster, not a cluster."""
        return self.host != self.cluster

    @property
    def status(self) -> Status:
        """Return the verdict over this host."""
        return overall(check.status for check in self.checks)

    def to_dict(self) -> dict[str, t.Any]:
        """Return plain data."""
        mirrors = [{"source": source, "target": target} for source, target in self.mirrors]
        return {
            "host": self.host,
            "cluster": self.cluster,
            "status": self.status.value,
            **({"mirrors": mirrors} if mirrors else {}),
            "checks": [check.to_dict() for check in self.checks],
        }


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
            "hosts": [host.to_dict() for host in self.hosts],
        }


def overall(statuses: t.Iterable[Status]) -> Status:
    """Return the worst of some statuses; skipped ones count only if there are no others."""
    return max(statuses, key=BADNESS.index, default=Status.SKIP)


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


def checks_by_key(host: HostEvidence) -> dict[tuple[str, str, int], Check]:
    """Return a host's checks by name, subject, and how many such there were before."""
    found: dict[tuple[str, str, int], Check] = {}
    for check in host.checks:
        number = 0
        while (check.name, check.subject, number) in found:
            number += 1
        found[(check.name, check.subject, number)] = check
    return found


def stats(evidence: Evidence, *, next_step: str, path: str) -> dict[str, t.Any]:
    """Return the few facts by which a workflow decides how to go on; `path` is the JSON report."""
    failed = [host.host for host in evidence.hosts if host.is_node and host.status is Status.FAIL]
    return {
        "schema": SCHEMA,
        "playbook": evidence.playbook,
        "finished": evidence.finished,
        "check_mode": evidence.check_mode,
        "status": evidence.status.value,
        "counts": evidence.counts(),
        "clusters": {name: status.value for name, status in evidence.clusters().items()},
        "failed_nodes": failed[:_NAMED],
        "failed_nodes_count": len(failed),
        "next_step": next_step,
        "report": path,
    }


def next_step(evidence: Evidence) -> str:
    """Return in words what to do after this run."""
    if _only_nodes_failed(evidence):
        return (
            "the cluster holds the override; the nodes that failed do not show it. Nodes that"
            " existed before an override may never change: deploy a workload cluster anew, or"
            " wait for the propagation with verify_nodes_retries, then run ansible-playbook"
            " palette.image_registry.verify. Nodes that need not show it do not belong into group"
            " palette_nodes."
        )
    if evidence.status is Status.FAIL and _was_put_back(evidence):
        return (
            "the clusters are as they were before. Correct what failed, from the top, and run the"
            " playbook again."
        )
    if evidence.status is Status.FAIL and evidence.playbook == "verify":
        return (
            "correct what failed, from the top. What differs from the settings ansible-playbook"
            " palette.image_registry.override writes again; with --check --diff it shows that"
            " first. Then verify again: that changes nothing."
        )
    if evidence.status is Status.FAIL:
        return (
            "correct what failed, from the top, and run the playbook again. A second run is"
            " safe: it changes only what still differs."
        )
    if evidence.check_mode and evidence.playbook != "verify":
        return "run the playbook without --check to make the change."
    warned = ""
    if evidence.status is Status.WARN:
        warned = "settle the warnings before you rely on it. Then "
    if evidence.playbook == "rollback":
        return _after_rollback(evidence, warned)
    nodes = any(host.is_node for host in evidence.hosts)
    if evidence.playbook == "override" and not nodes:
        return (
            f"{warned}deploy a workload cluster through Palette. It receives the override; nodes"
            " that exist already may never change. Put its nodes into group palette_nodes and run"
            " ansible-playbook palette.image_registry.verify."
        )
    return (
        f"{warned}deploy workload clusters as usual: they receive the override; nodes that existed"
        " before it may never change. Run ansible-playbook palette.image_registry.verify at any"
        " time to see whether it still holds."
    )


def _after_rollback(evidence: Evidence, warned: str) -> str:
    """Return what to do after the playbook rollback, which does one of three things."""
    checks = [check for host in evidence.hosts for check in host.checks]
    if any(finding.code == "webhook_bypassed" for check in checks for finding in check.findings):
        return (
            "no pod is swapped now. Repair the webhook: ansible-playbook"
            " palette.image_registry.verify says what is wrong with it. Then have it asked again:"
            f" {MEND_GLASS}."
        )
    if not any(check.name in PUT_BACK for check in checks):
        return f"{warned}run ansible-playbook palette.image_registry.verify."
    return (
        f"{warned}run ansible-playbook palette.image_registry.verify with the settings that held"
        " before, the registry's password of that time included. Nodes to which Palette has"
        " propagated the override are not taken back: look at them, too."
    )


def _was_put_back(evidence: Evidence) -> bool:
    """Return whether each cluster that failed in an override was seen to be as before."""
    failed = [host for host in evidence.hosts if host.status is Status.FAIL and not host.is_node]
    return (
        bool(failed)
        and evidence.playbook == "override"
        and all(
            any(check.name in PUT_BACK and check.status is not Status.FAIL for check in host.checks)
            and not any(
                check.name in PUT_BACK and check.status is Status.FAIL for check in host.checks
            )
            for host in failed
        )
    )


def _only_nodes_failed(evidence: Evidence) -> bool:
    """Return whether nodes failed and their clusters were seen to hold the override."""
    held = {
        host.host
        for host in evidence.hosts
        if not host.is_node and host.status in (Status.PASS, Status.WARN)
    }
    failed = [host for host in evidence.hosts if host.status is Status.FAIL]
    return bool(failed) and all(host.is_node and host.cluster in held for host in failed)


__all__ = (
    "BADNESS",
    "PUT_BACK",
    "SCHEMA",
    "WORST_FIRST",
    "Evidence",
    "HostEvidence",
    "as_past",
    "checks_by_key",
    "in_order",
    "next_step",
    "overall",
    "stats",
)
