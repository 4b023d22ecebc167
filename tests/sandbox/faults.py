# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ways to break a node by hand, so that verification has something to find."""

from __future__ import annotations

import os
import signal
import typing as t

from . import node_files, palette
from .nodes import Node, Nodes
from .paths import SandboxError

_WRONG = "harbor.example.com/airgap-images/docker.io"
_SHADOW = f"{node_files.CONF_D}/90-pause.toml"


def _wrong_endpoint(nodes: Nodes, node: Node) -> None:
    if node.mirrors_in == "certs.d":  # the others stay as they are
        path = f"{node_files.CERTS_D}/docker.io/hosts.toml"
        nodes.write(node.name, {path: node_files.hosts_toml("docker.io", _WRONG)})
        return
    mirrors = tuple(
        (source, _WRONG if source == "docker.io" else target)
        for source, target in node_files.PAGE_MIRRORS
    )
    nodes.write(node.name, palette.files_of(node, mirrors))


def _no_mirrors(nodes: Nodes, node: Node) -> None:
    palette.propagate_to(nodes, node, ())


def _bad_toml(nodes: Nodes, node: Node) -> None:
    nodes.write(node.name, {node_files.CONFIG_TOML: "version = 2\n[plugins\n"})


def _shadowing_import(nodes: Nodes, node: Node) -> None:
    nodes.write(node.name, {_SHADOW: node_files.SHADOWING_IMPORT})


def _stop(nodes: Nodes, node: Node) -> None:
    os.kill(nodes.process(node.name).pid, signal.SIGKILL)


FAULTS: dict[str, tuple[str, t.Callable[[Nodes, Node], None]]] = {
    "endpoint": ("the mirror of docker.io leads to another registry", _wrong_endpoint),
    "mirrors": ("it has no mirrors", _no_mirrors),
    "toml": ("its config.toml is no TOML", _bad_toml),
    "import": ("a file in conf.d takes its mirrors away", _shadowing_import),
    "stop": ("it does not answer", _stop),
}


def break_node(nodes: Nodes, node: Node, fault: str) -> str:
    """Break a running node; return what is wrong with it now. Raises SandboxError."""
    if fault not in FAULTS:
        raise SandboxError(f"There is no fault {fault!r}. There are: {', '.join(FAULTS)}.")
    consequence, apply = FAULTS[fault]
    apply(nodes, node)
    return consequence


def mend_node(nodes: Nodes, node: Node) -> None:
    """Write the documentation's example to a running node again."""
    (nodes.root(node.name) / _SHADOW.lstrip("/")).unlink(missing_ok=True)
    palette.propagate_to(nodes, node, node_files.PAGE_MIRRORS)
