# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The longest files of tests come first, by what is known of earlier runs."""

from __future__ import annotations

import pathlib
import types
import typing as t

import pytest

from tests.longest_first import in_order, keep, kept, reports_of


def item(nodeid: str) -> pytest.Item:
    return t.cast("pytest.Item", types.SimpleNamespace(nodeid=nodeid))


def report(nodeid: str, seconds: float, when: t.Literal["setup", "call"] = "call") -> t.Any:
    return pytest.TestReport(nodeid, (nodeid, 0, ""), {}, "passed", None, when, duration=seconds)


def test_the_longest_and_the_unknown_begin() -> None:
    items = [item(name) for name in ("short.py::b", "short.py::a", "long.py::a", "new.py::a")]
    in_order(items, {"short.py": 1.0, "long.py": 9.0})
    found = [one.nodeid for one in items]
    assert found == ["new.py::a", "long.py::a", "short.py::b", "short.py::a"]


def test_what_took_how_long_is_kept_beside_what_was_known(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "durations.json"
    assert kept(file) == {}
    keep(
        [report("a.py::one", 1), report("a.py::one", 2, "setup"), report("b.py::x[1::2]", 4)], file
    )
    assert kept(file) == {"a.py": 3, "b.py": 4}
    keep([report("b.py::x", 5)], file)
    assert kept(file) == {"a.py": 3, "b.py": 5}
    keep([], file)
    assert kept(file) == {"a.py": 3, "b.py": 5}


def test_a_damaged_file_is_none(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "durations.json"
    file.write_text("{", encoding="utf-8")
    assert kept(file) == {}


def test_all_reports_of_a_run_are_taken() -> None:
    stats = {"": [report("a", 1, "setup")], "passed": [report("a", 1)], "warnings": [object()]}
    assert len(reports_of(types.SimpleNamespace(stats=stats))) == 2
