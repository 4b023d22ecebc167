# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The evaluation of one node: its state, and what it will request."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

from .bounds import beyond, within_bounds
from .config import ConfigError, broken, unreadable
from .hosts_toml import Folders
from .imports import DUMP, Merged, merge_dump, merge_node
from .model import DOWN, NOT_STARTED, UNKNOWN, NodeFiles
from .node import Containerd
from .registry import Registry, conflict, disabled_by, is_required, read_registry
from .states import cri_conflict, cri_disabled, dump_broken, version_unknown
from .version import NEWEST_MEASURED, parse_version


def load(node: NodeFiles) -> Containerd:
    """Evaluate a node's files. What is wrong is in state, reason and findings."""
    node = within_bounds(node)
    version = parse_version(node.version)
    result = Containerd(node, version or NEWEST_MEASURED)
    if version is None:
        result.causes.append(version_unknown(node.version))
    try:
        result.merged = _merged(result)
        result.registry = read_registry(result.merged, result.version)
    except ConfigError as error:
        result.stop(error.state, error.finding)
        return result
    except RecursionError:
        result.stop(NOT_STARTED, broken(node.config_path, "nested too deep"))
        return result
    folders = result.registry.folders
    result.folders = None if folders is None else Folders(folders, node, result.version)
    _judge(result, result.merged, result.registry)
    return result


def _merged(result: Containerd) -> Merged:
    node = result.node
    if node.dump is None:
        return merge_node(node, result.version)
    try:
        problem = beyond(node.dump)
        if problem:
            raise unreadable(DUMP, problem)
        return merge_dump(node.dump, result.version)
    except ConfigError as error:
        if node.config_path not in node.files:
            raise ConfigError(dump_broken(error.finding), UNKNOWN) from error
        result.causes.append(dump_broken(error.finding))
        return merge_node(node, result.version)


def _judge(result: Containerd, merged: Merged, registry: Registry) -> None:
    """Set the state that follows from settings which the daemon could load."""
    name = disabled_by(merged, result.version)
    code, message = ("", "") if name else conflict(registry, merged, result.version)
    if not name and not code:
        return
    finding = cri_disabled(merged, name) if name else cri_conflict(merged, code, message)
    result.stop(NOT_STARTED if is_required(merged) else DOWN, finding)


__all__ = ("load",)
