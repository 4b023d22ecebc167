# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has changed since the report before."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ....module_utils._evidence import Status
from ..changes import Change, Changes
from ..summary import listed
from .markup import Html, chip, count, section, tag, text

# Rows of one kind; longer lists end in their number.
_ROWS = 100


def changes_section(changes: Changes | None) -> Html:
    """Return the comparison; nothing where there is no report to compare with."""
    if changes is None:
        return Html("")
    since = changes.since.replace("T", " ").replace("+00:00", " UTC")
    compared = tag(
        "p",
        text("Compared with the report of "),
        tag("time", text(since), datetime=changes.since),
        text(f": {count(changes.same, 'check')} ended as before."),
    )
    kinds = (
        ("Worse", changes.worse, True),
        ("Better", changes.better, True),
        ("New checks", changes.new, False),
        ("No longer checked", changes.gone, False),
    )
    parts = [_kind(*kind) for kind in kinds]
    parts += [
        _hosts("New hosts", changes.new_hosts),
        _hosts("Hosts that are not in this run", changes.gone_hosts),
    ]
    if changes.nothing:
        parts = [tag("p", text("Nothing has changed."))]
    return section("changes", "Changes", compared, *parts)


def _kind(heading: str, found: t.Sequence[Change], is_open: bool) -> Html:
    if not found:
        return Html("")
    head = tag(
        "tr", *(tag("th", text(name), scope="col") for name in ("Host", "Check", "Before", "Now"))
    )
    rows = [
        tag(
            "tr",
            tag("th", text(one.host), scope="row"),
            tag("td", text(one.check)),
            tag("td", _status(one.before)),
            tag("td", _status(one.after)),
        )
        for one in found[:_ROWS]
    ]
    more = len(found) - _ROWS
    rest = tag("p", text(f"And {more:,} more.")) if more > 0 else Html("")
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_="plain-table")
    summary = tag("summary", text(f"{heading}: {len(found):,}"))
    return tag("details", summary, tag("div", table, class_="scroll-x"), rest, open=is_open)


def _hosts(heading: str, hosts: t.Sequence[str]) -> Html:
    if not hosts:
        return Html("")
    return tag("p", tag("strong", text(f"{heading}: {len(hosts):,}")), text(f" ({listed(hosts)})"))


def _status(status: Status | None) -> Html:
    return chip(status) if status else text("not checked")


__all__ = ("changes_section",)
