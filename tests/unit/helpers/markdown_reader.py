# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Markdown parser makes of a page: the witness that texts of others stay texts."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")
# What a tracker reads as the name of somebody to notify: not within a word, as an address has it.
_MENTION = re.compile(r"(?<![A-Za-z0-9])@(?=\w)")
_STRUCTURE = ("heading_open", "list_item_open", "tr_open", "td_open", "th_open", "code_inline")


@dataclasses.dataclass(frozen=True)
class Page:
    """What a page shows: texts and pieces of code, links, and what of it is markup of HTML.

    `structure` names the headings, list items, cells and pieces of code, in their order; but for
    each @ that stands in code to call nobody.
    """

    texts: tuple[str, ...]
    codes: tuple[str, ...]
    links: tuple[str, ...]
    html: tuple[str, ...]
    structure: tuple[str, ...]

    @property
    def mentions(self) -> bool:
        """Whether somebody would be notified."""
        return any(_MENTION.search(text) for text in self.texts)


def read_markdown(page: str) -> Page:
    """Return what a page shows."""
    tokens = list(_walk(_PARSER.parse(page)))

    def contents(*types: str) -> tuple[str, ...]:
        return tuple(token.content for token in tokens if token.type in types)

    return Page(
        texts=contents("text", "text_special"),
        codes=contents("code_inline", "code_block", "fence"),
        links=tuple(
            str(token.attrs.get("href", token.attrs.get("src")))
            for token in tokens
            if token.type in ("link_open", "image")
        ),
        html=contents("html_inline", "html_block"),
        structure=tuple(
            token.type
            for token in tokens
            if token.type in _STRUCTURE and (not token.content or token.content.strip("@"))
        ),
    )


def _walk(tokens: t.Iterable[Token]) -> t.Iterator[Token]:
    for token in tokens:
        yield token
        yield from _walk(token.children or ())
