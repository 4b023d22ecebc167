# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts of others in a page of Markdown: they show as they are, and call nobody."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import re

from ..module_utils._visible import visible_line

_MARKUP = re.compile(r"[\\`<>*_\[\]|#&]")
# A tracker looks for names to notify in the page that it shows, so a backslash is no help; in a
# piece of code it does not look.
_MENTION = re.compile(r"(?<![A-Za-z0-9])@+")


def markdown_text(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    escaped = _MARKUP.sub(r"\\\g<0>", " ".join(visible_line(text).split()))
    return _MENTION.sub(r"`\g<0>`", escaped)


def markdown_code(text: str) -> str:
    """Return text for within backticks; it breaks neither a table nor a piece of code."""
    shown = " ".join(visible_line(text).split()).replace("`", "'").replace("|", "\\|")
    return shown or " "  # two backticks side by side would begin a piece of code


__all__ = ("markdown_code", "markdown_text")
