# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.retries import (
    DELAYS,
    PASSING,
    persistently,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure


class Work:
    """Fails with some codes first; `slept` are the pauses between."""

    def __init__(self, *codes: str) -> None:
        self.codes = list(codes)
        self.done = 0
        self.slept: list[float] = []

    def __call__(self) -> str:
        self.done += 1
        if self.codes:
            raise Failure.of(self.codes.pop(0), "cluster", "it failed", "wait")
        return "done"


def test_what_passes_is_tried_again_with_pauses_that_grow() -> None:
    work = Work(*sorted(PASSING))
    assert persistently(work, sleep=work.slept.append) == "done"
    assert work.done == 4
    assert all(
        delay / 2 <= slept <= delay * 1.5 for delay, slept in zip(DELAYS, work.slept, strict=True)
    )


@pytest.mark.parametrize(
    ("codes", "also", "done"),
    [
        (["forbidden"], (), 1),
        (["conflict"], (), 1),
        (["conflict", "forbidden"], ("conflict",), 2),
        (["unreachable"] * 4, (), 4),
    ],
)
def test_it_ends(codes: list[str], also: tuple[str, ...], done: int) -> None:
    work = Work(*codes)
    with pytest.raises(Failure) as raised:
        persistently(work, sleep=work.slept.append, also=also)
    assert (raised.value.code, work.done) == (codes[-1], done)


def test_an_answer_that_takes_too_long_is_not_waited_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(f"{persistently.__module__}._LONGEST_SECONDS", -1)
    work = Work("no_answer")
    with pytest.raises(Failure):
        persistently(work, sleep=work.slept.append)
    assert work.done == 1
