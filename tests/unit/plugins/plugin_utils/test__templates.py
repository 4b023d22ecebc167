# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import jinja2
import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils import _templates
from ansible_collections.palette.image_registry.plugins.plugin_utils._templates import (
    counted,
    html,
    listed,
    markdown,
    trusted,
)

TEMPLATE = """{% macro cell(text) %}[{{ text }}]{% endmacro %}
{{ shown }} {{ cell(shown) }} {{ [shown, shown] | join(", ") }} {{ shown ~ "!" }}"""


@pytest.fixture(autouse=True)
def template(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[None]:
    monkeypatch.setattr(_templates, "asset", lambda _path: TEMPLATE)
    yield
    _templates._template.cache_clear()


def test_every_way_into_a_page_of_html_escapes() -> None:
    page = html("x", shown="<b>&\0{{ 7 * 7 }}")
    text = "&lt;b&gt;&amp;\ufffd{{ 7 * 7 }}"
    assert page.strip() == f"{text} [{text}] {text}, {text} {text}!"


def test_every_way_into_a_page_of_markdown_escapes() -> None:
    page = markdown("x", shown="*a*\n# b {{ 7 * 7 }}")
    text = "\\*a\\* \\# b {{ 7 \\* 7 }}"
    assert page == f"{text} [{text}] {text}, {text} {text}!\n"


def test_what_is_ours_stays_and_what_is_not_given_is_no_blank() -> None:
    assert html("x", shown=trusted("<b>")).strip() == "<b> [<b>] <b>, <b> <b>!"
    with pytest.raises(jinja2.UndefinedError):
        html("x")


def test_numbers_and_names() -> None:
    assert (counted(1, "node"), counted(1000, "node")) == ("1 node", "1,000 nodes")
    assert listed(["a", "b", "c"], 2) == "a, b and 1 more"
