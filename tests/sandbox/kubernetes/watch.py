# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Watches: events as lines of JSON, from a version or from the present state on."""

from __future__ import annotations

import asyncio
import json
import typing as t

from aiohttp import web

from tests.sandbox.kubernetes.api import Api
from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.kubernetes.requests import ApiRequest
from tests.sandbox.kubernetes.selectors import matches
from tests.sandbox.kubernetes.store import Event, Store

_LONGEST_SECONDS = 1800.0


class Watch:
    """One watch of one client."""

    def __init__(self, store: Store, api: Api, request: ApiRequest) -> None:
        self._store = store
        self._api = api
        self._request = request
        # Up to this version the client has been told everything.
        self._told = 0
        self._response = web.StreamResponse(headers={"Content-Type": "application/json"})

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Send events until the client leaves or its `timeoutSeconds` are over."""
        seconds = float(self._request.query.get("timeoutSeconds") or _LONGEST_SECONDS)
        with self._store.subscribed() as events:
            try:
                await self._response.prepare(request)
                await self._begin()
                await asyncio.wait_for(self._follow(events), seconds)
            except (TimeoutError, ConnectionResetError):
                pass  # Both ends of a watch are normal: its time is over, or the client left.
        return self._response

    async def _begin(self) -> None:
        version = int(self._request.query.get("resourceVersion") or 0)
        wants_state = self._request.query.get("sendInitialEvents") == "true"
        self._told = self._store.version
        if not wants_state and version:
            for event in self._store.since(version):
                await self._send_event(event)
            return
        present = self._api.matching(self._request)
        bookmark = self._bookmark()
        for obj in present:
            await self._send("ADDED", obj)
        if wants_state:
            await self._send("BOOKMARK", bookmark)

    def _bookmark(self) -> Object:
        resource = self._request.target.resource
        return {
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            "metadata": {
                "resourceVersion": str(self._store.version),
                "annotations": {"k8s.io/initial-events-end": "true"},
            },
        }

    async def _follow(self, events: asyncio.Queue[Event]) -> t.NoReturn:
        while True:
            event = await events.get()
            if event.version > self._told:
                await self._send_event(event)

    async def _send_event(self, event: Event) -> None:
        target = self._request.target
        concerns = event.key.resource == target.resource and (
            target.namespace in ("", event.key.namespace) and target.name in ("", event.key.name)
        )
        if concerns and matches(event.obj, self._request.query):
            await self._send(event.kind, event.obj)

    async def _send(self, kind: str, obj: Object) -> None:
        line = json.dumps({"type": kind, "object": obj})
        await self._response.write(line.encode() + b"\n")


__all__ = ("Watch",)
