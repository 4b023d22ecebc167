# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

"""What a node should do with each source registry against what it does."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    Containerd,
)
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    status_of,
)


@dataclasses.dataclass(frozen=True)
class SourceResult:
    """The answer for one expected source.

    `literal`: the expected endpoint is configured as written. `working`: containerd asks the
    expected endpoint in a form that a registry answers. The two are separate answers.
    """

    subject: str
    source: str
    expected: str
    configured: tuple[str, ...]
    requests: tuple[str, ...]
    literal: bool
    working: bool
    findings: tuple[Finding, ...]

    def to_check(self) -> Check:
        """Return the answer as a check of the node."""
        return Check(
            name=f"mirror of {self.source}",
            subject=self.subject,
            status=status_of(self.findings),
            expected=self.expected,
            actual=", ".join(self.configured),
            findings=self.findings,
        )


def compare(
    node: Containerd,
    expected: t.Sequence[tuple[str, str]],
    subject: str,
    require_working: bool = False,
) -> tuple[SourceResult, ...]:
    """Compare a node with the expected (source, endpoint) pairs, one result a pair."""
    return tuple(
        SourceResult(
            subject,
            source,
            endpoint,
            node.endpoints(source),
            node.requests(source),
            False,
            False,
            (),
        )
        for source, endpoint in expected
    )


__all__ = ("SourceResult", "compare")
