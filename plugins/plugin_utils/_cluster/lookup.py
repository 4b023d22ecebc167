# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads of a cluster by kubernetes.core's lookup plugin, in this process.

A module costs the controller two thirds of a second each time, nearly all of it for Python and its
imports; the lookup is imported once for the whole playbook. What writes stays a module: a process
of its own, which ends with its playbook.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import os
import signal
import time
import types
import typing as t

from ...module_utils._objects import JsonObject

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


def can_look_up(module: str, arguments: t.Mapping[str, t.Any]) -> bool:
    """Return whether a module only reads or asks, and this Python has what the lookup needs.

    A module's Python may be another.
    """
    questions = arguments.get("definition")
    asks = isinstance(questions, list) and all(map(_is_question, questions))
    return KubernetesLookup is not None and (module == "k8s_info" or (module == "k8s" and asks))


def _is_question(definition: t.Mapping[str, t.Any]) -> bool:
    return str(definition.get("apiVersion")).startswith("authorization.k8s.io/")


def look_up(
    access: t.Mapping[str, t.Any],
    arguments: t.Mapping[str, t.Any],
    environment: t.Mapping[str, str],
    seconds: float,
) -> dict[str, t.Any]:
    """Return what the module returns for the same arguments; an unknown kind has no objects.

    `access` are the options that lead to the cluster. `environment` takes the place of this
    process's, for as long. Raises whatever the client raises, and TimeoutError after some seconds.
    """
    if "definition" in arguments:
        with _environment(environment), _alarm(seconds):
            client = get_api_client(**access)
            return {"result": {"results": [_asked(client, i) for i in arguments["definition"]]}}
    options = {name: arguments[key] for key, name in _OPTIONS.items() if arguments.get(key)}
    for key, name in _SELECTORS.items():
        if arguments.get(key):
            options[name] = ",".join(arguments[key])
    with _environment(environment), _alarm(seconds):
        try:
            found = KubernetesLookup().run([], **access, **options)
        except ResourceNotFoundError:
            return {"resources": []}
    return {"resources": list(found or ())}


def _asked(client: t.Any, question: JsonObject) -> dict[str, t.Any]:
    """Return a question with the API server's answer. Such an object is never kept."""
    resource = client.resource(question["kind"], question["apiVersion"])
    return {"result": client.create(resource, dict(question)).to_dict()}


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


__all__ = ("can_look_up", "look_up")
