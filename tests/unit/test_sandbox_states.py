# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A state is put back although a controller is still at work."""

from __future__ import annotations

import asyncio
import typing as t

import pytest

from tests.sandbox.kubernetes import etcd

WANTED = {b"/registry/pods/default/kept": b"1"}


class BusyCluster:
    """An etcd, and a controller that replaces pods for some looks, anew where it is disturbed."""

    def __init__(self) -> None:
        self.keys = WANTED
        self.changes = 0
        self._work = 0

    async def read(self) -> etcd.Keys:
        if self._work:
            self._work -= 1
            self.keys = {b"/registry/pods/default/other-%d" % self._work: b"1"}
        return self.keys

    async def change(self, wanted: etcd.Keys, _now: etcd.Keys) -> tuple[int, set[bytes]]:
        if not self.changes or self._work:
            self._work = 4
        self.changes += 1
        self.keys = wanted
        return self.changes, set()


def test_what_a_controller_answers_is_put_back_once_it_has_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(etcd, "_SETTLE_SECONDS", 0.0)
    cluster: t.Any = BusyCluster()
    states = etcd.States(cluster, t.cast("t.Any", None))
    asyncio.run(states.keep("kept"))
    asyncio.run(states.restore("kept"))
    assert (cluster.keys, cluster.changes) == (WANTED, 2)
