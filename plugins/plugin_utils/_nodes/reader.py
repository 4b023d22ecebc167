# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read from a node, in one round trip, what decides its registry mirrors."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import re
import typing as t

from ...module_utils._evidence import Finding, Severity
from .bounds import bounded
from .script import Limits, NodeError, Record, Records, Shell, run_task

# Clocks of files and of processes differ by a tick and a rounding.
_CLOCK_SLACK = 2.0
_VERSION = re.compile(r"(?:\A|[\sv])v?([0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,6}[^\s]{0,64})")
_REASONS = {
    "denied": "permission denied",
    "special": "not a regular file",
    "odd": "a line end in its name, or links without end",
    "writable": "others than root may write it",
}
# No path of Linux is longer.
_MAX_PATH = 4096


_AGAIN = "Run the task again."
_UNFIT = (
    "/bin/sh of the node cannot compare files, or reads text in a way of its own",
    "the node has no stat, so nobody can tell who may write its files",
)
_UNFIT_FIX = "Give the node a common shell (dash, bash, busybox) and its stat."


@dataclasses.dataclass(frozen=True)
class Daemon:
    """One containerd of a node: what runs, or what its files say would run.

    `flavour` is containerd, spectro-containerd, k3s or rke2. `version` is empty where the
    program could not be asked; `version_known` tells that it need not be. `started` is seconds
    since the epoch, None if unknown. `dump` is what `config dump` printed, None if it could not
    run; then `no_dump` may say why. It was not asked for if `dump_left_out`. `blind` tells that
    the reader may not see which program runs, and where; `replaced` that the program it runs is no
    longer at its path.
    """

    flavour: str
    running: bool
    program: str
    config_path: str
    version: str = ""
    started: float | None = None
    dump: str | None = None
    no_dump: str = ""
    dump_left_out: bool = False
    version_known: bool = False
    blind: bool = False
    replaced: bool = False
    pid: str = ""


@dataclasses.dataclass(frozen=True)
class NodeReading:
    """What was read from a node.

    `files` maps paths to texts (an empty text where only the presence counts), `unreadable`
    paths to reasons, `changed` paths to times of change in seconds since the epoch. `imports` and
    `trees` are what was looked for, found or not: each import that the node could expand just as
    containerd does, and each folder of host folders.
    """

    daemons: tuple[Daemon, ...]
    files: t.Mapping[str, str]
    unreadable: t.Mapping[str, str]
    changed: t.Mapping[str, float]
    runtime_endpoint: str
    findings: tuple[Finding, ...]
    imports: frozenset[str] = frozenset()
    trees: frozenset[str] = frozenset()

    @property
    def daemon(self) -> Daemon | None:
        """The containerd that serves Kubernetes, None if the node has none.

        kubelet's runtime endpoint decides where it names one. Else the most special wins: a
        node in agent mode runs Spectro's beside the system's own.
        """
        ranked = sorted(self.daemons, key=lambda daemon: _PREFERENCE.index(daemon.flavour))
        for daemon in ranked:
            if self.runtime_endpoint and _serves(daemon.flavour, self.runtime_endpoint):
                return daemon
        return ranked[0] if ranked else None

    @property
    def dump_left_out(self) -> bool:
        """Whether `config dump` was not asked for, of the containerd that counts."""
        return self.daemon is not None and self.daemon.dump_left_out


_SERVICES = {
    "k3s": "k3s (on agents k3s-agent)",
    "rke2": "rke2-server (on agents rke2-agent)",
}
_PREFERENCE = ("spectro-containerd", "k3s", "rke2", "containerd")


def _serves(flavour: str, endpoint: str) -> bool:
    if "spectro" in endpoint:
        return flavour == "spectro-containerd"
    if "/k3s/" in endpoint:
        return flavour in ("k3s", "rke2")
    return flavour == "containerd"


@dataclasses.dataclass(frozen=True)
class Known:
    """What need not be asked of a node.

    `version` is that of its containerd as its kubelet reported it at `seen`, in seconds since the
    epoch by the node's clock: true of a process that runs since before then.
    """

    version: str = ""
    seen: int = 0


