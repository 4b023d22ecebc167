# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One test of many rows fails with each that does not hold, and with none at all."""

from __future__ import annotations

import pytest

from tests.unit.helpers.rows import by_id, every


def test_all_rows_that_do_not_hold_are_named() -> None:
    tried = []

    @every([("right", (1, 1)), ("wrong", (1, 2)), ("broken", ("x", 1)), ("right again", (2, 2))])
    def check(one: int, other: int) -> None:
        tried.append(one)
        assert int(one) == other, f"{one} is not {other}"

    with pytest.raises(AssertionError) as caught:
        check()
    assert tried == [1, 1, "x", 2]
    told = str(caught.value).splitlines()
    assert told[0] == "2 of 4 rows:" and told[1].startswith("wrong: AssertionError: 1 is not 2")
    assert any(line.startswith("broken: ValueError: invalid literal") for line in told)
    assert "right" not in str(caught.value)


def test_a_table_without_rows_shows_nothing() -> None:
    @every(by_id([]))
    def check(case: dict[str, str]) -> None: ...

    with pytest.raises(AssertionError, match="no row"):
        check()


def test_rows_that_hold_pass_under_their_tests_name() -> None:
    @every(by_id([{"id": "a"}]))
    def test_of_letters(case: dict[str, str]) -> None:
        assert case["id"] == "a"

    assert test_of_letters.__name__ == "test_of_letters"
    test_of_letters()
