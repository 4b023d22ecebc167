# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who asks (bearer tokens) and what they may do (the RBAC objects of the cluster)."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import secrets
import typing as t

from tests.sandbox.kubernetes import errors
from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.kubernetes.resources import (
    CLUSTER_ROLE_BINDINGS,
    CLUSTER_ROLES,
    ROLE_BINDINGS,
    ROLES,
    Resource,
)
from tests.sandbox.kubernetes.store import Key, Store

MASTERS = "system:masters"


@dataclasses.dataclass(frozen=True)
class User:
    """One who asks. The group `system:masters` may do everything."""

    name: str
    groups: tuple[str, ...] = ()

    @property
    def is_admin(self) -> bool:
        """Return whether RBAC does not bind this user."""
        return MASTERS in self.groups


ADMIN = User("sandbox:admin", (MASTERS,))
CONTROLLERS = User("system:kube-controller-manager", (MASTERS,))


def service_account(namespace: str, name: str) -> User:
    """Return the user that a pod or a token of a service account is."""
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")
    return User(f"system:serviceaccount:{namespace}:{name}", groups)


class Tokens:
    """Bearer tokens and their users. A token is random and lives as long as the server."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}

    def issue(self, user: User, token: str = "") -> str:
        """Return a new token of a user; a given one is taken as it is."""
        token = token or secrets.token_urlsafe(32)
        self._users[token] = user
        return token

    def user(self, authorization: str) -> User:
        """Return the user of an `Authorization` header. Raises 401."""
        scheme, _space, token = authorization.partition(" ")
        user = self._users.get(token.strip()) if scheme.lower() == "bearer" else None
        if user is None:
            raise errors.unauthorized()
        return user


def account_of(authorization: str) -> str:
    """Return which service account a header names by a real server's token, empty if it does not.

    For who has seen that server believe it: nothing is verified here.
    """
    with contextlib.suppress(ValueError, IndexError, KeyError):
        payload = authorization.rpartition(" ")[2].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return str(t.cast(Object, claims)["sub"])
    return ""


@dataclasses.dataclass(frozen=True)
class Attributes:
    """What somebody wants to do: the question that RBAC answers."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""

    @classmethod
    def of(cls, verb: str, resource: Resource, namespace: str, name: str, sub: str) -> Attributes:
        """Return the attributes of a request on a known resource."""
        return cls(verb, resource.group, resource.plural, sub, namespace, name)

    @property
    def path(self) -> str:
        """Return `secrets` or `pods/status`, as rules name it."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def allowed(store: Store, user: User, attributes: Attributes) -> bool:
    """Return whether the roles that are bound to a user allow something."""
    if user.is_admin:
        return True
    return any(_allows(rule, attributes) for rule in _rules(store, user, attributes.namespace))


def check(store: Store, user: User, attributes: Attributes) -> None:
    """Raise 403, worded as a real server does, unless the user may do this."""
    if allowed(store, user, attributes):
        return
    where = f'in the namespace "{attributes.namespace}"' if attributes.namespace else ""
    qualified = ".".join(filter(None, (attributes.resource, attributes.group)))
    named = f' "{attributes.name}"' if attributes.name else ""
    raise errors.forbidden(
        f'{qualified}{named} is forbidden: User "{user.name}" cannot {attributes.verb} resource '
        f'"{attributes.path}" in API group "{attributes.group}" {where or "at the cluster scope"}',
        {"name": attributes.name, "group": attributes.group, "kind": attributes.resource},
    )


def _rules(store: Store, user: User, namespace: str) -> t.Iterator[Object]:
    bindings = store.items(CLUSTER_ROLE_BINDINGS)
    if namespace:
        bindings += store.items(ROLE_BINDINGS, namespace)
    for binding in bindings:
        if any(_is_subject(subject, user, namespace) for subject in binding.get("subjects") or []):
            role = _role(store, binding)
            yield from (role or {}).get("rules") or []


def _role(store: Store, binding: Object) -> Object | None:
    reference = binding["roleRef"]
    if reference["kind"] == "ClusterRole":
        return store.find(Key(CLUSTER_ROLES, "", reference["name"]))
    return store.find(Key(ROLES, binding["metadata"]["namespace"], reference["name"]))


def _is_subject(subject: Object, user: User, namespace: str) -> bool:
    if subject["kind"] == "Group":
        return subject["name"] in (*user.groups, "system:authenticated")
    if subject["kind"] == "ServiceAccount":
        account = service_account(subject.get("namespace") or namespace, subject["name"])
        return account.name == user.name
    return bool(subject["name"] == user.name)


def _allows(rule: Object, attributes: Attributes) -> bool:
    names = rule.get("resourceNames") or []
    return (
        _covers(rule.get("verbs"), attributes.verb)
        and _covers(rule.get("apiGroups"), attributes.group)
        and _covers(rule.get("resources"), attributes.path)
        and (not names or attributes.name in names)
    )


def _covers(values: t.Sequence[str] | None, wanted: str) -> bool:
    return bool({"*", wanted} & set(values or ()))


__all__ = (
    "ADMIN",
    "CONTROLLERS",
    "MASTERS",
    "Attributes",
    "Tokens",
    "User",
    "account_of",
    "allowed",
    "check",
    "service_account",
)
