# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A proxy in front of a real API server: who asks and what is answered is the server's affair.

Tokens that the sandbox has issued, and client certificates, become the headers of an
authenticating proxy (`X-Remote-User`, `X-Remote-Group`); any other token is passed on.
"""

from __future__ import annotations

import contextlib
import ssl

import aiohttp
import multidict
import yarl
from aiohttp import web

from tests.sandbox.kubernetes import errors
from tests.sandbox.kubernetes.access import Tokens, User, account_of
from tests.sandbox.kubernetes.control import CONTROL_PATH, Control
from tests.sandbox.kubernetes.front import json_response
from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.kubernetes.request_log import RequestLog

# They belong to one connection, or are ours to set.
_NOT_PASSED_ON = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_IDENTITY = "x-remote-"


class Proxy:
    """Answers requests by asking the real server."""

    def __init__(
        self,
        url: str,
        anonymous: ssl.SSLContext,
        authenticating: ssl.SSLContext,
        tokens: Tokens,
        control: Control,
        log: RequestLog,
    ) -> None:
        """Take the real server's URL, and contexts without and with the proxy's certificate."""
        self._url = url
        self._contexts = {False: anonymous, True: authenticating}
        self._tokens = tokens
        self._control = control
        self._log = log
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def open(self) -> None:
        """Open the connections to the real server."""
        for authenticating, context in self._contexts.items():
            self._sessions[authenticating] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ssl=context),
                timeout=aiohttp.ClientTimeout(total=None),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )

    async def close(self) -> None:
        """Close all connections to the real server."""
        for session in self._sessions.values():
            await session.close()

    async def answer(self, request: web.Request, entry: Object) -> web.StreamResponse:
        """Pass a request on and return its answer; a watch is answered as its events come."""
        user = self._user(request)
        if request.path.startswith(CONTROL_PATH):
            raw = await request.read()
            answer = self._control.answer(
                user or User("system:anonymous"), request.method, request.path, raw
            )
            return json_response(await answer)
        call = self._sessions[user is not None].request(
            request.method,
            yarl.URL(self._url + request.raw_path, encoded=True),
            headers=_headers(request, user),
            data=await request.read() or None,
            allow_redirects=False,
            skip_auto_headers=("User-Agent", "Accept", "Content-Type"),
        )
        async with call as upstream:
            if upstream.status != 401:
                name = user.name if user else account_of(request.headers.get("Authorization", ""))
                entry.update({"user": name} if name else {})
            if not _is_stream(request):
                return web.Response(
                    status=upstream.status, headers=_kept(upstream), body=await upstream.read()
                )
            entry["status"] = upstream.status
            self._log.end(entry)
            return await _stream(request, upstream)

    def _user(self, request: web.Request) -> User | None:
        """Return who asks where that is ours to know: a certificate goes before a token."""
        peer = request.transport and request.transport.get_extra_info("peercert")
        if peer:
            subject = [pair for names in peer["subject"] for pair in names]
            name = next(value for key, value in subject if key == "commonName")
            return User(name, tuple(value for key, value in subject if key == "organizationName"))
        with contextlib.suppress(errors.ApiError):
            return self._tokens.user(request.headers.get("Authorization", ""))
        return None


async def _stream(request: web.Request, upstream: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=upstream.status, headers=_kept(upstream))
    response.enable_chunked_encoding()
    await response.prepare(request)
    # Either end may go first: a watch ends so.
    with contextlib.suppress(aiohttp.ClientError, ConnectionError):
        async for chunk in upstream.content.iter_any():
            await response.write(chunk)
        await response.write_eof()
    return response


def _is_stream(request: web.Request) -> bool:
    return any(request.query.get(name) in ("1", "true") for name in ("watch", "follow"))


def _headers(request: web.Request, user: User | None) -> multidict.CIMultiDict[str]:
    headers = multidict.CIMultiDict(
        (name, value)
        for name, value in request.headers.items()
        if name.lower() not in _NOT_PASSED_ON and not name.lower().startswith(_IDENTITY)
    )
    if user is not None:
        headers.popall("Authorization", None)
        headers["X-Remote-User"] = user.name
        for group in user.groups:
            headers.add("X-Remote-Group", group)
    return headers


def _kept(upstream: aiohttp.ClientResponse) -> multidict.CIMultiDict[str]:
    return multidict.CIMultiDict(
        (name, value)
        for name, value in upstream.headers.items()
        if name.lower() not in _NOT_PASSED_ON
    )


__all__ = ("Proxy",)
