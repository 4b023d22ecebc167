# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who asks: bearer tokens and their users."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import secrets
import typing as t

from tests.sandbox.kubernetes import errors
from tests.sandbox.kubernetes.objects import Object

MASTERS = "system:masters"


@dataclasses.dataclass(frozen=True)
class User:
    """One who asks. The group `system:masters` may do everything."""

    name: str
    groups: tuple[str, ...] = ()

    @property
    def is_admin(self) -> bool:
        """Return whether this user may do everything."""
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


__all__ = (
    "ADMIN",
    "CONTROLLERS",
    "MASTERS",
    "Tokens",
    "User",
    "account_of",
    "service_account",
)
