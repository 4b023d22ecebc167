# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of a cluster in this process, without a module of kubernetes.core.

A module costs the controller two thirds of a second each time, nearly all of it for Python and its
imports. Reads, questions, dry runs of a pod, the lock's Lease and snapshots are asked so. Whatever
writes the platform stays a module: a process of its own, which ends with its playbook. What is the
run's own may be answered after that: a patch of the Lease holds only for the holder that it names,
and a snapshot has a name that nobody else takes.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import http
import pathlib
import signal
import time
import types
import typing as t

from ...module_utils._objects import JsonObject, dig
from .access import ClusterAccess
from .api import HAS_URLLIB3, Api, ApiError, Query
from .resources import Resource, Resources

# How long until it is told again, should a library have taken the exception for its own.
_AGAIN_SECONDS = 5.0


class _LateError(Exception):
    """Too late. Not a TimeoutError: urllib3 would take that for its own, and ask again."""


def runs_here(
    module: str, arguments: t.Mapping[str, t.Any], *, check_mode: bool, own: bool = False
) -> bool:
    """Return whether a module's work is done here, and this Python has what that needs.

    A module's Python may be another. `own` says that the object is the run's own.
    """
    if not HAS_URLLIB3:
        return False
    if own:
        return not check_mode
    if module == "k8s":
        return _only_asks(arguments.get("definition"), check_mode)
    return module == "k8s_info"


def _only_asks(definition: t.Any, check_mode: bool) -> bool:
    if isinstance(definition, list):
        return all(map(_is_question, definition))
    return check_mode and isinstance(definition, t.Mapping) and definition.get("kind") == "Pod"


def _is_question(definition: t.Mapping[str, t.Any]) -> bool:
    return str(definition.get("apiVersion")).startswith("authorization.k8s.io/")


class Here:
    """What one task asks in this process, over connections that it keeps."""

    def __init__(self, folder: pathlib.Path) -> None:
        """Know no cluster yet. `folder` is private to the task."""
        self._folder = folder
        self._access: ClusterAccess | None = None
        self._client: _Client | None = None

    def run(
        self,
        access: ClusterAccess,
        module: str,
        arguments: t.Mapping[str, t.Any],
        environment: t.Mapping[str, str],
        seconds: float,
    ) -> dict[str, t.Any]:
        """Return what the module returns for the same arguments; an unknown kind has no objects.

        `environment` has the proxies. Raises whatever the client raises, and TimeoutError after
        some seconds.
        """
        try:
            with _alarm(seconds):
                return _answer(self._opened(access, environment), module, arguments)
        except TimeoutError:
            self._client = None  # interrupted wherever it was
            raise

    def _opened(self, access: ClusterAccess, environment: t.Mapping[str, str]) -> _Client:
        """Return the client of a cluster; another one where there is another credential by now."""
        if self._client is None or access is not self._access:
            self._client = _Client(Api(access, environment, self._folder))
            self._access = access
        return self._client


class _Client:
    """The verbs of an API for what is asked here."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._resources = Resources(api)

    def read(self, arguments: t.Mapping[str, t.Any]) -> list[JsonObject]:
        """Return the objects that are there."""
        name = str(arguments.get("name") or "")
        selectors = [
            (key, ",".join(arguments.get(f"{option}_selectors") or ()))
            for key, option in (("labelSelector", "label"), ("fieldSelector", "field"))
        ]
        resource = self._resources.find(arguments["api_version"], arguments["kind"])
        if resource is None:
            return []
        path = resource.path(name, str(arguments.get("namespace") or ""))
        try:
            found = self._api.ask("GET", path, [pair for pair in selectors if pair[1]])
        except ApiError as error:
            if error.status != http.HTTPStatus.NOT_FOUND:
                raise
            return []
        return [found] if name else list(found.get("items") or ())

    def create(self, thing: JsonObject, query: Query = ()) -> JsonObject:
        """Return an object as the API server makes it."""
        resource = self._resource(thing["apiVersion"], thing["kind"])
        path = resource.path(namespace=str(dig(thing, "metadata", "namespace") or ""))
        return self._api.ask("POST", path, query, thing)

    def keep(self, thing: JsonObject) -> JsonObject:
        """Create an object and return it, or the one that is there by its name."""
        try:
            return self.create(thing)
        except ApiError as error:
            if error.status != http.HTTPStatus.CONFLICT:
                raise
        return self._api.ask("GET", self._path(thing))

    def merge(self, thing: JsonObject) -> JsonObject | None:
        """Merge into an object and return it, None if it is not there."""
        try:
            return self._api.ask(
                "PATCH", self._path(thing), body=thing, content_type="application/merge-patch+json"
            )
        except ApiError as error:
            if error.status != http.HTTPStatus.NOT_FOUND:
                raise
        return None

    def _path(self, thing: JsonObject) -> str:
        metadata = thing["metadata"]
        resource = self._resource(thing["apiVersion"], thing["kind"])
        return resource.path(metadata["name"], metadata["namespace"])

    def patch(self, arguments: t.Mapping[str, t.Any]) -> JsonObject:
        """Return an object after a patch; the server refuses one whose test does not hold."""
        resource = self._resource(arguments["api_version"], arguments["kind"])
        path = resource.path(arguments["name"], arguments["namespace"])
        patch, kind = list(arguments["patch"]), "application/json-patch+json"
        return self._api.ask("PATCH", path, body=patch, content_type=kind)

    def _resource(self, api_version: str, kind: str) -> Resource:
        resource = self._resources.find(api_version, kind)
        if resource is None:
            raise ValueError(f"the API server knows no {kind} of {api_version}")
        return resource


def _answer(client: _Client, module: str, arguments: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    if module == "k8s_info":
        return {"resources": client.read(arguments)}
    if module == "k8s_json_patch":
        return {"changed": True, "result": client.patch(arguments)}
    own = arguments.get("resource_definition")
    if own:
        work = client.merge if arguments["state"] == "patched" else client.keep
        return {"changed": True, "result": work(own)}
    definition = arguments["definition"]
    if isinstance(definition, list):
        # Such objects are never kept.
        return {"result": {"results": [{"result": client.create(one)} for one in definition]}}
    return {"changed": True, "result": client.create(definition, [("dryRun", "All")])}


@contextlib.contextmanager
def _alarm(seconds: float) -> t.Iterator[None]:
    """Raise TimeoutError after some seconds, and let the timeout of a task go on afterwards."""

    def ring(_number: int, _frame: types.FrameType | None) -> t.NoReturn:
        raise _LateError(f"no answer within {seconds:g} s")

    started = time.monotonic()
    before = signal.signal(signal.SIGALRM, ring)
    left, _interval = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
    try:
        yield
    except _LateError as exc:
        raise TimeoutError(str(exc)) from None
    finally:
        rest = max(left - (time.monotonic() - started), 0.001) if left else 0.0
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, rest)


__all__ = ("Here", "runs_here")
