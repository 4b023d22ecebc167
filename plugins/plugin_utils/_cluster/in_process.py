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
    from kubernetes.dynamic.exceptions import ResourceNotFoundError

    from ansible_collections.kubernetes.core.plugins.lookup.k8s import KubernetesLookup
    from ansible_collections.kubernetes.core.plugins.module_utils.k8s.client import get_api_client
except ImportError:
    KubernetesLookup = None

# Options of k8s_info by their names in the lookup.
_OPTIONS = {
    "api_version": "api_version",
    "kind": "kind",
    "name": "resource_name",
    "namespace": "namespace",
}
_SELECTORS = {"label_selectors": "label_selector", "field_selectors": "field_selector"}


# How long until it is told again, should a library have taken the exception for its own.
_AGAIN_SECONDS = 5.0


class _LateError(Exception):
    """Too late. Not a TimeoutError: urllib3 would take that for its own, and ask again."""


def runs_here(module: str, arguments: t.Mapping[str, t.Any], *, check_mode: bool) -> bool:
    """Return whether a module's work is done here, and this Python has what that needs.

    A module's Python may be another.
    """
    if KubernetesLookup is None:
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


def run_here(
    access: t.Mapping[str, t.Any],
    module: str,
    arguments: t.Mapping[str, t.Any],
    environment: t.Mapping[str, str],
    seconds: float,
) -> dict[str, t.Any]:
    """Return what the module returns for the same arguments; an unknown kind has no objects.

    `access` are the options that lead to the cluster. `environment` takes the place of this
    process's, for as long. Raises whatever the client raises, and TimeoutError after some seconds.
    """
    with _environment(environment), _alarm(seconds):
        if module == "k8s_info":
            return _read(access, arguments)
        client = get_api_client(**access)
        if module == "k8s_json_patch":
            return _patched(client, arguments)
        definition = arguments["definition"]
        if isinstance(definition, list):
            return {"result": {"results": [_asked(client, one) for one in definition]}}
        return {"changed": True, **_dry_run(client, definition)}


def _read(access: t.Mapping[str, t.Any], arguments: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    options = {name: arguments[key] for key, name in _OPTIONS.items() if arguments.get(key)}
    for key, name in _SELECTORS.items():
        if arguments.get(key):
            options[name] = ",".join(arguments[key])
    try:
        found = KubernetesLookup().run([], **access, **options)
    except ResourceNotFoundError:
        return {"resources": []}
    return {"resources": list(found or ())}


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


__all__ = ("run_here", "runs_here")
