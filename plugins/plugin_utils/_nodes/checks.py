# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nodes that were not seen: a run says how many, and why."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status

UNREAD_VARIABLE = "palette_nodes_unread"
"""The variable of all hosts that names the clusters whose nodes are not in the inventory."""

READ_CHECK = "node read"
_EXPECTED = "answers"
_NAMES = 6


def unseen_check(subject: str, cause: str, message: str, fix: str) -> Check:
    """Return the check of a node that could not be read; `cause` is a stable word."""
    finding = Finding(f"node_{cause}", Severity.ERROR, subject, message, fix)
    return Check(READ_CHECK, subject, Status.FAIL, _EXPECTED, cause, (finding,))


def no_evidence(host: str, is_node: bool, told: str) -> Check:
    """Return the failed check of a host that was to be judged and has shown nothing.

    `told` is what the task said that ended without a check, if it said anything.
    """
    message = "it was to be judged, and there is no evidence: its check was not made, or broke off"
    fix = "read what its tasks say above, then run again; with --limit for it alone"
    if told:
        message = f"{message}: {told}"
    if is_node:
        return unseen_check(host, "not_judged", message, fix)
    finding = Finding("no_evidence", Severity.ERROR, host, message, fix)
    return Check("evidence", host, Status.FAIL, "checks", "none", (finding,))


def not_due(host: str) -> Check:
    """Return the check of a node that was not looked at, since its cluster shows no override."""
    return Check(
        READ_CHECK, host, Status.SKIP, "", "not looked at: its cluster has no override yet"
    )


def unread_checks(entries: t.Any, palette_cluster: str) -> tuple[Check, ...]:
    """Return a failed check for each cluster of which the inventory lacks nodes.

    Without it a run would be green that did not see them. An entry that names no `palette_cluster`
    is about all: of a file that could not be read, nobody knows whose nodes it has.
    """
    checks = []
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and entry.get("palette_cluster") in ("", palette_cluster):
            subject = str(entry.get("workload_cluster"))
            finding = Finding(
                "nodes_not_listed",
                Severity.ERROR,
                subject,
                f"nodes of it are not in the inventory, so nobody saw them: {entry.get('reason')}",
                "see to it that the inventory can read this cluster, then run again",
            )
            name = f"nodes of {subject}"
            checks.append(
                Check(name, palette_cluster, Status.FAIL, "listed", "not listed", (finding,))
            )
    return tuple(checks)


def unseen_line(checks: t.Iterable[Check]) -> str:
    """Return a line that counts the nodes that were not seen, by cause; empty if all were."""
    causes: dict[str, list[str]] = {}
    for check in checks:
        if check.name == READ_CHECK and check.expected == _EXPECTED:
            causes.setdefault(check.actual, []).append(check.subject)
    number = sum(map(len, causes.values()))
    if not number:
        return ""
    counted = "1 node was" if number == 1 else f"{number} nodes were"
    listed = "; ".join(f"{cause}: {_listed(names)}" for cause, names in causes.items())
    return f"{counted} not seen: {listed}"


def _listed(names: t.Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return ", ".join(names[:_NAMES]) + more


_LITERAL = "mirror of "


_WORKING = ("endpoint of ", " works")


def literal_name(source: str) -> str:
    """Return the name of the check whether a source's endpoint is configured to the letter."""
    return f"{_LITERAL}{source}"


def working_name(source: str) -> str:
    """Return the name of the check whether a registry answers what containerd requests."""
    before, after = _WORKING
    return f"{before}{source}{after}"


def literal_source(name: str) -> str:
    """Return the source of a check named by `literal_name`, empty for any other check."""
    return name.removeprefix(_LITERAL) if name.startswith(_LITERAL) else ""


def source_of(name: str) -> str:
    """Return the source of a check about one source of a node, empty for any other check."""
    before, after = _WORKING
    if name.startswith(before) and name.endswith(after):
        return name[len(before) : -len(after)]
    return literal_source(name)


__all__ = (
    "READ_CHECK",
    "UNREAD_VARIABLE",
    "literal_name",
    "literal_source",
    "no_evidence",
    "not_due",
    "source_of",
    "unread_checks",
    "unseen_check",
    "unseen_line",
    "working_name",
)
