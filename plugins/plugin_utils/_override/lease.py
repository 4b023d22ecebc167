# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Kubernetes Lease as a lock: who holds it until when, and the patches that take it.

Every patch begins with a test: to take the Lease, that nobody has changed it since it was read; to
renew or give it up, that its holder still holds it. The API server refuses the whole patch with 422
where the test fails, so at most one of two runs has the lock.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ...module_utils._objects import JsonObject, dig

LEASE_NAME = "image-registry-override"
LEASE_API = "coordination.k8s.io/v1"

# A run that was killed may have left one step that ends by itself soon after its lease.
_LONGEST_STEP_SECONDS = 10

JsonPatch = list[dict[str, t.Any]]


@dataclasses.dataclass(frozen=True)
class Lease:
    """A Lease as the cluster has it. `holder` is "" where nobody holds it.

    `renewed` is when the holder was last seen, None if the Lease does not say; `duration` counts
    in seconds from then.
    """

    holder: str
    renewed: datetime.datetime | None
    duration: int
    transitions: int
    resource_version: str

    @classmethod
    def from_object(cls, manifest: JsonObject) -> Lease:
        """Read the API's object; what makes no sense counts as not said."""
        return cls(
            holder=str(dig(manifest, "spec", "holderIdentity") or ""),
            renewed=_read_time(dig(manifest, "spec", "renewTime")),
            duration=_number(dig(manifest, "spec", "leaseDurationSeconds")),
            transitions=_number(dig(manifest, "spec", "leaseTransitions")),
            resource_version=str(dig(manifest, "metadata", "resourceVersion") or ""),
        )

    def until(self, grace: int = 0) -> datetime.datetime | None:
        """Return when it may be taken from its holder, None if at once."""
        if not self.holder or self.renewed is None:
            return None
        return self.renewed + datetime.timedelta(seconds=self.duration + grace)

    def is_same_as(self, other: Lease) -> bool:
        """Return whether neither its holder nor its last renewal is another one."""
        return (self.holder, self.renewed) == (other.holder, other.renewed)

    def is_free(self, now: datetime.datetime, grace: int = 0) -> bool:
        """Return whether nobody holds it any more."""
        until = self.until(grace)
        return until is None or until <= now

    def take(self, holder: str, now: datetime.datetime, duration: int) -> JsonPatch:
        """Return the patch by which somebody takes this Lease, unless it changed since."""
        unchanged = {
            "op": "test",
            "path": "/metadata/resourceVersion",
            "value": self.resource_version,
        }
        spec = {
            "holderIdentity": holder,
            "leaseDurationSeconds": duration,
            "acquireTime": _written_time(now),
            "renewTime": _written_time(now),
            "leaseTransitions": self.transitions + 1,
        }
        return [unchanged, *_set(spec)]


def renewal(holder: str, now: datetime.datetime, duration: int) -> JsonPatch:
    """Return the patch by which its holder keeps a Lease."""
    spec = {"leaseDurationSeconds": duration, "renewTime": _written_time(now)}
    return [_held_by(holder), *_set(spec)]


def release(holder: str) -> JsonPatch:
    """Return the patch by which its holder gives a Lease up."""
    return [_held_by(holder), *_set({"holderIdentity": ""})]


def grace_of(duration: int) -> int:
    """Return for how many seconds after its end a lease is left alone: one step."""
    return min(duration, _LONGEST_STEP_SECONDS)


def new_lease(namespace: str) -> dict[str, t.Any]:
    """Return a Lease that nobody holds: two runs may create it, one of them takes it.

    It says nothing of a holder: who creates it second brings it to this, and must not free it.
    """
    return {
        "apiVersion": LEASE_API,
        "kind": "Lease",
        "metadata": {"name": LEASE_NAME, "namespace": namespace},
        "spec": {},
    }


def _held_by(holder: str) -> dict[str, t.Any]:
    return {"op": "test", "path": "/spec/holderIdentity", "value": holder}


def _set(spec: t.Mapping[str, t.Any]) -> JsonPatch:
    return [{"op": "add", "path": f"/spec/{key}", "value": value} for key, value in spec.items()]


def _written_time(moment: datetime.datetime) -> str:
    """Return a time as the API's MicroTime."""
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _read_time(text: t.Any) -> datetime.datetime | None:
    try:
        moment = datetime.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def _number(value: t.Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


__all__ = (
    "LEASE_API",
    "LEASE_NAME",
    "JsonPatch",
    "Lease",
    "grace_of",
    "new_lease",
    "release",
    "renewal",
)
