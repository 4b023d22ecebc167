# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One Secret brought to what it should hold: read, compared, written only where it differs."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status
from ...module_utils._objects import JsonObject, dig
from .._cluster.client import Client
from .._cluster.manifest import ObjectName
from .._cluster.retries import PASSING
from .._failure import Failure
from .secret import LAST_APPLIED, LiveSecret, new_secret, refusal, shown_after

Wanted = t.Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of the Secret. `before` and `after` are for a diff, None where it is absent."""

    changed: bool
    verb: str
    changed_keys: tuple[str, ...] = ()
    before: t.Mapping[str, t.Any] | None = None
    after: t.Mapping[str, t.Any] | None = None
    findings: tuple[Finding, ...] = ()


@dataclasses.dataclass
class SecretWriter:
    """Writes one Secret."""

    cluster: Client
    name: str
    namespace: str
    before_write: t.Callable[[], None] = lambda: None
    _begun: Outcome | None = None
    _deleted: LiveSecret | None = None

    @property
    def _object(self) -> ObjectName:
        return ObjectName("v1", "Secret", self.name, self.namespace)

    @property
    def subject(self) -> str:
        """Return the Secret's name in messages."""
        return f"secret/{self.name} in {self.namespace}"

    def ensure(self, wanted: Wanted, *, replace: bool = False) -> Outcome:
        """Make the Secret hold the wanted keys; keys that others added stay.

        Raises Failure, also when it is of another type or immutable and not to be replaced.
        """
        # Somebody else who writes it at the same moment is looked at again.
        outcome = self.cluster.persistently(
            lambda: self._ensure(self._read(), wanted, replace),
            also=("conflict", "secret_vanished"),
        )
        # An answer that was lost: what it would have told was done all the same.
        return self._begun if self._begun and not outcome.changed else outcome

    def remove(self) -> Outcome:
        """Make the Secret absent."""
        live = self._read()
        if live is None:
            return Outcome(False, "is absent")
        self._delete(live)
        return Outcome(True, "removed", tuple(live.data), live.shown(), None)

    def restore(self, was: LiveSecret | None) -> Outcome:
        """Make the Secret what it was, absence included: type, data, labels and annotations.

        Raises Failure. Harmless if it is done twice.
        """
        live = self._read()
        if was is None:
            return self.remove() if live else Outcome(False, "is absent, as it was")
        self.cluster.redactor.add(was.texts())
        if live is None:
            self._create(was.as_it_was(), f"creating {self.subject} as it was")
            return Outcome(True, "created as it was", tuple(was.data), None, was.shown())
        if live.same_content(was):
            return Outcome(False, "is as it was", (), live.shown(), live.shown())
        keys = tuple(
            sorted(
                key for key in {*live.data, *was.data} if live.data.get(key) != was.data.get(key)
            )
        )
        if live.type == was.type and not live.immutable:
            self._patch_back(live, was)
        else:
            self._delete(live)
            if not self.cluster.check_mode:
                self._create(was.as_it_was(), f"creating {self.subject} as it was")
        return Outcome(True, "put back", keys, live.shown(), was.shown())

    def is_as_it_was(self, was: LiveSecret | None) -> bool:
        """Return whether the Secret is what it was."""
        live = self._read()
        return live is None if was is None else live is not None and live.same_content(was)

    def _patch_back(self, live: LiveSecret, was: LiveSecret) -> None:
        self.cluster.json_patch(self._object, live.restoration(was), f"putting {self.subject} back")

    def _ensure(self, live: LiveSecret | None, wanted: Wanted, replace: bool) -> Outcome:
        if live is None and self._deleted:
            return self._recreate(self._deleted, wanted)
        if live is None:
            self._begun = Outcome(True, "created", tuple(wanted), None, shown_after(None, wanted))
            self._create(new_secret(self.name, self.namespace, wanted), "creating the Secret")
            return self._begun
        changed_keys = tuple(live.changed_keys(wanted))
        before, after = live.shown(), shown_after(live, wanted)
        refused = refusal(live, wanted)
        if refused:
            if not replace:
                raise Failure(refused)
            return self._replace(live, wanted)
        remarks = self._remarks(live)
        if not changed_keys:
            return Outcome(False, "is as wanted", (), before, before, remarks)
        self._begun = Outcome(True, "updated", changed_keys, before, after, remarks)
        self._patch(live, wanted)
        return self._begun

    def _read(self) -> LiveSecret | None:
        found = self.cluster.get("v1", "Secret", self.name, namespace=self.namespace)
        if found is None:
            return None
        live = LiveSecret.from_object(found)
        self.cluster.redactor.add(live.texts())
        return live

    def _create(self, manifest: dict[str, t.Any], attempt: str) -> None:
        self.before_write()
        self._verify(self.cluster.create(manifest, attempt), manifest)

    def _patch(self, live: LiveSecret, wanted: Wanted) -> None:
        self.before_write()
        manifest = live.patch(wanted)
        kept = self.cluster.patch(manifest, f"updating {self.subject}")
        if kept is None:
            raise Failure.of(
                "secret_vanished",
                self.subject,
                "somebody deleted it while it was being updated",
                "find out who else writes it, then run again",
            )
        self._verify(kept, manifest)

    def _delete(self, live: LiveSecret) -> None:
        self.before_write()
        self.cluster.delete(
            self._object,
            f"deleting {self.subject}",
            uid=live.uid,
            resource_version=live.resource_version,
        )

    def _replace(self, live: LiveSecret, wanted: Wanted) -> Outcome:
        """Delete and create again; put the old one back if the new one is refused.

        What was deleted is remembered, so that an attempt after a lost answer still knows it.
        """
        self._deleted = live
        self._delete(live)
        if self.cluster.check_mode:
            # It is still there, so the server could not tell whether it would take the new one.
            return self._replaced(live, wanted)
        return self._recreate(live, wanted)

    def _recreate(self, was: LiveSecret, wanted: Wanted) -> Outcome:
        self._begun = self._replaced(was, wanted)
        try:
            self._create(was.recreated(wanted), f"creating {self.subject} again")
        except Failure as failure:
            if failure.code in PASSING and self._is_there(wanted):
                return self._begun
            self._create(was.as_it_was(), f"putting the old {self.subject} back")
            raise Failure(*failure.findings, self._put_back()) from failure
        return self._begun

    def _is_there(self, wanted: Wanted) -> bool:
        """Return whether the Secret was created all the same: only the answer may be lost."""
        live = self.cluster.persistently(self._read)
        return live is not None and not tuple(live.changed_keys(wanted))

    def _replaced(self, was: LiveSecret, wanted: Wanted) -> Outcome:
        before, after = was.shown(), shown_after(was, wanted)
        return Outcome(True, "replaced", tuple(was.changed_keys(wanted)), before, after)

    def _verify(self, kept: JsonObject | None, manifest: t.Mapping[str, t.Any]) -> None:
        """Check that the cluster kept what it was sent: an admission webhook may change it."""
        data = dig(kept, "data") or {}
        wrong = [key for key, value in manifest["data"].items() if (data.get(key) or "") != value]
        if wrong:
            raise Failure.of(
                "secret_not_as_sent",
                self.subject,
                f"the cluster kept something else for {', '.join(wrong)}",
                "look for a mutating admission webhook on Secrets",
            )

    def _remarks(self, live: LiveSecret) -> tuple[Finding, ...]:
        if LAST_APPLIED not in live.annotations:
            return ()
        return (
            Finding(
                "secret_copy_in_annotation",
                Severity.WARNING,
                self.subject,
                f"annotation {LAST_APPLIED} keeps a copy of what kubectl apply once wrote,"
                " passwords in clear included",
                f"kubectl annotate secret {self.name} --namespace {self.namespace} {LAST_APPLIED}-",
            ),
        )

    def _put_back(self) -> Finding:
        return Finding(
            "secret_put_back",
            Severity.INFO,
            self.subject,
            "the old Secret was put back as it was",
        )


def check_of(outcome: Outcome, subject: str, *, check_mode: bool) -> Check:
    """Return the check that stands for an outcome in the evidence."""
    verb = f"would be {outcome.verb}" if outcome.changed and check_mode else outcome.verb
    keys = f": {', '.join(outcome.changed_keys)}" if outcome.changed_keys else ""
    status = Status.WARN if outcome.findings else Status.PASS
    return Check("registry secret", subject, status, "as wanted", verb + keys, outcome.findings)


__all__ = ("Outcome", "SecretWriter", "check_of")
