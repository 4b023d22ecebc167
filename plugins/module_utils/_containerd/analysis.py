# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything remarkable about a node whose state is known."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from .._evidence import Finding, Severity
from .generated import at_origin
from .lint_certs_d import image_host_of
from .lint_config import lint_config, lint_folders, lint_version
from .lint_hosts import lint_hosts
from .lint_mirrors import lint_mirrors, lint_tls
from .model import DEFAULT_CONFIG_PATH, UP
from .node import Containerd
from .requests import upstream
from .states import without_credentials


def analyse(node: Containerd) -> tuple[Finding, ...]:
    """Return all findings of a node: the reason of its state first, then by file."""
    findings = [*node.causes, *lint_version(node.version)]
    if node.merged is not None:
        if not node.merged.files:
            findings.append(_no_config())
        findings += lint_config(node.node, node.merged, node.version)
    findings = [at_origin(finding, node.node.files, False) for finding in findings]
    findings += [at_origin(finding, node.node.files, True) for finding in _of_mirrors(node)]
    return tuple(without_credentials(finding) for finding in findings)


def _of_mirrors(node: Containerd) -> list[Finding]:
    """Return the findings about mirrors and hosts.toml files, if these count."""
    findings: list[Finding] = []
    if node.merged is not None and node.registry is not None and node.cri == UP:
        findings += lint_folders(node.node, node.merged, node.registry)
        findings += lint_tls(node.merged, node.registry, node.version)
        if node.folders is None:
            is_k3s = "k3s" in node.node.version or "rke2" in node.node.version
            findings += lint_mirrors(node.merged, node.registry, is_k3s)
        else:
            findings += lint_hosts(node.node, node.folders)
        findings += _fallbacks(node)
    return findings


def _no_config() -> Finding:
    return Finding(
        "config_missing",
        Severity.INFO,
        DEFAULT_CONFIG_PATH,
        "There is no configuration file: containerd starts with its defaults, without mirrors.",
        "Check that this is the --config of the daemon that runs.",
    )


def _fallbacks(node: Containerd) -> t.Iterator[Finding]:
    """Name the sources whose mirrors are followed by the upstream registry."""
    followed = [name for name, host in _sources(node) if _ends_upstream(node, host)]
    if followed:
        yield Finding(
            "upstream_fallback",
            Severity.INFO,
            node.node.config_path,
            f"After its mirrors containerd asks the upstream registry of {', '.join(followed)}. "
            "With the Internet in reach a wrong mirror goes unnoticed; in an airgap the pull fails "
            "there, and where the mirror said 404 its error is that of the upstream.",
            "Only hosts.toml can change this: name the mirror as `server`.",
        )


def _sources(node: Containerd) -> list[tuple[str, str]]:
    """Return (name, image host) of what has mirrors; a made-up host stands for all others."""
    if node.folders is not None:
        names = [image_host_of(folder) for folder in node.folders.known]
    else:
        names = list(node.registry.mirrors) if node.registry else []
    others = ("every other registry", "other.invalid")
    return [others if name in ("*", "_default") else (name, name) for name in names]


def _ends_upstream(node: Containerd, host: str) -> bool:
    hosts = node.chain(host).hosts
    own = upstream(host, node.version, node.folders is not None)
    return len(hosts) > 1 and hosts[-1].host == own.host


__all__ = ("analyse",)
