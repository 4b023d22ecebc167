# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Of files of tests that are shared out, the longest begin, so that no process has to wait at the end.

How long each took is kept from run to run; a file that nobody has run yet comes first.
"""

from __future__ import annotations

import collections
import json
import pathlib
import typing as t

import pytest

KEPT = pathlib.Path(__file__).resolve().parents[1] / ".cache" / "durations.json"


def kept(file: pathlib.Path = KEPT) -> dict[str, float]:
    """Return how many seconds each file took, as far as it is known."""
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def in_order(items: list[pytest.Item], seconds: t.Mapping[str, float]) -> None:
    """Put the items of the longest files first, and leave those of a file as they are."""
    items.sort(key=lambda item: -seconds.get(_file(item.nodeid), float("inf")))


def keep(reports: t.Iterable[pytest.TestReport], file: pathlib.Path = KEPT) -> None:
    """Note how long the files took of which there are reports."""
    took: dict[str, float] = collections.defaultdict(float)
    for report in reports:
        took[_file(report.nodeid)] += report.duration
    if took and file.parent.is_dir():
        whole = {**kept(file), **{name: round(one, 3) for name, one in took.items()}}
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(whole, indent=1, sort_keys=True), encoding="utf-8")
        fresh.replace(file)


def reports_of(terminal: t.Any) -> list[pytest.TestReport]:
    """Return all reports that a terminal reporter has got."""
    every = (one for some in terminal.stats.values() for one in some)
    return [one for one in every if isinstance(one, pytest.TestReport)]


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]
