# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of a cluster in this process, without a module of kubernetes.core.

A module costs the controller two thirds of a second each time, nearly all of it for Python and its
imports; here the libraries are imported once for the whole playbook. Reads, questions, dry runs of
a pod and patches of the lock's Lease are asked so. Whatever else writes stays a module: a process
of its own, which ends with its playbook. A patch of the Lease may be answered after that, since it
holds only for the holder that it names.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import os
import signal
import time
import types
import typing as t

from ...module_utils._objects import JsonObject, dig

try:
    from kubernetes.dynamic.exceptions import NotFoundError, ResourceNotFoundError

    from ansible_collections.kubernetes.core.plugins.module_utils.client.discovery import (
        LazyDiscoverer,
    )
    from ansible_collections.kubernetes.core.plugins.module_utils.k8s import client as core
except ImportError:
    core = None
    LazyDiscoverer = object


# How long until it is told again, should a library have taken the exception for its own.
_AGAIN_SECONDS = 5.0


class _LateError(Exception):
    """Too late. Not a TimeoutError: urllib3 would take that for its own, and ask again."""


def runs_here(module: str, arguments: t.Mapping[str, t.Any], *, check_mode: bool) -> bool:
    """Return whether a module's work is done here, and this Python has what that needs.

    A module's Python may be another.
    """
    if core is None:
        return False
    if module == "k8s":
        return _only_asks(arguments.get("definition"), check_mode)
    lease = module == "k8s_json_patch" and arguments.get("kind") == "Lease"
    return module == "k8s_info" or (lease and not check_mode)


def _only_asks(definition: t.Any, check_mode: bool) -> bool:
    if isinstance(definition, list):
        return all(map(_is_question, definition))
    return check_mode and isinstance(definition, t.Mapping) and definition.get("kind") == "Pod"


def _is_question(definition: t.Mapping[str, t.Any]) -> bool:
    return str(definition.get("apiVersion")).startswith("authorization.k8s.io/")


class Here:
    """What one task asks in this process, through one client of kubernetes.core."""

    def __init__(self) -> None:
        """Know no cluster yet."""
        self._access: t.Mapping[str, t.Any] = {}
        self._client: t.Any = None

    def run(
        self,
        access: t.Mapping[str, t.Any],
        module: str,
        arguments: t.Mapping[str, t.Any],
        environment: t.Mapping[str, str],
        seconds: float,
    ) -> dict[str, t.Any]:
        """Return what the module returns for the same arguments; an unknown kind has no objects.

        `access` are the options that lead to the cluster. `environment` takes the place of this
        process's, for as long. Raises whatever the client raises, and TimeoutError after some
        seconds.
        """
        try:
            with _environment(environment), _alarm(seconds):
                return _answer(self._opened(access), module, arguments)
        except TimeoutError:
            self._client = None  # interrupted wherever it was
            raise

    def _opened(self, access: t.Mapping[str, t.Any]) -> t.Any:
        """Return the client of a cluster; another one where there is another credential by now."""
        if self._client is None or access != self._access:
            with _discovering_in_memory():
                self._client = core.get_api_client(**access)
            # It would read the token anew for each request: who renews it is PrivateKubeconfig.
            self._client.configuration.refresh_api_key_hook = None
            self._access = dict(access)
        return self._client


class _Discoverer(LazyDiscoverer):  # type: ignore[misc]  # kubernetes.core has no types
    """Keeps in memory what an API server can do: as JSON it costs more than all questions."""

    def _write_cache(self) -> None:
        pass


@contextlib.contextmanager
def _discovering_in_memory() -> t.Iterator[None]:
    kept, core.LazyDiscoverer = core.LazyDiscoverer, _Discoverer
    try:
        yield
    finally:
        core.LazyDiscoverer = kept


def _answer(client: t.Any, module: str, arguments: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    if module == "k8s_info":
        return {"resources": _read(client, arguments)}
    if module == "k8s_json_patch":
        return _patched(client, arguments)
    definition = arguments["definition"]
    if isinstance(definition, list):
        return {"result": {"results": [_asked(client, one) for one in definition]}}
    return {"changed": True, **_dry_run(client, definition)}


def _read(client: t.Any, arguments: t.Mapping[str, t.Any]) -> list[JsonObject]:
    """Return the objects that are there."""
    name = arguments.get("name")
    selectors = {
        "label_selector": ",".join(arguments.get("label_selectors") or ()),
        "field_selector": ",".join(arguments.get("field_selectors") or ()),
    }
    try:
        resource = client.resource(arguments["kind"], arguments["api_version"])
        found = client.get(
            resource,
            name=name,
            namespace=arguments.get("namespace"),
            **{key: text or None for key, text in selectors.items()},
        ).to_dict()
    except (NotFoundError, ResourceNotFoundError):
        return []
    return [found] if name else list(found.get("items") or ())


def _asked(client: t.Any, question: JsonObject) -> dict[str, t.Any]:
    """Return a question with the API server's answer. Such an object is never kept."""
    resource = client.resource(question["kind"], question["apiVersion"])
    return {"result": client.create(resource, dict(question)).to_dict()}


def _dry_run(client: t.Any, pod: JsonObject) -> dict[str, t.Any]:
    """Return a pod as the API server would have made it."""
    resource = client.resource(pod["kind"], pod["apiVersion"])
    namespace = dig(pod, "metadata", "namespace")
    made = client.create(resource, dict(pod), namespace=namespace, dry_run="All")
    return {"result": made.to_dict()}


def _patched(client: t.Any, arguments: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Patch an object; the server refuses a patch whose test does not hold."""
    patched = client.patch(
        client.resource(arguments["kind"], arguments["api_version"]),
        list(arguments["patch"]),
        name=arguments["name"],
        namespace=arguments["namespace"],
        content_type="application/json-patch+json",
    )
    return {"changed": True, "result": patched.to_dict()}


@contextlib.contextmanager
def _environment(environment: t.Mapping[str, str]) -> t.Iterator[None]:
    """Let the client see one environment only, such as the proxies of the task."""
    kept = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


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
