# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""reStructuredText of the pages that are written from code."""

from __future__ import annotations

import argparse
import pathlib
import textwrap
import typing as t

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


def run(
    about: str | None, page: pathlib.Path, text: str, arguments: t.Sequence[str] | None = None
) -> int:
    """Write a page, or with `--check` compare it with the file; return the exit code."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    options = parser.parse_args(arguments)
    if options.check:
        return 0 if page.read_text(encoding="utf-8") == text else 1
    page.write_text(text, encoding="utf-8")
    return 0


__all__ = ("escape", "run", "title", "wrap")
