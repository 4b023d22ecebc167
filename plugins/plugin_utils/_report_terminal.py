# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

"""What a report says, shown where the playbook runs."""

from __future__ import annotations

import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Status
from ansible_collections.palette.image_registry.plugins.module_utils._report import Evidence
from ansible_collections.palette.image_registry.plugins.module_utils._summary import summary
from ansible_collections.palette.image_registry.plugins.plugin_utils._terminal import tell

_COLOURS = {
    Status.PASS: "green",
    Status.WARN: "bright yellow",
    Status.FAIL: "red",
    Status.SKIP: "cyan",
}


def show(evidence: Evidence, step: str, paths: t.Mapping[str, str]) -> None:
    """Show the verdict, what to do next and where the files are."""
    for line in summary(evidence, next_step=step, report_paths=list(paths.values())):
        tell(line.text, _COLOURS[line.status] if line.status else None)


__all__ = ("show",)
