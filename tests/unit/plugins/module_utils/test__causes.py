# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._causes import (
    ALWAYS,
    CAUSES,
    FOLLOWS,
    cause_of,
    describe,
    merge_findings,
    page_of,
    sentence,
)
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from tests.pages.finding_codes import PAGE, entries

ERROR = Finding("a_code", Severity.ERROR, "entry 1", "it is wrong.", "write it right")
WARNING = Finding("b_code", Severity.WARNING, "entry 2", "it is odd.")
INFO = Finding("c_code", Severity.INFO, "entry 3", "it is so.")


def finding(code: str, subject: str, severity: Severity = Severity.WARNING) -> Finding:
    return Finding(code, severity, subject, f"{subject} is odd.", "mend it")


TEST_MERGE: list[tuple[list[Finding], list[tuple[str, Severity, str]]]] = [
    ([], []),
    ([finding("a", "x")], [("a", Severity.WARNING, "x is odd.")]),
    ([finding("a", "x"), finding("a", "x")], [("a", Severity.WARNING, "x is odd.")]),
    (
        [finding("a", "x"), finding("b", "y"), finding("a", "z", Severity.ERROR)],
        [
            ("a", Severity.ERROR, "x is odd. The same goes for z."),
            ("b", Severity.WARNING, "y is odd."),
        ],
    ),
    (
        [finding("a", name) for name in "stuvwxy"],
        [("a", Severity.WARNING, "s is odd. The same goes for t, u, v, w and 2 more.")],
    ),
    (
        [Finding("a", Severity.INFO, "x", text) for text in ("one.", "two.", "two.", "three.")],
        [("a", Severity.INFO, "one. The same goes for 2 more.")],
    ),
]


@pytest.mark.parametrize(("findings", "expected"), TEST_MERGE)
def test_one_finding_a_code(
    findings: list[Finding], expected: list[tuple[str, Severity, str]]
) -> None:
    merged = merge_findings(findings)
    assert [(one.code, one.severity, one.message) for one in merged] == expected


def test_describe_puts_the_worst_first_and_says_the_fix() -> None:
    lines = describe((INFO, WARNING, ERROR)).splitlines()
    assert lines[0] == "error: entry 1: it is wrong. Fix: Write it right. [a_code]"
    assert lines[2].startswith("info: ")


def test_many_entries_with_one_mistake_are_told_once_and_named() -> None:
    many = [finding("a", f"entry-{number}", Severity.ERROR) for number in range(20)]
    line, other = describe((*many, ERROR)).splitlines()
    assert line.startswith("error: entry-0: entry-0 is odd. The same goes for entry-1, entry-2,")
    assert line.endswith("entry-12 and 7 more. Fix: Mend it. [a]")
    assert "entry 1" in other
    assert describe(many[:3]).count("\n") == 2


TEST_CAUSES = [
    ("endpoint_without_v2", (), "v2_missing_for_nodes"),
    ("override_path_missing", (), "v2_missing_for_nodes"),
    ("endpoint_without_v2", ("endpoint_differs",), "endpoint_differs"),
    (
        "override_path_without_v2",
        ("endpoint_differs", "v2_missing_for_nodes"),
        "v2_missing_for_nodes",
    ),
    ("endpoint_not_working", (), "endpoint_not_working"),
    ("endpoint_not_working", ("endpoint_without_v2",), "v2_missing_for_nodes"),
    ("endpoint_not_working", ("v2_missing_for_nodes",), "v2_missing_for_nodes"),
    ("endpoint_not_working", ("source_missing", "hosts_toml_misnamed"), "hosts_toml_misnamed"),
    ("source_missing", ("v2_missing_for_nodes",), "source_missing"),
    ("cri_not_up", ("file_broken",), "file_broken"),
    ("default_unknown", (), "no_default"),
    ("value_differs", ("override_missing",), "value_differs"),
]


@pytest.mark.parametrize(("code", "found", "cause"), TEST_CAUSES)
def test_the_cause_behind_a_finding(code: str, found: tuple[str, ...], cause: str) -> None:
    assert cause_of(code, (code, *found)) == cause


def test_every_code_of_the_tables_is_a_finding_that_the_docs_have() -> None:
    """Else a renamed code would silently stand alone."""
    named = {*CAUSES, *ALWAYS, *ALWAYS.values(), *FOLLOWS}
    named |= {code for causes in FOLLOWS.values() for code in causes}
    rst = "".join(path.read_text(encoding="utf-8") for path in PAGE.parent.glob("*.rst"))
    assert {
        code for code in named if f"\n{code}\n~" not in rst and f"\n{code}\n^" not in rst
    } == set()
    assert set(ALWAYS.values()) <= set(CAUSES)


def test_a_cause_is_told_in_lines_that_fit() -> None:
    for cause in CAUSES.values():
        assert max(len(cause.message), len(cause.fix)) <= 94
        for text in (cause.message, cause.fix):
            assert text[0].isupper()
            assert text.endswith((".", "?"))
    for code in (*CAUSES, *FOLLOWS, "v2_missing_for_nodes", "endpoint_differs"):
        assert f"\n{code}\n~" in PAGE.read_text(encoding="utf-8")  # the address leads somewhere
    assert page_of("no_default").endswith("findings.rst#no_default")


TEST_SENTENCES = [
    ("", ""),
    ("mend it", "Mend it."),
    ("Mend it.", "Mend it."),
    ("palette_airgap: false", "palette_airgap: false."),
    ("kubectl get pods", "kubectl get pods."),
    ("ansible-playbook x", "ansible-playbook x."),
    ("which is it?", "Which is it?"),
]


@pytest.mark.parametrize(("text", "expected"), TEST_SENTENCES)
def test_what_to_do_is_a_sentence(text: str, expected: str) -> None:
    assert sentence(text) == expected


def test_every_fix_in_the_code_becomes_a_sentence() -> None:
    fixes = [fix for entry in entries().values() for fix in entry.texts.values() if fix]
    assert len(fixes) > 150
    for fix in fixes:
        told = sentence(fix)
        name = "<" in told.split()[0] or not told.split()[0].isalpha()
        assert told.endswith((".", "!", "?")), fix
        assert name or told[0].isupper() or told.split()[0] in ("kubectl", "helm", "pip"), fix