def read_node(
    shell: Shell,
    limits: Limits,
    root: str = "",
    *,
    config_dump: str = "always",
    known: Known = Known(),
) -> NodeReading:
    """Read a node. Raises NodeError if it cannot be reached, or does not answer what was asked.

    `config_dump` is always, or auto: leave it out for a containerd that runs and is no fork.
    """
    seen = known.seen if _VERSION.search(known.version) else 0
    values = {"config_dump": config_dump, "version_seen": str(seen)}
    records = run_task(shell, "read", limits, root, **values)
    with bounded():
        return _assemble(records, limits, known)


def restart_pending(reading: NodeReading, daemon: Daemon) -> Finding | None:
    """Return a finding if the configuration is newer than the running daemon.

    hosts.toml files do not count: containerd reads them at each pull. The registries.yaml of k3s
    and RKE2 does: their service, which starts containerd, writes all else from it at its start.
    """
    if daemon.started is None:
        return None
    newer = sorted(
        path
        for path, changed in reading.changed.items()
        if not path.endswith("/hosts.toml") and changed > daemon.started + _CLOCK_SLACK
    )
    if not newer:
        return None
    return Finding(
        "restart_pending",
        Severity.WARNING,
        ", ".join(newer),
        f"changed after {daemon.flavour} started: the daemon still runs with what was there before",
        f"Restart {_SERVICES.get(daemon.flavour, daemon.flavour)} on the node, then verify again.",
    )


def _assemble(records: Records, limits: Limits, known: Known) -> NodeReading:
    by_kind: dict[str, list[Record]] = {}
    for record in records.records:
        if len(record.words) > _MAX_PATH:
            raise NodeError("garbled", "the node's answer names a path that cannot be", _AGAIN)
        by_kind.setdefault(record.kind, []).append(record)
    for record in by_kind.get("unfit", []):
        raise NodeError("unfit", _UNFIT[record.words == "stat"], _UNFIT_FIX)
    sizes, changed = _times(by_kind.get("times", []))
    files = {path: "" for record in by_kind.get("present", []) for path in _lines(record)}
    files.update((record.words, record.text()) for record in by_kind.get("file", []))
    unreadable = {
        record.words: reason
        for kind, reason in _REASONS.items()
        for record in by_kind.get(kind, [])
    }
    for path, size in sizes.items():
        if path in files and size > limits.file_bytes:
            unreadable[path] = f"truncated: {size} bytes, {limits.file_bytes} at most are read"
            files.pop(path, None)
    looked = [
        line.partition("\t")
        for record in by_kind.get("looked", [])
        for line in record.text().split("\n")
    ]
    return NodeReading(
        daemons=tuple(_daemon(record, by_kind, known) for record in by_kind.get("daemon", [])),
        files=files,
        unreadable=unreadable,
        changed={path: time for path, time in changed.items() if path in files},
        runtime_endpoint="".join(record.words for record in by_kind.get("kubelet", [])[:1]),
        findings=tuple(_reading_findings(records, by_kind, unreadable, limits)),
        imports=frozenset(path for kind, _tab, path in looked if kind == "import"),
        trees=frozenset(path for kind, _tab, path in looked if kind == "tree"),
    )


def _lines(record: Record) -> list[str]:
    lines = record.text().split("\n")
    return [line for line in lines if line.startswith("/") and len(line) <= _MAX_PATH]


def _number(text: str) -> int | None:
    """Return a number of a size that the kernel has; Python takes more for digits, and more."""
    return int(text) if len(text) < 20 and text.isascii() and text.isdecimal() else None


def _times(records: list[Record]) -> tuple[dict[str, int], dict[str, float]]:
    """Return the sizes and times of change in lines `seconds|- size path`."""
    sizes: dict[str, int] = {}
    changed: dict[str, float] = {}
    for record in records:
        for line in record.text().splitlines():
            seconds, _blank, rest = line.partition(" ")
            size, _blank, path = rest.partition(" ")
            bytes_of, changed_at = _number(size), _number(seconds)
            if bytes_of is not None and path:
                sizes[path] = bytes_of
                if changed_at is not None:
                    changed[path] = float(changed_at)
    return sizes, changed


