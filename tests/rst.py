# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""reStructuredText of the pages that are written from code."""

from __future__ import annotations

import textwrap

WIDTH = 98


def title(text: str, underline: str) -> str:
    """Return a heading."""
    return f"{text}\n{underline * len(text)}\n"


def escape(text: str) -> str:
    """Return a text in which no character is markup."""
    for character in "\\*`|_":
        text = text.replace(character, f"\\{character}")
    return text


def wrap(text: str) -> str:
    """Return a paragraph."""
    lines = textwrap.wrap(text, WIDTH, break_on_hyphens=False, break_long_words=False)
    return "\n".join(lines) + "\n"


__all__ = ("escape", "title", "wrap")
