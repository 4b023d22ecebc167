# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands in front of an API server: failures on demand, its control, and the request log."""

from __future__ import annotations

import json
import sys
import traceback
import typing as t

from aiohttp import web

from tests.sandbox.kubernetes import errors
from tests.sandbox.kubernetes.control import CONTROL_PATH
from tests.sandbox.kubernetes.faults import Fault, Faults
from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.kubernetes.recording import Recorder
from tests.sandbox.kubernetes.request_log import RequestLog

_LARGEST_BODY = 64 * 1024 * 1024

# Answers a request and completes the entry of the log. Raises ApiError.
Answer = t.Callable[[web.Request, Object], t.Awaitable[web.StreamResponse]]


class Front:
    """Hands requests on to what answers them, unless a rule lets them fail."""

    def __init__(self, answer: Answer, faults: Faults, log: RequestLog) -> None:
        self._answer = answer
        self._faults = faults
        self._log = log
        self._recorder = Recorder()

    def web_application(self) -> web.Application:
        """Return the aiohttp application, ready to be run."""
        application = web.Application(client_max_size=_LARGEST_BODY)
        application.router.add_route("*", "/{path:.*}", self._handle)
        return application

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        entry = self._log.begin(request)
        fault: Fault | None = None
        if not request.path.startswith(CONTROL_PATH):
            await self._recorder.record(request)
            user_agent = request.headers.get("User-Agent", "")
            fault = self._faults.strike(request.method, request.path_qs, user_agent)
        try:
            answer = await self._answer_or_fail(request, fault, entry)
        except errors.ApiError as error:
            answer = _error(error)
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            answer = _error(errors.internal_error(repr(error)))
        entry["status"] = entry.get("status") or answer.status
        self._log.end(entry)
        return answer

    async def _answer_or_fail(
        self, request: web.Request, fault: Fault | None, entry: Object
    ) -> web.StreamResponse:
        if fault is None:
            return await self._answer(request, entry)
        entry["fault"] = fault.kind
        answer = await self._answer(request, entry) if fault.after else None
        if fault.kind == "status":
            raise fault.error()
        if fault.kind == "stall":
            await self._faults.stall(fault)
        if fault.kind == "cut" or _is_gone(request):
            entry["status"] = "cut"
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        return answer or await self._answer(request, entry)


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def json_response(
    obj: Object, status: int = 200, content_type: str = "application/json"
) -> web.Response:
    """Return an object as an answer."""
    headers = {"Content-Type": content_type}
    return web.Response(body=json.dumps(obj).encode(), status=status, headers=headers)


def _error(error: errors.ApiError) -> web.Response:
    response = json_response(error.status(), error.code)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


__all__ = ("Answer", "Front", "json_response")
