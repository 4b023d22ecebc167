# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP server: routes, authentication, failures on demand and the request log."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import traceback
import typing as t

from aiohttp import web

from tests.sandbox.kubernetes import discovery, errors
from tests.sandbox.kubernetes.access import Tokens, User
from tests.sandbox.kubernetes.api import Api
from tests.sandbox.kubernetes.cluster import Cluster
from tests.sandbox.kubernetes.control import CONTROL_PATH, Control
from tests.sandbox.kubernetes.controllers import Controllers
from tests.sandbox.kubernetes.faults import Fault, Faults
from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.kubernetes.readiness import Readiness
from tests.sandbox.kubernetes.request_log import RequestLog
from tests.sandbox.kubernetes.requests import ApiRequest
from tests.sandbox.kubernetes.resources import GROUP_VERSIONS, NAMESPACES
from tests.sandbox.kubernetes.watch import Watch

# What everybody may read, with or without a token.
_PUBLIC = ("/version", "/healthz", "/livez", "/readyz")
_BUILT_IN_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
_LARGEST_BODY = 64 * 1024 * 1024


class App:
    """One API server with everything behind it."""

    def __init__(self, cluster_uid: str, tokens: Tokens, log: RequestLog) -> None:
        self._cluster = Cluster(cluster_uid)
        self._tokens = tokens
        self._log = log
        self._faults = Faults()
        readiness = Readiness()
        controllers = Controllers(self._cluster, readiness)
        self._controllers = controllers
        self._api = Api(self._cluster, tokens)
        self._control = Control(self._cluster, self._faults, readiness, controllers, tokens)

    def web_application(self) -> web.Application:
        """Return the aiohttp application, ready to be run."""
        application = web.Application(client_max_size=_LARGEST_BODY)
        application.router.add_route("*", "/{path:.*}", self._handle)
        application.cleanup_ctx.append(self._background)
        return application

    async def _background(self, _application: web.Application) -> t.AsyncIterator[None]:
        for name in _BUILT_IN_NAMESPACES:
            await self._cluster.create(
                NAMESPACES, "", {"metadata": {"name": name}}, user=User("system:apiserver")
            )
        task = asyncio.create_task(self._controllers.run())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        entry = self._log.begin(request)
        fault: Fault | None = None
        if not request.path.startswith(CONTROL_PATH):
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

    async def _answer(self, request: web.Request, entry: Object) -> web.StreamResponse:
        path = request.path.rstrip("/")
        if path in _PUBLIC:
            return _json(dict(discovery.VERSION)) if path == "/version" else web.Response(text="ok")
        user = self._tokens.user(request.headers.get("Authorization", ""))
        entry["user"] = user.name
        raw = await request.read()
        if path.startswith(CONTROL_PATH):
            return _json(await self._control.answer(user, request.method, path, raw))
        found = _discovery(path, request.headers.get("Accept", ""))
        if found is not None:
            return found
        api_request = ApiRequest.read(request, raw, user)
        if api_request.is_watch:
            self._api.check(api_request)
            entry["status"] = 200
            self._log.end(entry)
            return await Watch(self._cluster.store, self._api, api_request).serve(request)
        obj, status = await self._api.answer(api_request)
        return _json(obj, status)


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def _json(obj: Object, status: int = 200, content_type: str = "application/json") -> web.Response:
    headers = {"Content-Type": content_type}
    return web.Response(body=json.dumps(obj).encode(), status=status, headers=headers)


def _error(error: errors.ApiError) -> web.Response:
    response = _json(error.status(), error.code)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _discovery(path: str, accept: str) -> web.Response | None:
    """Return the answer of a path that describes the API, None for any other path. Raises 404."""
    if path in ("/api", "/apis"):
        return _root(path == "/api", accept)
    if path == "/openapi/v2":
        return _json(discovery.openapi_v2())
    if path == "/openapi/v3":
        return _json(discovery.openapi_index())
    steps = path.strip("/").split("/")
    is_openapi = steps[:2] == ["openapi", "v3"]
    base = steps[2:] if is_openapi else steps
    if base[:1] == ["apis"] and len(base) == 2:
        group = discovery.api_group(base[1])
        return _json(group) if group else None
    group_version = ("", base[-1]) if base[:1] == ["api"] else tuple(base[1:])
    if group_version in GROUP_VERSIONS and len(base) == (3 if base[0] == "apis" else 2):
        describe = discovery.openapi_document if is_openapi else discovery.api_resources
        return _json(describe(*group_version))
    if base[:1] not in (["api"], ["apis"]) or len(base) < 3:
        raise errors.no_such_path()
    return None


def _root(core: bool, accept: str) -> web.Response:
    if "as=APIGroupDiscoveryList" not in accept:
        return _json(discovery.api_versions() if core else discovery.api_groups())
    # The first version that the client names is the one that it likes best.
    version = min(discovery.AGGREGATED_VERSIONS, key=lambda name: _place(accept, f"v={name};"))
    content_type = f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
    return _json(discovery.aggregated(core, version), content_type=content_type)


def _place(text: str, part: str) -> int:
    position = text.find(part)
    return position if position >= 0 else len(text)


__all__ = ("App",)
