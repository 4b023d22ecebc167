# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes into an evaluation of a node's containerd, and the states that come out."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

UP = "up"
DOWN = "down"
NOT_STARTED = "not started"
UNKNOWN = "unknown"  # a file that decides it could not be read
DEFAULT_CONFIG_PATH = "/etc/containerd/config.toml"


@dataclasses.dataclass(frozen=True)
class NodeFiles:
    """The files of one node that decide what containerd does.

    `files` maps absolute paths to texts. `version` is what `containerd --version` prints, or
    the bare version. `config_path` is the file that the daemon reads (its `--config`). `dump`
    is the output of `containerd config dump` with the same `--config`: where given, it stands
    for `config_path` and all its imports. `unreadable` maps paths of files that exist, but
    whose whole text is not at hand, to the reason ("permission denied", "truncated" ...).
    """

    files: t.Mapping[str, str]
    version: str
    config_path: str = DEFAULT_CONFIG_PATH
    dump: str | None = None
    unreadable: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


__all__ = ("DEFAULT_CONFIG_PATH", "DOWN", "NOT_STARTED", "UNKNOWN", "UP", "NodeFiles")
