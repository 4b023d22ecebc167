# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP server: routes and authentication, behind a `Front`."""

from __future__ import annotations

import asyncio
import contextlib
import typing as t

from aiohttp import web

from tests.sandbox.kubernetes import discovery, errors
from tests.sandbox.kubernetes.access import Tokens, User
from tests.sandbox.kubernetes.api import Api
from tests.sandbox.kubernetes.cluster import Cluster
from tests.sandbox.kubernetes.controllers import Controllers
from tests.sandbox.kubernetes.faults import Faults
from tests.sandbox.kubernetes.front import Front, json_response
from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.kubernetes.request_log import RequestLog
from tests.sandbox.kubernetes.requests import ApiRequest
from tests.sandbox.kubernetes.resources import GROUP_VERSIONS, NAMESPACES
from tests.sandbox.kubernetes.watch import Watch

# What everybody may read, with or without a token.
_PUBLIC = ("/version", "/healthz", "/livez", "/readyz")
_BUILT_IN_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


class App:
    """One API server with everything behind it."""

    def __init__(self, cluster_uid: str, tokens: Tokens, log: RequestLog) -> None:
        self._cluster = Cluster(cluster_uid)
        self._tokens = tokens
        self._log = log
        self._controllers = Controllers(self._cluster)
        self._api = Api(self._cluster, tokens)

    def web_application(self) -> web.Application:
        """Return the aiohttp application, ready to be run."""
        application = Front(self._answer, Faults(), self._log).web_application()
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

    async def _answer(self, request: web.Request, entry: Object) -> web.StreamResponse:
        path = request.path.rstrip("/")
        if path in _PUBLIC:
            is_version = path == "/version"
            return json_response(dict(discovery.VERSION)) if is_version else web.Response(text="ok")
        user = self._tokens.user(request.headers.get("Authorization", ""))
        entry["user"] = user.name
        found = _discovery(path, request.headers.get("Accept", ""))
        if found is not None:
            return found
        api_request = ApiRequest.read(request, await request.read(), user)
        if api_request.is_watch:
            entry["status"] = 200
            self._log.end(entry)
            return await Watch(self._cluster.store, self._api, api_request).serve(request)
        obj, status = await self._api.answer(api_request)
        return json_response(obj, status)


def _discovery(path: str, accept: str) -> web.Response | None:
    """Return the answer of a path that describes the API, None for any other path. Raises 404."""
    if path in ("/api", "/apis") and "v=v2;as=APIGroupDiscoveryList" in accept:
        content_type = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
        return json_response(discovery.aggregated(path == "/api"), content_type=content_type)
    if path == "/apis":
        return json_response(discovery.api_groups())
    if path == "/openapi/v2":
        return json_response(discovery.openapi_v2())
    if path == "/openapi/v3":
        return json_response(discovery.openapi_index())
    steps = path.strip("/").split("/")
    is_openapi = steps[:2] == ["openapi", "v3"]
    base = steps[2:] if is_openapi else steps
    group_version = ("", base[-1]) if base[:1] == ["api"] else tuple(base[1:])
    if group_version in GROUP_VERSIONS and len(base) == (3 if base[0] == "apis" else 2):
        describe = discovery.openapi_document if is_openapi else discovery.api_resources
        return json_response(describe(*group_version))
    if base[:1] not in (["api"], ["apis"]) or len(base) < 3:
        raise errors.no_such_path()
    return None


__all__ = ("App",)
