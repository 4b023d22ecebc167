# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures on demand: which request fails, how, and how often."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import re
import typing as t

from tests.sandbox.kubernetes import errors

STATUSES = (401, 403, 409, 429, 500)
KINDS = ("status", "cut", "stall")


@dataclasses.dataclass
class Fault:
    """One rule.

    `method`, `path` and `user_agent` are regular expressions; `path` is searched in the path with
    its query, the others have to match as a whole. The first `skip` matches pass, the next `count`
    fail (0: all). `kind` is `status` (answer with `status`), `cut` (close the connection) or
    `stall` (answer `seconds` late, or when the rules are removed).
    With `after` the request is carried out first: only its answer is lost or false.
    With `lasting`, every request fails from the first hit on, whatever its method and path.
    """

    kind: str = "status"
    status: int = 500
    method: str = ".*"
    path: str = ".*"
    user_agent: str = ".*"
    count: int = 1
    skip: int = 0
    after: bool = False
    lasting: bool = False
    retry_after: int = 1
    seconds: float = 3600.0
    hits: int = 0

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Fault:
        """Read a rule. Raises ValueError for one that can never work."""
        known = {field.name for field in dataclasses.fields(cls)} - {"hits"}
        unknown = sorted(set(data) - known)
        if unknown:
            raise ValueError(f"unknown fields {unknown}, known are {sorted(known)}")
        fault = cls(**data)
        if fault.kind not in KINDS:
            raise ValueError(f"kind must be one of {KINDS}, not {fault.kind!r}")
        if fault.status not in STATUSES:
            raise ValueError(f"status must be one of {STATUSES}, not {fault.status!r}")
        for pattern in (fault.method, fault.path, fault.user_agent):
            re.compile(pattern)
        return fault

    def to_dict(self) -> dict[str, t.Any]:
        """Return plain data; `hits` tells how many requests have failed by this rule."""
        return dataclasses.asdict(self)

    def error(self) -> errors.ApiError:
        """Return the answer of a `status` fault."""
        if self.status == 401:
            return errors.unauthorized()
        if self.status == 429:
            return errors.too_many_requests(self.retry_after)
        reason = {403: "Forbidden", 409: "Conflict", 500: "InternalError"}[self.status]
        return errors.ApiError(self.status, reason, f"{reason}: a failure that a test asked for")

    def matches(self, method: str, path: str, user_agent: str = "") -> bool:
        """Return whether this rule concerns a request."""
        if not re.fullmatch(self.user_agent, user_agent):
            return False
        if self.lasting and self.hits:
            return True
        return bool(re.fullmatch(self.method, method) and re.search(self.path, path))

    @property
    def is_spent(self) -> bool:
        """Return whether this rule has failed all the requests that it should."""
        return not self.lasting and 0 < self.count <= self.hits


class Faults:
    """The rules in force, in order; the first that matches decides."""

    def __init__(self) -> None:
        self.rules: list[Fault] = []
        self._cleared = asyncio.Event()

    def clear(self) -> None:
        """Remove all rules, and let the requests go on that stall by them."""
        self.rules.clear()
        self._cleared.set()
        self._cleared = asyncio.Event()

    async def stall(self, fault: Fault) -> None:
        """Return when the seconds of a `stall` are over, or the rules are removed."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._cleared.wait(), fault.seconds)

    def strike(self, method: str, path: str, user_agent: str = "") -> Fault | None:
        """Return the rule by which this request fails, None if it may pass."""
        for fault in self.rules:
            if fault.is_spent or not fault.matches(method, path, user_agent):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                return None
            fault.hits += 1
            return fault
        return None


__all__ = ("Fault", "Faults")
