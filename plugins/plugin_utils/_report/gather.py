# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of a run, as its hosts have registered them."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ansible.errors import AnsibleError

from ...module_utils._evidence import Check, Status, checks_of
from ...module_utils._mirrors.notation import parse_mirrors
from ...module_utils._redact import Redactor
from .._nodes.checks import UNREAD_VARIABLE, no_evidence, not_due, unread_checks
from .due_hosts import (
    CLUSTERS,
    NODES,
    cluster_of_node,
    clusters_without_override,
    hosts_of_run,
    nothing_to_judge,
)
from .evidence import Evidence, HostEvidence, as_past, in_order, without_disproved
from .next_step import PUT_BACK

BY_ITSELF = "report"
"""The name of a report that no other playbook has asked for."""

# What a rollback undoes, and what it registers.
_UNDONE = (
    "image_swap_result",
    "registry_secret_result",
    "verify_cluster_result",
    "verify_cluster_webhook_result",
    "override_failure_result",
)
_ROLLBACK = "rollback_result"

Mirrors = tuple[tuple[str, str], ...]


def gather(
    task_vars: t.Mapping[str, t.Any],
    hosts: t.Sequence[str],
    results: t.Sequence[str],
    playbook: str = "",
    check_mode: bool = False,
) -> tuple[HostEvidence, ...]:
    """Read the registered results of each host; one without any that was to be judged has failed.

    Raises Failure if there is no host to judge.
    """
    hostvars, groups = task_vars["hostvars"], task_vars["groups"]
    limit = str(task_vars.get("ansible_limit") or "")
    found = [_read(host, hostvars[host], results, groups) for host in hosts]
    due = _due(found, set(hosts_of_run(groups, limit)) if limit else set(hosts), playbook)
    without = clusters_without_override(groups, hostvars, check_mode)
    gathered = []
    for one in found:
        host, variables, checks = one.host, hostvars[one.host], one.checks
        if host in due:
            left_out = one.is_node and cluster_of_node(variables, groups) in without
            checks = (not_due(host) if left_out else no_evidence(host, one.is_node, due[host]),)
        if host in groups.get(CLUSTERS, ()) and not limit:
            checks += unread_checks(variables.get(UNREAD_VARIABLE), host)
        if checks:
            mirrors = () if one.is_node else _mirrors(variables)
            gathered.append(HostEvidence(host, one.cluster, checks, mirrors, one.missing_copies))
    if not gathered:
        raise nothing_to_judge(groups, _groups_of(hosts, groups), limit)
    return in_order(gathered)


class _Found(t.NamedTuple):
    """What one host has registered; `told` is what a task said that ended without a check."""

    host: str
    cluster: str
    is_node: bool
    checks: tuple[Check, ...]
    told: str
    missing_copies: tuple[str, ...]


def _read(
    host: str,
    variables: t.Mapping[str, t.Any],
    results: t.Sequence[str],
    groups: t.Mapping[str, t.Sequence[str]],
) -> _Found:
    found = [variables.get(name) or {} for name in results]
    cluster = _cluster_of(host, found, variables, groups)
    is_node = host != cluster or host in groups.get(NODES, ())
    checks = {name: _checks(host, [one]) for name, one in zip(results, found, strict=True)}
    if _was_put_back(checks):
        checks.update({name: as_past(checks[name]) for name in _UNDONE if name in checks})
    seen = without_disproved([check for some in checks.values() for check in some])
    return _Found(host, cluster, is_node, seen, _told(found), _missing_copies(found))


def _was_put_back(checks: t.Mapping[str, tuple[Check, ...]]) -> bool:
    """Return whether what an override has done is undone, as far as anybody has seen."""
    seen = checks.get(_ROLLBACK, ())
    return any(check.name in PUT_BACK for check in seen) and all(
        check.status is not Status.FAIL for check in seen
    )


