# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""States of a real cluster, kept and put back in its etcd while the API server runs.

A state is all of etcd's keys below `/registry/`. Putting it back writes the differences in one
transaction; the API server follows etcd, so clients and controllers see ordinary changes, and
resource versions go on. Controllers that were at work may still act on what was there before:
what they take away again is put back until nothing changes any more.
"""

from __future__ import annotations

import asyncio
import base64
import typing as t

import aiohttp

from tests.sandbox.kubernetes.caches import Caches
from tests.sandbox.kubernetes.objects import Object

_PREFIX = b"/registry/"
_END = b"/registry0"
# What the programs keep for themselves. Events are dropped when a state comes back.
_PASSING = (
    _PREFIX + b"events/",
    _PREFIX + b"health",
    _PREFIX + b"leases/kube-system/",
    _PREFIX + b"masterleases/",
    _PREFIX + b"peerserverleases/",
)
_EVENTS = (_PREFIX + b"events/", _PREFIX + b"events0")
_NAMESPACES = _PREFIX + b"namespaces/"
_TERMINATING_SECONDS = 20.0
_SETTLE_SECONDS = 0.15
_ROUNDS = 20
# So many looks in a row have to find the same: before a state is kept, and put back once more.
_SAME_LOOKS_TO_KEEP = 4
_SAME_LOOKS_TO_REPEAT = 2

Keys = dict[bytes, bytes]


class Etcd:
    """etcd's gateway for JSON."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def read(self) -> Keys:
        """Return all keys of the cluster that last, with their values."""
        answer = await self._ask("range", {"key": _text(_PREFIX), "range_end": _text(_END)})
        pairs = ((_raw(item["key"]), _raw(item["value"])) for item in answer.get("kvs") or [])
        return {key: value for key, value in pairs if not key.startswith(_PASSING)}

    async def change(self, wanted: Keys, now: Keys) -> tuple[int, set[bytes]]:
        """Make `now` what is wanted in one transaction; return its revision, and what it changed.

        What is to go may have gone meanwhile: nobody will see that at this revision.
        """
        puts = [key for key, value in wanted.items() if now.get(key) != value]
        deletes = [key for key in now if key not in wanted]
        operations: list[Object] = [
            *({"request_put": {"key": _text(key), "value": _text(wanted[key])}} for key in puts),
            *({"request_delete_range": {"key": _text(key)}} for key in deletes),
            {"request_delete_range": {"key": _text(_EVENTS[0]), "range_end": _text(_EVENTS[1])}},
        ]
        answer = await self._ask("txn", {"success": operations})
        results = answer["responses"][len(puts) : len(puts) + len(deletes)]
        gone = {
            key
            for key, result in zip(deletes, results, strict=True)
            if int(result["response_delete_range"].get("deleted", 0))
        }
        return int(answer["header"]["revision"]), {*puts, *gone}

    async def _ask(self, what: str, body: Object) -> Object:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session,
            session.post(f"{self._url}/v3/kv/{what}", json=body) as response,
        ):
            answer: Object = await response.json(content_type=None)
            if response.status != 200:
                raise OSError(f"etcd: {answer}")
            return answer


class States:
    """The states of one cluster that are kept, in memory."""

    def __init__(self, etcd: Etcd, caches: Caches) -> None:
        self._etcd = etcd
        self._caches = caches
        self._kept: dict[str, Keys] = {}

    def names(self) -> list[str]:
        """Return the names, sorted."""
        return sorted(self._kept)

    async def keep(self, name: str) -> None:
        """Keep the cluster's state, once nothing is taken down and no controller is at work.

        What a controller has yet to make would be made again after each restoration.
        """
        self._kept[name] = await self._at_rest(await self._settled(), _SAME_LOOKS_TO_KEEP)

    async def restore(self, name: str) -> None:
        """Put the cluster back; return when the API server shows it. Raises KeyError."""
        wanted = self._kept[name]
        now = await self._settled()
        for _round in range(_ROUNDS):
            revision, changed = await self._etcd.change(wanted, now)
            for kind in _kinds(changed):
                await asyncio.to_thread(self._caches.wait, kind, revision)
            await asyncio.sleep(_SETTLE_SECONDS)
            now = await self._etcd.read()
            if not _differences(wanted, now):
                return
            # To put back what a controller still answers to would only give it more to answer.
            now = await self._at_rest(now, _SAME_LOOKS_TO_REPEAT)
        raise OSError(f"the state does not last: {sorted(_differences(wanted, now))[:9]}")

    async def _at_rest(self, now: Keys, looks: int) -> Keys:
        """Return the keys when so many looks in a row have found the same, or in the end."""
        same = 0
        for _round in range(_ROUNDS):
            await asyncio.sleep(_SETTLE_SECONDS)
            before, now = now, await self._etcd.read()
            same = 0 if _differences(before, now) else same + 1
            if same == looks:
                break
        return now

    async def _settled(self) -> Keys:
        """Return the keys when no namespace is terminating, whose controller would go on."""
        now = await self._etcd.read()
        deadline = asyncio.get_running_loop().time() + _TERMINATING_SECONDS
        while _is_terminating(now) and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(_SETTLE_SECONDS)
            now = await self._etcd.read()
        return now


def _is_terminating(keys: Keys) -> bool:
    return any(key.startswith(_NAMESPACES) and b"Terminating" in keys[key] for key in keys)


def _differences(wanted: Keys, now: Keys) -> set[bytes]:
    return {key for key in {*wanted, *now} if wanted.get(key) != now.get(key)}


def _kinds(keys: t.Iterable[bytes]) -> set[str]:
    """Return the kinds of keys: `secrets`, `services/specs`, `example.org/widgets`."""
    steps = (key.removeprefix(_PREFIX).decode().split("/") for key in keys)
    return {
        "/".join(words[:2]) if "." in words[0] or words[0] == "services" else words[0]
        for words in steps
    }


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _raw(text: str) -> bytes:
    return base64.b64decode(text)


__all__ = ("Etcd", "States")
