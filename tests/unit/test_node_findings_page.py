# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of the findings about nodes: current, and each code has its example."""

from __future__ import annotations

from tests.pages.node_findings import (
    GROUPS,
    READERS,
    READING,
    examples,
    literal_codes,
    module,
    reader,
    render,
)
from tests.pages.node_findings import PAGE as REFERENCE
from tests.unit.helpers.containerd_nodes import ELSEWHERE

# Where a call takes its code from a variable; the examples have to have them all.
VARIABLES = {
    "code",
    "finding.code",
    "f'node_{error.cause}'",
    "f'probe_{probe.verdict}'",
    "node_cause",
}


def test_every_code_has_an_example() -> None:
    modules = [module(name) for names in GROUPS.values() for name in names]
    every = {path.name for path in module("x").parent.glob("*.py")}
    silent = every - {path.name for path in modules}
    assert all(literal_codes(module(name.removesuffix(".py"))) == {} for name in silent)
    written = {code for path in modules for code in literal_codes(path)}
    assert written - VARIABLES - set(examples()) == set()
    assert set(examples()) - written == set(ELSEWHERE)


def test_every_code_of_reading_is_told() -> None:
    written = {code for name in READERS for code in literal_codes(reader(name))}
    assert written - VARIABLES - set(READING) == set()


def test_the_reference_is_current() -> None:
    assert REFERENCE.read_text(encoding="utf-8") == render(), (
        "run: python -m tests.pages.node_findings"
    )