def _due(found: t.Sequence[_Found], run: t.Container[str], playbook: str) -> dict[str, str]:
    """Return the hosts that lack evidence which they should have, and what their tasks said.

    The playbook report by itself does not know what ran before it. There, the nodes should have
    it if one of them has, and so should the clusters.
    """
    seen = {one.is_node for one in found if one.checks}
    kinds = seen if playbook == BY_ITSELF and seen else {True, False}
    return {
        one.host: one.told
        for one in found
        if not one.checks and one.host in run and one.is_node in kinds
    }


def with_missing(
    evidence: Evidence, task_vars: t.Mapping[str, t.Any], hosts: t.Sequence[str]
) -> Evidence:
    """Return a merged report with a failed check for each host of which no part tells anything.

    Nodes were to be judged where the parts judge nodes.
    """
    hostvars, groups = task_vars.get("hostvars") or {}, task_vars.get("groups") or {}
    told = {host.host for host in evidence.hosts}
    clusters = {*groups.get(CLUSTERS, ())}
    judges_nodes = any(host.is_node for host in evidence.hosts)
    missing = [
        HostEvidence(
            host,
            _cluster_of(host, (), hostvars.get(host) or {}, groups),
            (no_evidence(host, host not in clusters, ""),),
        )
        for host in hosts
        if host not in told and (judges_nodes or host in clusters)
    ]
    return dataclasses.replace(evidence, hosts=in_order([*evidence.hosts, *missing]))


def _groups_of(hosts: t.Sequence[str], groups: t.Mapping[str, t.Sequence[str]]) -> list[str]:
    """Return the groups from which the hosts to judge were to come."""
    nodes = set(groups.get(NODES, ()))
    return [CLUSTERS] if hosts and not nodes.intersection(hosts) else [CLUSTERS, NODES]


def _checks(host: str, results: t.Iterable[t.Any]) -> tuple[Check, ...]:
    """Return the checks of all results. One that cannot be read is a failed check, too."""
    checks: list[Check] = []
    for result in results:
        try:
            checks += checks_of(result)
        except (AttributeError, KeyError, TypeError, ValueError):
            checks.append(no_evidence(host, False, "what it registered cannot be read"))
    return tuple(checks)


def _told(results: t.Iterable[t.Any]) -> str:
    """Return what a task said that ended without a check."""
    for result in results:
        if isinstance(result, t.Mapping) and (result.get("failed") or result.get("unreachable")):
            return str(result.get("msg") or "")
    return ""


def _missing_copies(results: t.Iterable[t.Any]) -> tuple[str, ...]:
    """Return the commands that copy what the registry lacks, as the tasks have registered them."""
    lists = (one.get("missing_copies") for one in results if isinstance(one, t.Mapping))
    return tuple(str(command) for some in lists for command in some or ())


def _cluster_of(
    host: str,
    results: t.Iterable[t.Mapping[str, t.Any]],
    variables: t.Mapping[str, t.Any],
    groups: t.Mapping[str, t.Sequence[str]],
) -> str:
    """Return the cluster that answers for a host; the first one for nodes that name none.

    A job slice may know a node and not its cluster: then the node's word is taken.
    """
    clusters = groups.get(CLUSTERS, ())
    if host in clusters:
        return host
    told = (one.get("palette_cluster") for one in results if isinstance(one, t.Mapping))
    named = next((str(one) for one in told if one is not None), "")
    if not named and host in groups.get(NODES, ()):
        named = cluster_of_node(variables, groups)
    if named in clusters or not clusters:
        return named or host
    return clusters[0]


def _mirrors(variables: t.Mapping[str, t.Any]) -> Mirrors:
    """Return the mirror table that a cluster was to have; none that cannot be read."""
    try:
        settings = variables.get("palette_registry")
        if not isinstance(settings, t.Mapping):
            return ()
        parsed = parse_mirrors(settings.get("mirrors") or "")
        redact = Redactor([str(settings.get("password") or "")]).text
    except AnsibleError:  # a variable that is not defined: its check has failed already
        return ()
    if not parsed.ok:
        return ()
    entries = (entry for entry in parsed.table if entry.kind == "registry")
    return tuple((redact(entry.source), redact(entry.target)) for entry in entries)


__all__ = ("gather", "with_missing")
