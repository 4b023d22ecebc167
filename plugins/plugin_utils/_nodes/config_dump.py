# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the files of a node alone prove what its containerd does.

`containerd config dump` is that very program's own reading of the same files. It is worth its start
where they were not read as a whole, where they may not load, and where the rules of the release
were not measured. Where a containerd of a measured release runs, and started after the last change
of its files, it has loaded them; what it makes of them is what was measured.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

from ...module_utils._containerd.model import UP
from ...module_utils._containerd.node import Containerd
from ...module_utils._containerd.version import parse_version
from .reader import Daemon, NodeReading, restart_pending
from .verdict import Verdict, unfollowed


def doubt(reading: NodeReading, verdict: Verdict) -> str:
    """Return why `config dump` is to be asked after all; empty where the files are proof enough."""
    daemon, containerd = reading.daemon, verdict.containerd
    if daemon is None or containerd is None:
        return ""
    if reading.findings:
        return "the node was not read to the end"
    if not all(source.literal for source in verdict.sources):
        return "a source does not show what it should"
    return _of_daemon(reading, daemon) or _of_files(reading, containerd)


def _of_daemon(reading: NodeReading, daemon: Daemon) -> str:
    version = parse_version(daemon.version)
    if version is None or not version.measured:
        return f"the rules of containerd {daemon.version} were not measured"
    if daemon.started is None:
        return "it is not known to run"
    if daemon.config_path not in reading.changed or restart_pending(reading, daemon):
        return "its files may have changed since it started"
    return ""


def _of_files(reading: NodeReading, containerd: Containerd) -> str:
    merged, registry = containerd.merged, containerd.registry
    if containerd.cri != UP or containerd.causes or merged is None or registry is None:
        return f"the files make it {containerd.cri}"
    for file in merged.files:
        if file.misspelt:
            return f"{file.path} has options in an unusual letter case"
    for path, name in unfollowed(reading, containerd):
        return f"the import {name} of {path} was not followed"
    for root in registry.folders or ():
        if root.rstrip("/") not in reading.trees:
            return f"{root} was not looked into"
    return ""


__all__ = ("doubt",)
