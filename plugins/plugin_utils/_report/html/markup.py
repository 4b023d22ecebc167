# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTML that cannot be broken by what is in it: only `text` and `tag` make it, and both escape."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import html
import re
import typing as t

from ....module_utils._evidence import Status

Html = t.NewType("Html", str)

WORDS = {Status.PASS: "ok", Status.WARN: "warn", Status.FAIL: "fail", Status.SKIP: "skip"}
"""The status as a reader sees it: in words, for those who do not see colours."""

_VOID = ("meta", "input")
# What HTML cannot hold, not even escaped.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def text(value: str | int) -> Html:
    """Return a text as HTML."""
    return Html(html.escape(_clean(str(value))))


def tag(element: str, /, *children: Html, **attributes: str | int | bool | None) -> Html:
    """Return an element. `class_` is the attribute class, `aria_label` is aria-label.

    An attribute that is None or False is left out, one that is True has no value.
    """
    words = [element]
    for key, value in attributes.items():
        written = key.rstrip("_").replace("_", "-")
        if value is True:
            words.append(written)
        elif value is not None and value is not False:
            words.append(f'{written}="{html.escape(_clean(str(value)))}"')
    opening = f"<{' '.join(words)}>"
    return Html(opening if element in _VOID else f"{opening}{''.join(children)}</{element}>")


def join(parts: t.Iterable[Html], separator: str = "") -> Html:
    """Return pieces of HTML as one; the separator is no user's text."""
    return Html(separator.join(parts))


def chip(status: Status, words: str = "") -> Html:
    """Return a status as a small label."""
    return tag("span", text(words or WORDS[status]), class_=f"chip {status.value}")


def section(identifier: str, heading: str, *children: Html) -> Html:
    """Return a part of the page, a landmark with its heading; nothing if it is empty."""
    if not any(children):
        return Html("")
    title = tag("h2", text(heading), id=f"{identifier}-title")
    return tag("section", title, *children, id=identifier, aria_labelledby=f"{identifier}-title")


def count(number: int, noun: str) -> str:
    """Return a number with its noun, such as 1,000 nodes."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _clean(value: str) -> str:
    return _FORBIDDEN.sub("\ufffd", value)


__all__ = ("WORDS", "Html", "chip", "count", "join", "section", "tag", "text")
