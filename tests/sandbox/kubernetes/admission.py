# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mutating admission: ask the registered webhooks, as a real API server does.

Not here: `matchConditions`, `reinvocationPolicy`, validating webhooks, and webhooks that are
named by a Service (there is no network that would lead to one).
"""

from __future__ import annotations

import base64
import dataclasses
import json
import ssl
import typing as t
import uuid

import aiohttp
import jsonpatch

from tests.sandbox.kubernetes import errors
from tests.sandbox.kubernetes.access import User
from tests.sandbox.kubernetes.objects import Object, labels_of
from tests.sandbox.kubernetes.resources import MUTATING_WEBHOOKS, NAMESPACES
from tests.sandbox.kubernetes.selectors import matches_selector
from tests.sandbox.kubernetes.store import Key, Store


@dataclasses.dataclass(frozen=True)
class Change:
    """A write that asks for admission; `old` is None for a create."""

    key: Key
    obj: Object
    old: Object | None
    user: User
    dry_run: bool = False
    subresource: str = ""

    def with_object(self, obj: Object) -> Change:
        """Return the same write with what a webhook made of its object."""
        return Change(self.key, obj, self.old, self.user, self.dry_run, self.subresource)

    @property
    def operation(self) -> str:
        """Return CREATE or UPDATE."""
        return "CREATE" if self.old is None else "UPDATE"

    @property
    def path(self) -> str:
        """Return `pods` or `pods/status`, as rules name it."""
        plural = self.key.resource.plural
        return f"{plural}/{self.subresource}" if self.subresource else plural


async def mutate(store: Store, change: Change) -> Object:
    """Return the object after all webhooks that want it, in the order of their names.

    Raises 403 for a refusal, 500 for a failed call with `failurePolicy: Fail`.
    """
    if change.key.resource.group == MUTATING_WEBHOOKS.group:
        return change.obj
    for configuration in store.items(MUTATING_WEBHOOKS):
        for webhook in configuration.get("webhooks") or []:
            if _concerns(store, webhook, change):
                change = change.with_object(await _ask(webhook, change))
    return change.obj


def _concerns(store: Store, webhook: Object, change: Change) -> bool:
    return (
        any(_rule_matches(rule, change) for rule in webhook.get("rules") or [])
        and _namespace_matches(store, webhook["namespaceSelector"], change.key)
        and _object_matches(webhook["objectSelector"], change)
    )


def _rule_matches(rule: Object, change: Change) -> bool:
    resource = change.key.resource
    scope = "Namespaced" if resource.namespaced else "Cluster"
    with_all_subresources = f"{resource.plural}/*" if change.subresource else ""
    everything = "*/*" if change.subresource else "*"
    return (
        bool({"*", change.operation} & set(rule.get("operations") or ()))
        and bool({"*", resource.group} & set(rule.get("apiGroups") or ()))
        and bool({"*", resource.version} & set(rule.get("apiVersions") or ()))
        and bool(
            {everything, "*/*", change.path, with_all_subresources}
            & set(rule.get("resources") or ())
        )
        and rule["scope"] in ("*", scope)
    )


def _namespace_matches(store: Store, selector: Object, key: Key) -> bool:
    if not key.namespace:
        return True
    return matches_selector(selector, labels_of(store.get(Key(NAMESPACES, "", key.namespace))))


def _object_matches(selector: Object, change: Change) -> bool:
    candidates = [change.obj, *([change.old] if change.old else [])]
    return any(matches_selector(selector, labels_of(obj)) for obj in candidates)


async def _ask(webhook: Object, change: Change) -> Object:
    name = webhook["name"]
    try:
        response = await _call(webhook, _review(change))
        if not response["allowed"]:
            why = (response.get("status") or {}).get("message", "no explanation")
            message = f'admission webhook "{name}" denied the request: {why}'
            raise errors.ApiError(403, "Forbidden", message)
        patch = json.loads(base64.b64decode(response.get("patch", "W10=")))
        return t.cast(Object, jsonpatch.JsonPatch(patch).apply(change.obj))
    except (
        aiohttp.ClientError,
        OSError,
        ValueError,
        KeyError,
        jsonpatch.JsonPatchException,
    ) as error:
        if webhook["failurePolicy"] == "Ignore":
            return change.obj
        raise errors.internal_error(f'failed calling webhook "{name}": {error!r}') from error


def _review(change: Change) -> Object:
    resource = change.key.resource
    kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    named = {"group": resource.group, "version": resource.version, "resource": resource.plural}
    request = {
        "uid": str(uuid.uuid4()),
        "kind": kind,
        "resource": named,
        "requestKind": kind,
        "requestResource": named,
        "subResource": change.subresource,
        "name": change.key.name,
        "namespace": change.key.namespace,
        "operation": change.operation,
        "userInfo": {"username": change.user.name, "groups": list(change.user.groups)},
        "object": change.obj,
        "oldObject": change.old,
        "dryRun": change.dry_run,
        "options": None,
    }
    return {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request}


async def _call(webhook: Object, review: Object) -> Object:
    """Return the response of a webhook. Raises what its connection and its answer bring along."""
    config, seconds = webhook["clientConfig"], webhook["timeoutSeconds"]
    if "url" not in config:
        raise ValueError("there is no network here that leads to a Service")
    trust = ssl.create_default_context(cadata=base64.b64decode(config["caBundle"]).decode())
    url = f"{config['url']}?timeout={seconds}s"
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds)) as session,
        session.post(url, json=review, ssl=trust, raise_for_status=True) as answer,
    ):
        return t.cast(Object, json.loads(await answer.text())["response"])


__all__ = ("Change", "mutate")
