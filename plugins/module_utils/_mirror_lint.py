# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

"""The lint of mirror tables: all rules in one table, asked in one pass."""

from __future__ import annotations

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Finding
from ansible_collections.palette.image_registry.plugins.module_utils._mirror_lint_images import (
    IMAGE_RULES,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirror_lint_node import (
    NODE_RULES,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirror_lint_palette import (
    PALETTE_RULES,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirror_lint_rule import (
    LintContext,
    LintInput,
    LintRule,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirror_lint_webhook import (
    WEBHOOK_RULES,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors_table import (
    ParsedMirrors,
)

RULES: tuple[LintRule, ...] = (*WEBHOOK_RULES, *NODE_RULES, *PALETTE_RULES, *IMAGE_RULES)


def lint(parsed: ParsedMirrors, context: LintContext) -> tuple[Finding, ...]:
    """Return the findings of the reading, then those of every rule.

    Severities count the consumers that read the table: nodes always, the webhook in an airgap.
    """
    lint_input = LintInput(parsed, context)
    found = [finding for rule in RULES for finding in rule.findings(lint_input)]
    return (*parsed.findings, *found)


__all__ = ("RULES", "LintContext", "LintRule", "lint")
