# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages from templates, in which every text is escaped as it is put in, whoever wrote it.

The templates are files of this collection. What they show is data and never a template itself.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import functools
import pathlib
import re
import typing as t

from ..module_utils._causes import page_of, sentence
from ..module_utils._visible import visible_line
from ._markdown import markdown_code, markdown_text

with contextlib.suppress(ImportError):  # controllers have it: ansible-core needs it
    import jinja2
    import markupsafe

_HERE = pathlib.Path(__file__).parent
# What HTML cannot hold, not even escaped.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_NAMES = 6


@functools.cache
def asset(path: str) -> str:
    """Return the text of a file that lies beside the code; the path begins in plugin_utils."""
    return (_HERE / path).read_text(encoding="utf-8")


def html(path: str, **shown: t.Any) -> str:
    """Return a page of HTML from a template."""
    return _template(path, _clean).render(**shown)


def markdown(path: str, **shown: t.Any) -> str:
    """Return a page of Markdown from a template."""
    return _template(path, _escaped).render(**shown).strip("\n") + "\n"


def trusted(text: str) -> markupsafe.Markup:
    """Return a text of ours that is HTML or Markdown already."""
    return markupsafe.Markup(text)


@functools.cache
def _template(path: str, finalize: t.Callable[[t.Any], t.Any]) -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(
        code=_code,
        counted=counted,
        line=_line,
        listed=listed,
        moment=_moment,
        page=page_of,
        sentence=sentence,
        trusted=trusted,
    )
    return environment.from_string(asset(path))


def _clean(value: t.Any) -> t.Any:
    """Return a value as HTML can hold it; Jinja2 escapes it afterwards."""
    return value if hasattr(value, "__html__") else _FORBIDDEN.sub("\ufffd", str(value))


def _escaped(value: t.Any) -> t.Any:
    """Return a value as Markdown shows it: markup to Jinja2, which then leaves it alone."""
    return value if hasattr(value, "__html__") else trusted(markdown_text(str(value)))


def _code(value: t.Any) -> markupsafe.Markup:
    return trusted(f"`{markdown_code(str(value))}`")


def _line(value: t.Any) -> markupsafe.Markup:
    """Return a text as it stands, for a line of a block of code."""
    return trusted(visible_line(str(value)))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, such as 1,000 nodes."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(names: t.Sequence[str], most: int = _NAMES) -> str:
    """Return names as a text; of many the first ones and how many more there are."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _moment(time: str) -> str:
    """Return an ISO 8601 time as people read it."""
    return time.replace("T", " ").replace("+00:00", " UTC")


__all__ = ("asset", "counted", "html", "listed", "markdown", "trusted")
