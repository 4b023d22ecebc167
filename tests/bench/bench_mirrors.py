# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading and linting a mirror table of a thousand entries."""

from __future__ import annotations

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.rule import (
    LintContext,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.table import lint
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from tests.bench.runner import Bench

SIZE = 1000
CLEAN = ",".join(f"r{n}.example.org::harbor.example.org/p/r{n}.example.org" for n in range(SIZE))
FAULTY = CLEAN.replace("::harbor.example.org/p", "::h.io/v2/p")
CONTEXT = LintContext(endpoint="harbor.example.org", base_content_path="p")


def floor() -> None:
    """Split entries and pairs: what any reader must do."""
    dict(entry.split("::") for entry in CLEAN.split(","))


def benches() -> list[Bench]:
    """Return the benches of this module."""
    clean, faulty = parse_mirrors(CLEAN), parse_mirrors(FAULTY)
    name = "split of the string"
    return [
        Bench("mirrors, parse", lambda: parse_mirrors(CLEAN), floor, name, SIZE, "entries"),
        Bench(
            "mirrors, lint",
            lambda: lint(clean, CONTEXT),
            floor,
            name,
            SIZE,
            "entries",
            goal_seconds=0.05,
        ),
        Bench(
            "mirrors, lint with two findings an entry",
            lambda: lint(faulty, CONTEXT),
            floor,
            name,
            SIZE,
            "entries",
            goal_seconds=0.05,
        ),
    ]
