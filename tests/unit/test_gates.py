# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tests that a gate names are there, which nobody would see before the gate runs."""

from __future__ import annotations

import ast
import re

from tests.sandbox.paths import CHECKOUT


def test_a_gate_names_tests_that_there_are() -> None:
    cores = (CHECKOUT / "tests" / "gates" / "cores.py").read_text(encoding="utf-8")
    named = re.findall(r'"(tests/integration/\w+\.py)(?:::(\w+))?', cores)
    assert named
    for file, test in named:
        tree = ast.parse((CHECKOUT / file).read_text(encoding="utf-8"))
        functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        assert test in ("", *functions), f"{file}::{test}"
