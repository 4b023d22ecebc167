# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for Palette's own part, for the sandbox only.

Palette carries the Secret `registry-info` of the management cluster to the nodes of workload
clusters. How is its own affair; the sandbox does what its documentation shows of the result.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import time
import typing as t

from . import node_files
from .nodes import Node, Nodes
from .paths import SandboxError, private_folders

SECRET = "registry-info"
NAMESPACE = "jet-system"
_FOLLOW_SECONDS = 1.0
_KEYS = ("MIRROR_REGISTRIES", "DOMAIN", "USERNAME", "PASSWORD", "CA_CERT")
Mirrors = tuple[tuple[str, str], ...]


@dataclasses.dataclass(frozen=True)
class Override:
    """What the Secret says; `access` is for nodes that really pull."""

    mirrors: Mirrors
    access: node_files.RegistryAccess


def read_secret(kubectl: pathlib.Path, kubeconfig: pathlib.Path) -> Override | None:
    """Return what the live Secret says, None while there is no such Secret."""
    command = [str(kubectl), "--kubeconfig", str(kubeconfig), "--namespace", NAMESPACE]
    result = subprocess.run(
        [*command, "get", "secret", SECRET, "--ignore-not-found", "--output", "json"],
        env={**os.environ, **private_folders(kubeconfig.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise SandboxError(f"The Secret {NAMESPACE}/{SECRET} cannot be read: {result.stderr}")
    if not result.stdout.strip():
        return None
    data = json.loads(result.stdout).get("data") or {}
    texts = [base64.b64decode(data.get(key, "")).decode() for key in _KEYS]
    mirrors, *access = texts
    return Override(parse(mirrors), node_files.RegistryAccess(*access))


def parse(text: str) -> Mirrors:
    """Split `source::target,...`; blanks and empty entries are let go, nothing is judged."""
    pairs = (entry.strip().partition("::") for entry in text.split(","))
    return tuple((source, target) for source, _mark, target in pairs if source and target)


def files_of(
    node: Node,
    mirrors: Mirrors,
    path_style: str = "verbatim",
    access: node_files.RegistryAccess | None = None,
) -> dict[str, str]:
    """Return what containerd's files on a node become."""
    if path_style == "v2_prefix":
        mirrors = tuple((source, node_files.api_url(target)) for source, target in mirrors)
    if node.mirrors_in == "certs.d":
        return node_files.certs_d_files(mirrors, access if node.pulls else None)
    if node.runs_pods or node.pulls:
        return node_files.running_files(mirrors, access)
    return node_files.legacy_files(mirrors)


def propagate(
    nodes: Nodes, override: Override, path_style: str, say: t.Callable[[str], None]
) -> None:
    """Write the mirrors to all running nodes, and say which of them changed by that."""
    for node in nodes.all():
        if nodes.is_running(node) and propagate_to(
            nodes, node, override.mirrors, path_style, override.access
        ):
            say(f"{node.name}: containerd's configuration is written")


def follow(
    nodes: Nodes,
    kubectl: pathlib.Path,
    kubeconfig: pathlib.Path,
    path_style: str,
    say: t.Callable[[str], None],
) -> t.NoReturn:
    """Propagate whenever the Secret has changed. What a hand changes on a node meanwhile stays."""
    known: Override | None = None
    while True:
        try:
            override = read_secret(kubectl, kubeconfig)
            if override is not None and override != known:
                propagate(nodes, override, path_style, say)
                known = override
        except SandboxError as error:  # the API server may be made to fail: try again
            say(str(error))
        time.sleep(_FOLLOW_SECONDS)


def propagate_to(
    nodes: Nodes,
    node: Node,
    mirrors: Mirrors,
    path_style: str = "verbatim",
    access: node_files.RegistryAccess | None = None,
) -> bool:
    """Write the mirrors to one node; return whether its files changed."""
    root = nodes.root(node.name)
    files = files_of(node, mirrors, path_style, access)
    changed = files != _current(root, files)
    if changed:
        nodes.write(node.name, files)
        if node.runs_pods or node.pulls:
            nodes.restart_containerd(node)
    _forget_other_sources(root, files)
    return changed


def _current(root: pathlib.Path, wanted: t.Iterable[str]) -> dict[str, str]:
    paths = ((path, root / path.lstrip("/")) for path in wanted)
    return {path: file.read_text(encoding="utf-8") for path, file in paths if file.is_file()}


def _forget_other_sources(root: pathlib.Path, files: t.Mapping[str, str]) -> None:
    for hosts in (root / node_files.CERTS_D.lstrip("/")).glob("*/hosts.toml"):
        if f"/{hosts.relative_to(root)}" not in files:
            shutil.rmtree(hosts.parent)
