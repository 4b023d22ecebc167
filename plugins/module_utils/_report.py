# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

"""The evidence of a run, as data to keep, and what to do after it."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Status,
)

SCHEMA = "palette.image_registry/evidence/1"


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
    if evidence.status is Status.FAIL:
        return (
            "correct what failed above, from the top, and run the playbook again. A second run is"
            " safe: it changes only what still differs."
        )
    if evidence.check_mode:
        return "run the playbook without --check to make the change."
    warned = ""
    if evidence.status is Status.WARN:
        warned = "settle the warnings above before you rely on it. Then "
    nodes = any(host.host != host.cluster for host in evidence.hosts)
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


def _only_nodes_failed(evidence: Evidence) -> bool:
    failed = [host for host in evidence.hosts if host.status is Status.FAIL]
    return bool(failed) and all(host.host != host.cluster for host in failed)


__all__ = ("SCHEMA", "Evidence", "HostEvidence", "next_step", "overall")
