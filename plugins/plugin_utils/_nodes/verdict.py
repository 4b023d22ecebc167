# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a node does with a mirror table, as checks and plain data."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import posixpath
import typing as t

from ...module_utils._containerd.analysis import analyse
from ...module_utils._containerd.compare import SourceResult, compare
from ...module_utils._containerd.evaluate import load
from ...module_utils._containerd.model import UP, NodeFiles
from ...module_utils._containerd.node import Containerd
from ...module_utils._evidence import Check, Finding, Severity, Status, status_of
from ...module_utils._redact import cut
from .bounds import BoundError
from .checks import READ_CHECK, literal_name, unseen_check, working_name
from .reader import Daemon, NodeReading, restart_pending
from .script import NodeError

DAEMON_CHECK = "containerd"
# The finding of the comparison that speaks of working, not of agreement.
_NOT_WORKING = "endpoint_not_working"
_EXCERPT = 200
_MAX_TEXT = 2000
_MAX_FINDINGS = 100


@dataclasses.dataclass(frozen=True)
class Expectation:
    """What a node is judged by.

    `endpoints` are (source, endpoint) pairs; `assumed_version` is taken where a node does not
    tell its containerd's; `require_working` lets working endpoints gate too.
    """

    subject: str
    endpoints: tuple[tuple[str, str], ...]
    require_working: bool
    assumed_version: str


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The judgement on one node that was read."""

    containerd: Containerd | None
    checks: tuple[Check, ...]
    sources: tuple[SourceResult, ...]
    described: dict[str, t.Any]


def unread(error: NodeError, subject: str) -> Check:
    """Return the check of a node that could not be read."""
    return unseen_check(subject, error.cause, str(error), error.fix)


def unjudged(error: Exception, subject: str) -> Check:
    """Return the check of a node on whose answer the judgement failed: it has no other."""
    if isinstance(error, BoundError):
        fix = "Look at the files under /etc/containerd there for what nobody writes by hand."
        return unseen_check(
            subject, "beyond_bounds", f"what the node said is not judged: {error}", fix
        )
    told = cut(" ".join(str(error).split()), _EXCERPT)
    message = f"the judgement stumbled over what the node said: {type(error).__name__}: {told}"
    return unseen_check(subject, "not_judged", message, "Report this with the node's files.")


def judge(reading: NodeReading, expectation: Expectation) -> Verdict:
    """Judge a node that was read."""
    subject = expectation.subject
    read = Check(READ_CHECK, subject, status_of(reading.findings), findings=reading.findings)
    daemon = reading.daemon
    if daemon is None:
        return Verdict(None, (read, _no_daemon(subject)), (), {})
    node = NodeFiles(
        files=reading.files,
        version=daemon.version or expectation.assumed_version,
        config_path=daemon.config_path,
        dump=daemon.dump,
        unreadable=reading.unreadable,
    )
    containerd = load(node)
    sources = compare(
        containerd, expectation.endpoints, subject, require_working=expectation.require_working
    )
    findings = [
        *analyse(containerd),
        *_daemon_findings(reading, daemon, expectation),
        *_not_followed(reading, containerd),
    ]
    if not all(source.literal for source in sources):
        findings += _told_by_files(node, findings)
    checks = [read, _daemon_check(containerd, findings, subject)]
    for source in sources:
        checks.append(_literal_check(source))
        checks.append(_working_check(source, expectation.require_working))
    kept = tuple(map(_shortened, checks))
    return Verdict(containerd, kept, sources, _describe(daemon, containerd))


def _shortened(check: Check) -> Check:
    """Return a check whose texts and findings are as many as a person may want to read.

    Nodes write both, and every report keeps them.
    """
    left_out = len(check.findings) - _MAX_FINDINGS
    if left_out > 0:
        ordered = sorted(check.findings, key=lambda finding: -finding.severity.rank)
        more = Finding(
            "findings_left_out", Severity.INFO, check.subject, f"{left_out} more are left out"
        )
        check = dataclasses.replace(check, findings=(*ordered[:_MAX_FINDINGS], more))
    return check.rewritten(_cut)


def _cut(text: str) -> str:
    return cut(text, _MAX_TEXT)


def unfollowed(reading: NodeReading, containerd: Containerd) -> t.Iterator[tuple[str, str]]:
    """Yield (file, import) of each import that the node did not expand just as containerd does."""
    merged = containerd.merged
    for file in merged.files if merged and not merged.from_dump else ():
        folder = posixpath.dirname(file.path)
        for name in file.names("imports"):
            if posixpath.join(folder, name) not in reading.imports:
                yield file.path, name


def _not_followed(reading: NodeReading, containerd: Containerd) -> t.Iterator[Finding]:
    """Yield what is not known where no dump tells: it may be all that counts."""
    for path, name in unfollowed(reading, containerd):
        yield Finding(
            "import_not_followed",
            Severity.ERROR,
            path,
            f"which files the import {name} names was not found out, so what they set is not known",
            'Write it as a path, or with "*" as the only special character, in the name alone.',
        )


def _told_by_files(node: NodeFiles, known: t.Sequence[Finding]) -> list[Finding]:
    """Return why settings have no effect: a dump only shows what is left, not which file did it."""
    if node.dump is None:
        return []
    codes = {finding.code for finding in known}
    told = analyse(load(dataclasses.replace(node, dump=None)))
    return [finding for finding in told if finding.code not in codes]


def _no_daemon(subject: str) -> Check:
    finding = Finding(
        "containerd_not_found",
        Severity.ERROR,
        subject,
        "no containerd runs on the node, and none of its configuration files is there",
        "Check that this host is a node of a cluster, and read it as root (ansible_become).",
    )
    return Check(DAEMON_CHECK, subject, Status.FAIL, UP, "not found", (finding,))


def _daemon_check(containerd: Containerd, findings: t.Sequence[Finding], subject: str) -> Check:
    status = status_of(findings) if containerd.cri == UP else Status.FAIL
    actual = f"{containerd.cri}: {containerd.reason}" if containerd.reason else containerd.cri
    return Check(DAEMON_CHECK, subject, status, UP, actual, tuple(findings))


def _daemon_findings(
    reading: NodeReading, daemon: Daemon, expectation: Expectation
) -> t.Iterator[Finding]:
    pending = restart_pending(reading, daemon)
    if pending:
        yield pending
    if not daemon.running:
        yield Finding(
            "containerd_not_running",
            Severity.WARNING,
            daemon.config_path,
            "no containerd runs: this is what it would do with the files that are there",
            "Start containerd on the node, then verify again.",
        )
    if not daemon.version:
        yield Finding(
            "containerd_version_unknown",
            Severity.INFO,
            daemon.program or expectation.subject,
            f"containerd could not be asked for its version: {expectation.assumed_version} "
            "is assumed. Asked are programs in the usual places and those of unit files, that "
            "only root may write and that are what runs",
            "Read the node as root (ansible_become), take the nodes from the inventory plugin "
            "cluster_nodes, which knows the version, or set assume_version.",
        )
    yield from _process_findings(daemon)
    if daemon.no_dump:
        yield Finding(
            "config_dump_failed",
            Severity.INFO,
            daemon.config_path,
            f"`config dump` failed, so the files were evaluated: {daemon.no_dump}",
            "Run it by hand on the node if containerd does not start.",
        )
    others = [other for other in reading.daemons if other != daemon]
    if others:
        named = ", ".join(f"{other.flavour} ({other.config_path})" for other in others)
        yield Finding(
            "several_containerds",
            Severity.WARNING,
            daemon.config_path,
            f"the node has more than one containerd; {daemon.flavour} ({daemon.config_path}) was "
            f"judged, not {named}",
            "See which one the kubelet uses (--container-runtime-endpoint), and stop the other.",
        )


def _process_findings(daemon: Daemon) -> t.Iterator[Finding]:
    if daemon.replaced:
        yield Finding(
            "containerd_replaced",
            Severity.WARNING,
            daemon.program,
            "the program was replaced since it started: what runs is the former one",
            f"Restart {daemon.flavour} on the node, then verify again.",
        )
    if daemon.blind:
        yield Finding(
            "containerd_unproven",
            Severity.WARNING,
            daemon.program or daemon.config_path,
            "a process of root calls itself containerd; only root can see whether it is the "
            "node's own, and not one in a container",
            "Read the node as root: set ansible_become for this node.",
        )


def _literal_check(source: SourceResult) -> Check:
    """Palette writes endpoints as they stand: this check gates."""
    findings = tuple(finding for finding in source.findings if finding.code != _NOT_WORKING)
    return Check(
        literal_name(source.source),
        source.subject,
        status_of(findings) if source.literal else Status.FAIL,
        source.expected,
        ", ".join(source.configured),
        findings,
    )


def _working_check(source: SourceResult, gate: bool) -> Check:
    """Whether a registry is asked where it answers: a warning, unless it gates too."""
    findings = tuple(finding for finding in source.findings if finding.code == _NOT_WORKING)
    refused = Status.FAIL if gate else Status.WARN
    return Check(
        working_name(source.source),
        source.subject,
        Status.PASS if source.working else refused,
        source.expected,
        source.requests[0] if source.requests else "",
        findings,
    )


def _describe(daemon: Daemon, containerd: Containerd) -> dict[str, t.Any]:
    return {
        "flavour": daemon.flavour,
        "version": daemon.version,
        "version_source": "cluster" if daemon.version_known else "program",
        "running": daemon.running,
        "program": daemon.program,
        "config_path": daemon.config_path,
        "config_source": "files" if daemon.dump is None else "dump",
        "cri": containerd.cri,
        "reason": containerd.reason,
    }


def describe_source(source: SourceResult, checks: t.Sequence[Check]) -> dict[str, t.Any]:
    """Return a source's answer as plain data; its status is the worse of its two checks."""
    literal, works = literal_name(source.source), working_name(source.source)
    named = {check.name: check for check in checks if check.name in (literal, works)}
    statuses = [check.status for check in named.values()]
    worst = max(statuses, key=(Status.PASS, Status.WARN, Status.FAIL).index)
    return {
        "source": source.source,
        "expected": source.expected,
        "configured": list(source.configured),
        "requests": list(source.requests),
        "literal": source.literal,
        "working": named[works].status is Status.PASS,  # a pull may have shown it
        "status": worst.value,
        "findings": [one.to_dict() for check in named.values() for one in check.findings],
    }


def no_cluster(subject: str, clusters: t.Sequence[str]) -> Check:
    """Return the check that fails on a node that belongs to no cluster of the inventory."""
    finding = Finding(
        "cluster_unknown",
        Severity.ERROR,
        subject,
        "nobody knows which cluster's override this node must show",
        f"set palette_cluster of the node to a host of palette_clusters: {', '.join(clusters)}",
    )
    return Check("cluster of the node", subject, Status.FAIL, findings=(finding,))


__all__ = (
    "DAEMON_CHECK",
    "Expectation",
    "Verdict",
    "describe_source",
    "judge",
    "no_cluster",
    "unjudged",
    "unread",
)