def _daemon(head: Record, by_kind: t.Mapping[str, list[Record]], known: Known) -> Daemon:
    fields = head.fields()
    config_path = fields.get("config", "")

    def said(kind: str) -> str | None:
        texts = [record.text() for record in by_kind.get(kind, []) if record.words == head.words]
        return texts[0] if texts else None

    version_known = said("version_known") is not None
    told = known.version if version_known else said("version")
    version = _VERSION.search(told or "")
    started = _number(fields.get("started", ""))
    return Daemon(
        flavour=_flavour(f"{fields.get('program', '')} {fields.get('exe', '')} {config_path}"),
        running=bool(fields.get("pid")),
        program=fields.get("exe") or fields.get("program", ""),
        config_path=config_path,
        version=version.group(1) if version else "",
        started=float(started) if started else None,
        dump=said("dump"),
        no_dump=(said("no_dump") or "").strip(),
        dump_left_out=said("dump_left_out") is not None,
        version_known=version_known,
        blind=bool(fields.get("blind")),
        replaced=bool(fields.get("replaced")),
        pid=str(_number(fields.get("pid", "")) or ""),
    )


def _flavour(traces: str) -> str:
    if "spectro" in traces:
        return "spectro-containerd"
    if "/rke2/" in traces:
        return "rke2"
    return "k3s" if "/k3s/" in traces else "containerd"


def _reading_findings(
    records: Records,
    by_kind: t.Mapping[str, list[Record]],
    unreadable: t.Mapping[str, str],
    limits: Limits,
) -> t.Iterator[Finding]:
    if records.end == "timeout":
        yield Finding(
            "node_time_limit",
            Severity.ERROR,
            records.records[-1].words if records.records else "",
            f"the node was not read to the end within {limits.seconds} seconds",
            "See what blocks there (a dead network file system?), or raise the timeout option.",
        )
    elif not records.end:
        yield Finding(
            "node_output_truncated",
            Severity.ERROR,
            "",
            f"the node's answer was cut off; {limits.output_bytes} bytes at most are read",
            "Look for unusually many or large files under certs.d and the imports.",
        )
    for record in by_kind.get("limit", [])[:1]:
        yield Finding(
            "node_too_many_files",
            Severity.ERROR,
            record.words.removeprefix("files "),
            "this file and all after it were not read: there are too many",
            "Look for unusually many files under certs.d and the imports.",
        )
    yield from _trust_findings(by_kind)
    for path, reason in unreadable.items():
        if reason == _REASONS["writable"]:
            continue
        become = reason == _REASONS["denied"]
        yield Finding(
            "node_file_unreadable",
            Severity.WARNING,
            path,
            f"could not be read: {reason}",
            "Read it as root: set ansible_become for this node." if become else "",
        )


def _trust_findings(by_kind: t.Mapping[str, list[Record]]) -> t.Iterator[Finding]:
    """Tell what others than root decide, and who looks like a containerd and is not the node's."""
    for record in by_kind.get("writable", []):
        user, mode, place = _offender(record.text())
        yield Finding(
            "node_writable_by_others",
            Severity.ERROR,
            record.words,
            f"others than root may write {place} (owner {user}, mode {mode}), so they decide what "
            "this is: it was neither read nor run",
            f"chown root {place}; chmod go-w {place}",
        )
    ignored = [record.words.partition(" ") for record in by_kind.get("ignored", [])]
    if ignored:
        listed = "; ".join(f"process {pid}, {why}" for pid, _blank, why in ignored)
        yield Finding(
            "containerd_not_counted",
            Severity.WARNING,
            "containerd",
            f"a process that bears its name is not taken for the node's containerd: {listed}",
            "See what it is. The node's own runs as root, in the namespaces of the node, from a "
            "program that only root may write.",
        )


def _offender(text: str) -> tuple[str, str, str]:
    user, _blank, rest = text.strip().partition(" ")
    mode, _blank, place = rest.partition(" ")
    return user, mode, place


__all__ = ("Daemon", "Known", "NodeReading", "read_node", "restart_pending")
