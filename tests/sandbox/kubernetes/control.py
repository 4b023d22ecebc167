# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control endpoint in front of a real control plane, for the sandbox's admin alone.

| request | body | effect |
|---|---|---|
| GET `/sandbox/faults` | | the rules in force, with their hits |
| POST `/sandbox/faults` | a `Fault` | adds a rule |
| DELETE `/sandbox/faults` | | removes all rules; requests that stall go on |
| GET `/sandbox/states` | | the names of the states that are kept |
| POST `/sandbox/states` | `{name}` | keeps the state of the whole cluster under a name |
| PUT `/sandbox/states` | `{name}` | puts the whole cluster back into a state that was kept |
| POST `/sandbox/readiness` | `{namespace, name, ready, reason}` | lets a workload come up or not |
| POST `/sandbox/readiness` | `{ready}` | the same for all that are not named |
| DELETE `/sandbox/readiness` | | lets all workloads come up |
| POST `/sandbox/tokens` | `{user, groups, token}` | issues a token (`token` may be left out) |
| POST `/sandbox/services` | `{namespace, name, address}` | says what serves a Service |
"""

from __future__ import annotations

import json
import re
import typing as t

from tests.sandbox.kubernetes import errors
from tests.sandbox.kubernetes.access import Tokens, User
from tests.sandbox.kubernetes.faults import Fault, Faults
from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.kubernetes.readiness import DEFAULT_REASON, Readiness
from tests.sandbox.kubernetes.services import Endpoints

CONTROL_PATH = "/sandbox/"


class States(t.Protocol):
    """The states of a whole cluster that are kept, by name."""

    def names(self) -> list[str]:
        """Return the names, sorted."""

    async def keep(self, name: str) -> None:
        """Keep the cluster's state now."""

    async def restore(self, name: str) -> None:
        """Put the cluster back; return when everybody sees it. Raises KeyError."""


class Control:
    """Serves the control endpoint. `resync` is called after the readiness has changed."""

    def __init__(
        self,
        faults: Faults,
        readiness: Readiness,
        resync: t.Callable[[], t.Awaitable[None]],
        tokens: Tokens,
        states: States,
        endpoints: Endpoints,
    ) -> None:
        self._states = states
        self._faults = faults
        self._readiness = readiness
        self._resync = resync
        self._tokens = tokens
        self._endpoints = endpoints

    async def answer(self, user: User, method: str, path: str, raw: bytes) -> Object:
        """Return the answer. Raises 400, 403, 404."""
        if not user.is_admin:
            raise errors.forbidden(f'user "{user.name}" may not control the sandbox')
        try:
            body = json.loads(raw) if raw else {}
            return await self._act(method, path.removeprefix(CONTROL_PATH), body)
        except (ValueError, TypeError, KeyError, re.error) as error:
            raise errors.bad_request(f"sandbox control: {error!r}") from error

    async def _act(self, method: str, what: str, body: Object) -> Object:
        if what == "faults":
            return self._act_on_faults(method, body)
        if what == "states":
            return await self._act_on_states(method, body)
        if what == "readiness" and method == "DELETE":
            self._readiness.clear()
            return {}
        if what == "readiness" and method == "POST":
            return await self._set_readiness(body)
        if what == "tokens" and method == "POST":
            user = User(body["user"], tuple(body.get("groups") or ()))
            return {"token": self._tokens.issue(user, body.get("token") or "")}
        if what == "services" and method == "POST":
            self._endpoints[body["namespace"], body["name"]] = body["address"]
            return body
        raise errors.no_such_path()

    def _act_on_faults(self, method: str, body: Object) -> Object:
        if method == "POST":
            self._faults.rules.append(Fault.from_dict(body))
        elif method == "DELETE":
            self._faults.clear()
        elif method != "GET":
            raise errors.method_not_allowed()
        return {"faults": [fault.to_dict() for fault in self._faults.rules]}

    async def _act_on_states(self, method: str, body: Object) -> Object:
        if method == "POST":
            await self._states.keep(body["name"])
        elif method == "PUT":
            await self._states.restore(body["name"])
        elif method != "GET":
            raise errors.method_not_allowed()
        return {"states": self._states.names()}

    async def _set_readiness(self, body: Object) -> Object:
        if "name" in body:
            self._readiness.set(
                body["namespace"], body["name"], body["ready"], body.get("reason") or DEFAULT_REASON
            )
        else:
            self._readiness.default = body["ready"]
        await self._resync()
        return {"ready": body["ready"]}


__all__ = ("CONTROL_PATH", "Control", "States")
