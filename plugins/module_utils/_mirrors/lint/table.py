# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lint of mirror tables: all rules in one table, asked in one pass."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

from ..._evidence import Finding
from ..table import ParsedMirrors
from .images import IMAGE_RULES
from .node import NODE_RULES
from .palette import PALETTE_RULES
from .rule import LintContext, LintInput, LintRule
from .twice import TWICE_RULES
from .webhook import WEBHOOK_RULES

RULES: tuple[LintRule, ...] = (
    *WEBHOOK_RULES,
    *TWICE_RULES,
    *NODE_RULES,
    *PALETTE_RULES,
    *IMAGE_RULES,
)


def lint(parsed: ParsedMirrors, context: LintContext) -> tuple[Finding, ...]:
    """Return the findings of the reading, then those of every rule.

    Severities count the consumers that read the table: nodes always, the webhook in an airgap.
    """
    lint_input = LintInput(parsed, context)
    found = [finding for rule in RULES for finding in rule.findings(lint_input)]
    return (*parsed.findings, *found)


__all__ = ("RULES", "lint")
