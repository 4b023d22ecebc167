# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every code that the collection can report is in one of the three references."""

from __future__ import annotations

import ast
import pathlib
import re
import textwrap

import pytest

from tests.pages.finding_codes import PAGE, ROOT, entries_of, render

DOCS = ROOT / "docs" / "docsite" / "rst"
LABEL = re.compile(r"^\.\. _\S+\.docsite\.\w+\.(\w+):$", re.MULTILINE)
REFERENCES = ("findings", "mirror_rules", "node_findings")
NO_FINDING = {"no_target", "odd"}
"""What is counted in a summary and never reported as such, and an invention of a test."""


def documented() -> set[str]:
    return {
        code for name in REFERENCES for code in LABEL.findall((DOCS / f"{name}.rst").read_text())
    }


def test_the_reference_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run: python -m tests.pages.finding_codes"


def test_every_literal_code_is_in_a_reference() -> None:
    """Read without the reference's own way to read: any first argument of a finding."""
    pattern = re.compile(r'\b(?:Finding|Failure\.of|_rule|_refused)\(\s*"([a-z0-9_]+)"')
    literal = {
        code
        for path in (ROOT / "plugins").rglob("*.py")
        for code in pattern.findall(path.read_text(encoding="utf-8"))
    }
    assert len(literal) > 150
    missing = literal - documented()
    assert not missing


def test_every_code_that_a_test_expects_is_in_a_reference() -> None:
    """A code that is put together at run time is at least in the tests that expect it."""
    expected: dict[str, pathlib.Path] = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        for text in re.findall(r"\.code == \"([a-z0-9_]+)\"", path.read_text(encoding="utf-8")):
            expected[text] = path
    missing = {code: str(expected[code]) for code in expected.keys() - documented() - NO_FINDING}
    assert not missing


def test_what_a_person_sees_is_named_as_in_the_references() -> None:
    """The first column of the guide on troubleshooting: findings, and what others print."""
    guide = (DOCS / "troubleshooting.rst").read_text(encoding="utf-8")
    seen = re.findall(r"^  \* - (.+)$", guide, re.MULTILINE)
    codes = {code for line in seen for code in re.findall(r"``([a-z0-9]+(?:_[a-z0-9]+)+)``", line)}
    assert len(codes) > 30
    assert not codes - documented()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('Finding("a_b", Severity.INFO, x, "it is", "do")', ({"info"}, {"it is": "do"})),
        ('Failure.of("a_b", x, f"no {y.name}", "do")', ({"error"}, {"no <name>": "do"})),
        (
            'said = f"{x} or"; Finding(code="a_b", severity=Severity.INFO, message=said + " no")',
            ({"info"}, {"<x> or no": ""}),
        ),
    ],
)
def test_it_reads_calls(source: str, expected: tuple[set[str], dict[str, str]]) -> None:
    helpers = textwrap.dedent(
        """
        class Finding:
            code: str
            severity: str
            subject: str
            message: str
            fix: str = ""
        class Failure:
            def of(cls, code, subject, message, fix): pass
        """
    )
    lines = "\n".join(f"    {line.strip()}" for line in source.split(";"))
    tree = ast.parse(f"{helpers}\ndef run(x, y):\n{lines}\n")
    entry = entries_of({"module": tree})["a_b"]
    assert (entry.severities, entry.texts) == expected
