# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verbs on resources: from an `ApiRequest` to the data of its answer."""

from __future__ import annotations

import datetime
import json
import typing as t

from tests.sandbox.kubernetes import access, errors
from tests.sandbox.kubernetes.access import Tokens
from tests.sandbox.kubernetes.cluster import Cluster
from tests.sandbox.kubernetes.objects import Object, timestamp
from tests.sandbox.kubernetes.patches import patched
from tests.sandbox.kubernetes.requests import ApiRequest
from tests.sandbox.kubernetes.resources import NAMESPACES, PODS
from tests.sandbox.kubernetes.selectors import matches

Answer = tuple[Object, int]

_APPLY = "application/apply-patch+yaml"
_AUDIENCE = "https://kubernetes.default.svc"
# Of these a delete returns the object, of all others that it was a success.
_RETURNED = frozenset({"Namespace", "Pod", "Service", "ServiceAccount"})


class Api:
    """The resource endpoints of one cluster."""

    def __init__(self, cluster: Cluster, tokens: Tokens) -> None:
        self._cluster = cluster
        self._tokens = tokens
        self._verbs: dict[str, t.Callable[[ApiRequest], t.Awaitable[Answer]]] = {
            "GET": self._get,
            "POST": self._post,
            "PUT": self._put,
            "PATCH": self._patch,
            "DELETE": self._delete,
        }

    async def answer(self, request: ApiRequest) -> Answer:
        """Return the object and the status code of the answer. Raises `ApiError`."""
        if not request.target.resource.stored:
            return self._review(request)
        verb = self._verbs.get(request.method)
        # Many at once are never deleted: clients that have names do it one by one.
        if verb is None or (request.method == "DELETE" and not request.target.name):
            raise errors.method_not_allowed()
        return await verb(request)

    def list_of(self, request: ApiRequest, items: t.Sequence[Object]) -> Object:
        """Return a list object at the current resource version."""
        resource = request.target.resource
        return {
            "apiVersion": resource.api_version,
            "kind": f"{resource.kind}List",
            "metadata": {"resourceVersion": str(self._cluster.store.version)},
            # As a real server lists them: the list alone tells of what kind they are.
            "items": [
                {key: item[key] for key in item if key not in ("apiVersion", "kind")}
                for item in items
            ],
        }

    def matching(self, request: ApiRequest) -> list[Object]:
        """Return the objects of a collection that match the selectors of the request."""
        target = request.target
        items = self._cluster.store.items(target.resource, target.namespace)
        return [item for item in items if matches(item, request.query)]

    async def _get(self, request: ApiRequest) -> Answer:
        if request.target.name:
            return self._cluster.store.get(request.target.key), 200
        return self.list_of(request, self.matching(request)), 200

    async def _post(self, request: ApiRequest) -> Answer:
        target = request.target
        if target.subresource == "token":
            return self._token(request)
        created = await self._cluster.create(
            target.resource,
            target.namespace,
            request.object(),
            user=request.user,
            dry_run=request.is_dry_run,
        )
        return created, 201

    async def _put(self, request: ApiRequest) -> Answer:
        body = request.object()
        return await self._update(request, lambda _current: body)

    async def _patch(self, request: ApiRequest) -> Answer:
        if request.content_type == _APPLY and not request.target.subresource:
            applied, created = await self._cluster.apply(
                request.target.key,
                request.object(),
                manager=request.manager,
                user=request.user,
                dry_run=request.is_dry_run,
            )
            return applied, 201 if created else 200
        patch, form = request.data(), request.content_type
        return await self._update(request, lambda current: patched(current, patch, form))

    async def _update(self, request: ApiRequest, change: t.Callable[[Object], Object]) -> Answer:
        updated = await self._cluster.update(
            request.target.key,
            change,
            user=request.user,
            dry_run=request.is_dry_run,
            subresource=request.target.subresource,
        )
        return updated, 200

    async def _delete(self, request: ApiRequest) -> Answer:
        target, options = request.target, request.data() or {}
        deleted = self._cluster.delete(target.key, options, dry_run=request.is_dry_run)
        if target.resource.kind in _RETURNED:
            if target.resource in (NAMESPACES, PODS):
                deleted["metadata"].setdefault("deletionTimestamp", timestamp())
            return deleted, 200
        details = {
            "name": target.name,
            "kind": target.resource.plural,
            "uid": deleted["metadata"]["uid"],
        }
        if target.resource.group:
            details["group"] = target.resource.group
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Success",
            "details": details,
        }, 200

    def _review(self, request: ApiRequest) -> Answer:
        review = request.object()
        given = (request.data() or {}).get("metadata") or {}
        metadata = {key: value for key, value in given.items() if value and key != "managedFields"}
        user = request.user
        if request.target.resource.kind == "SelfSubjectReview":
            info = {"username": user.name, "groups": [*user.groups, "system:authenticated"]}
            review["metadata"] = {"creationTimestamp": timestamp()}
            review["status"] = {"userInfo": info}
        elif metadata:
            refused = errors.invalid(
                request.target.resource,
                "",
                f"metadata: Invalid value: {json.dumps(metadata, sort_keys=True)}: must be empty",
            )
            del refused.details["kind"]
            raise refused
        else:
            review["metadata"] = {}
            review.update(
                apiVersion=request.target.resource.api_version, kind=request.target.resource.kind
            )
            _drop_empty(review)
            review["status"] = {"allowed": True}
        return review, 201

    def _token(self, request: ApiRequest) -> Answer:
        target = request.target
        account = self._cluster.store.get(target.key)["metadata"]
        body = request.object()
        spec = body["spec"] = {"audiences": [_AUDIENCE], **(body.get("spec") or {})}
        spec.setdefault("boundObjectRef", None)
        seconds = int(spec.setdefault("expirationSeconds", 3600))
        fields = ("name", "namespace", "uid", "creationTimestamp")
        body.update(apiVersion="authentication.k8s.io/v1", kind="TokenRequest")
        body["metadata"] = {field: account[field] for field in fields}
        end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
        user = access.service_account(target.namespace, target.name)
        body["status"] = {
            "token": self._tokens.issue(user),
            "expirationTimestamp": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return body, 201


def _drop_empty(review: Object) -> None:
    """Leave out empty attributes, as a real server's answer does."""
    spec = review.get("spec") or {}
    if "resourceAttributes" in spec:
        attributes = spec["resourceAttributes"]
        spec["resourceAttributes"] = {key: attributes[key] for key in attributes if attributes[key]}


__all__ = ("Api",)
