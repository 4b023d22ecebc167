# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nodes of each type would request with the mirrors of a plan."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ...module_utils._causes import merge_findings
from ...module_utils._containerd.analysis import analyse
from ...module_utils._containerd.compare import SourceResult, compare
from ...module_utils._containerd.evaluate import load
from ...module_utils._containerd.model import NodeFiles
from ...module_utils._containerd.version import MEASURED
from ...module_utils._evidence import Check, Finding, Severity, Status, status_of
from ...module_utils._mirrors.notation import node_endpoints, render_mirrors
from ...module_utils._mirrors.notations.containerd import render_config
from ...module_utils._mirrors.table import MirrorEntry, MirrorTable

RELEASES = tuple(map(str, MEASURED))
"""The releases of containerd for which a plan speaks: the newest of each line that was measured."""

CONFIG_TOML = "mirrors in config.toml"
HOSTS_TOML = "hosts.toml files"

_CONFIG = "/etc/containerd/config.toml"
_CERTS = "/etc/containerd/certs.d"
_CONFIG_PATH = f"""\
version = 2

[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "{_CERTS}"
"""


@dataclasses.dataclass(frozen=True)
class NodeType:
    """Nodes that act alike: where the mirrors stand, in which releases, and what comes of it.

    `cri` is the state of containerd's CRI plugin, `reason` says why it is not up.
    """

    style: str
    releases: tuple[str, ...]
    cri: str
    reason: str
    sources: tuple[SourceResult, ...]
    findings: tuple[Finding, ...]

    @property
    def label(self) -> str:
        """Return the type as a person names it."""
        spoken: list[list[str]] = []
        for release in RELEASES:
            if release not in self.releases:
                spoken.append([])
            elif spoken and spoken[-1]:
                spoken[-1].append(release)
            else:
                spoken.append([release])
        return f"{self.style} (containerd {', '.join(map(_range, filter(None, spoken)))})"

    def check(self, subject: str) -> Check:
        """Return the check that pulls reach a registry; what does not is in the findings."""
        working = sum(source.working for source in self.sources)
        actual = f"{working} of {len(self.sources)} sources are asked at a registry's API"
        status = status_of(self.findings)
        if working < len(self.sources) and status is Status.PASS:
            status = Status.WARN
        return Check(
            f"nodes: {self.label}",
            subject,
            status,
            "every source is asked at a registry's API",
            actual if self.cri == "up" else f"CRI is {self.cri}: {self.reason}",
            self.findings,
        )

    def to_dict(self) -> dict[str, t.Any]:
        """Return plain data."""
        return {
            "mirrors_in": self.style,
            "releases": list(self.releases),
            "cri": self.cri,
            "reason": self.reason,
            "sources": [
                {
                    "source": source.source,
                    "endpoints": list(source.configured),
                    "image": source.image,
                    "requests": list(source.requests),
                    "working": source.working,
                }
                for source in self.sources
            ],
            "findings": [finding.to_dict() for finding in self.findings],
        }


def node_types(table: MirrorTable, path_style: str = "verbatim") -> tuple[NodeType, ...]:
    """Return what nodes request: mirrors in config.toml, as Palette writes them, and hosts.toml.

    Releases that request the same are one type.
    """
    endpoints = node_endpoints(table, path_style)
    answers = [_evaluate(CONFIG_TOML, _config_files(endpoints), v, endpoints) for v in RELEASES]
    try:
        files = _hosts_files(table)
    except ValueError as exc:
        finding = Finding(
            "hosts_toml_impossible",
            Severity.WARNING,
            HOSTS_TOML,
            f"These mirrors cannot be written as hosts.toml: {exc}.",
            "Correct the entries that are named before nodes move to hosts.toml.",
        )
        answers.append(NodeType(HOSTS_TOML, RELEASES, "unknown", finding.message, (), (finding,)))
    else:
        answers += [_evaluate(HOSTS_TOML, files, v, endpoints) for v in RELEASES]
    return _joined(answers)


def _range(releases: t.Sequence[str]) -> str:
    """Return the lines of releases that follow each other: `1.6`, or `1.6 to 2.0`."""
    first, last = (release.rpartition(".")[0] for release in (releases[0], releases[-1]))
    return first if first == last else f"{first} to {last}"


def _config_files(endpoints: t.Sequence[MirrorEntry]) -> dict[str, str]:
    # The endpoints are literal by now, so nothing may be added to them.
    return {_CONFIG: render_config(MirrorTable(tuple(endpoints)), 2, "verbatim")}


def _hosts_files(table: MirrorTable) -> dict[str, str]:
    entries = tuple(entry for entry in table if entry.kind == "registry" and entry.target)
    hosts = render_mirrors(MirrorTable(entries), "containerd_hosts", certs_dir=_CERTS)
    return {_CONFIG: _CONFIG_PATH, **t.cast("dict[str, str]", hosts)}


def _evaluate(
    style: str, files: dict[str, str], release: str, endpoints: t.Sequence[MirrorEntry]
) -> NodeType:
    node = load(NodeFiles(files, release))
    pairs = [(entry.source, entry.target) for entry in endpoints]
    return NodeType(
        style, (release,), node.cri, node.reason, compare(node, pairs, release), analyse(node)
    )


def _joined(answers: t.Iterable[NodeType]) -> tuple[NodeType, ...]:
    """Join releases that act alike, and tell each finding of theirs once."""
    groups: dict[tuple[t.Any, ...], list[NodeType]] = {}
    for answer in answers:
        requests = tuple((one.source, one.requests) for one in answer.sources)
        groups.setdefault((answer.style, answer.cri, answer.reason, requests), []).append(answer)
    return tuple(_join(group) for group in groups.values())


def _join(group: t.Sequence[NodeType]) -> NodeType:
    releases = tuple(dict.fromkeys(release for one in group for release in one.releases))
    joined = dataclasses.replace(group[0], releases=releases)
    # Lines of a file that nobody has yet say nothing: the type of node is the subject.
    findings = [
        dataclasses.replace(finding, subject=joined.label)
        for one in group
        for finding in one.findings
    ]
    return dataclasses.replace(joined, findings=merge_findings(findings))


__all__ = ("CONFIG_TOML", "HOSTS_TOML", "RELEASES", "NodeType", "node_types")
