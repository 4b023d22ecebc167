# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Status
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.html.markup import (
    chip,
    count,
    join,
    section,
    tag,
    text,
)


def test_what_users_wrote_is_text() -> None:
    planted = "<script>alert('x')</script>\x1b[0m\ud800"
    shown = tag("a", text(planted), title=planted)
    assert "<script>" not in shown
    assert "\x1b" not in shown and "\ud800" not in shown
    assert shown.count("&lt;script&gt;") == 2


def test_attributes_are_written_as_html_has_them() -> None:
    shown = tag("input", class_="c", aria_label="l", checked=True, disabled=False, id=None, size=2)
    assert shown == '<input class="c" aria-label="l" checked size="2">'


def test_an_empty_section_is_none() -> None:
    assert section("a", "A", text("")) == ""
    assert 'aria-labelledby="a-title"' in section("a", "A", text("b"))


def test_words() -> None:
    assert [count(number, "node") for number in (0, 1, 1000)] == [
        "0 nodes",
        "1 node",
        "1,000 nodes",
    ]
    assert join([chip(Status.FAIL), chip(Status.SKIP, "later")], " ") == (
        '<span class="chip fail">fail</span> <span class="chip skip">later</span>'
    )
