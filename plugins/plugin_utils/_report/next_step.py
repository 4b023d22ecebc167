# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do next, in a sentence, and the statistics of a run."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import itertools
import typing as t

from ...module_utils._evidence import Status
from .._webhook.objects import MEND_GLASS
from .evidence import SCHEMA, Evidence

PUT_BACK = ("secret put back", "release put back", "webhook answers", "put back")
"""The checks by which a rollback proves what it did."""

_BACK = ("rollback", "break_glass", "forget")

# How many hosts a summary for machines names; the report has them all.
_NAMED = 20
# Characters. AWX keeps the summary in its database, and hands it to each job that follows.
_COPIES = 64 * 1024


def stats(evidence: Evidence, *, next_step: str, path: str) -> dict[str, t.Any]:
    """Return the few facts by which a workflow decides how to go on; `path` is the JSON report."""
    failed = [host.host for host in evidence.hosts if host.is_node and host.status is Status.FAIL]
    copies = list(dict.fromkeys(one for host in evidence.hosts for one in host.missing_copies))
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
        "missing_copies": _bounded(copies),
        "missing_copies_count": len(copies),
        "next_step": next_step,
        "report": path,
    }


def _bounded(texts: t.Sequence[str]) -> list[str]:
    """Return the first of some texts, as many as there is room for."""
    lengths = itertools.accumulate(map(len, texts))
    return [text for text, length in zip(texts, lengths, strict=True) if length <= _COPIES]


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
    if evidence.playbook in _BACK:
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
    """Return what to do after a playbook that takes something back."""
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


__all__ = ("PUT_BACK", "next_step", "stats")
