# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables with many rows that take no time each: one test, which names all rows that do not hold."""

from __future__ import annotations

import functools
import typing as t

Rows = t.Iterable[tuple[str, tuple[t.Any, ...]]]
"""The names of rows and their arguments."""


def every(rows: Rows) -> t.Callable[[t.Callable[..., None]], t.Callable[[], None]]:
    """Make one test of a test with arguments: for pytest each of thousands costs more than itself."""
    known = list(rows)

    def decorate(check: t.Callable[..., None]) -> t.Callable[[], None]:
        def test() -> None:
            failed = []
            for name, arguments in known:
                try:
                    check(*arguments)
                except Exception as error:
                    failed.append(f"{name}: {type(error).__name__}: {error}")
            assert known, "there is no row"
            assert not failed, "\n".join((f"{len(failed)} of {len(known)} rows:", *failed))

        functools.update_wrapper(test, check)
        del vars(test)["__wrapped__"]  # pytest would look for the arguments there
        return test

    return decorate


def by_id(cases: t.Iterable[t.Mapping[str, t.Any]], key: str = "id") -> Rows:
    """Yield each case under its name."""
    return ((str(case[key]), (case,)) for case in cases)
