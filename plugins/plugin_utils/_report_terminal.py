# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a report says, shown where the playbook runs."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ..module_utils._evidence import Status
from ._report.evidence import Evidence
from ._report.summary import summary
from ._terminal import tell

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
