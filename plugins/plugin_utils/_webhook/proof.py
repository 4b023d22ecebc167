# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the API server can ask the webhook, after a release was taken back; and whom it trusts.

What Helm has put back is right where chart and certificate go together, so it stays. Only where
the certificate in the webhook's Secret shows that it is wrong, a caBundle that is right is given
back. A pod, never created, is the proof.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import binascii
import dataclasses
import functools
import time
import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status, status_of
from .._cluster.client import Client
from .._cluster.manifest import ObjectName
from .._cluster.retries import PASSING
from .._failure import Failure
from .canary import NO_MIRROR, Canary
from .certificate import vouches
from .checks import WebhookState
from .objects import RENEW, Webhook
from .reader import WebhookReader
from .trust import WEBHOOK_API, WEBHOOK_KINDS, Trust, ownership_patch, trust_patch, trusts_of

_CHECK = "webhook answers"
_EXPECTED = "a pod can be created"
_POLL_SECONDS = 3.0
# A certificate that is refused all the same may only be on its way into the webhook's pods.
_TLS_SECONDS = 15.0
_TLS = frozenset(
    {
        "webhook_ca_bundle_invalid",
        "webhook_ca_bundle_mismatch",
        "webhook_certificate_name",
        "webhook_certificate_refused",
    }
)

Trusts = t.Mapping[str, Trust]


def let_go(cluster: Client, names: t.Iterable[ObjectName]) -> None:
    """Own no field of some webhook configurations any more, so that Helm 4 may write them all.

    Raises Failure when the cluster does not answer.
    """
    for name in names:
        cluster.persistently(
            functools.partial(_let_go, cluster, name), also=("conflict", "invalid")
        )


def _let_go(cluster: Client, name: ObjectName) -> None:
    live = cluster.get(name.api_version, name.kind, name.name)
    patch = ownership_patch(live) if live else []
    if patch:
        cluster.json_patch(name, patch, f"leaving the fields of {name} to their owners")


@dataclasses.dataclass
class WebhookTrust:
    """What a restoration does about the webhook. Every method raises Failure.

    `heartbeat` is called before each look.
    """

    reader: WebhookReader
    heartbeat: t.Callable[[], None]
    timeout_seconds: float
    clock: t.Callable[[], float] = time.monotonic
    sleep: t.Callable[[float], None] = time.sleep

    def trusts(self) -> Trusts:
        """Return the caBundles that the webhooks have now."""
        return trusts_of(self.reader.cluster.list(WEBHOOK_API, WEBHOOK_KINDS[0]))

    def settle(self, known: t.Sequence[Trusts]) -> tuple[Finding, ...]:
        """Give a caBundle back that vouches for the certificate, where the one there does not.

        `known` are those of other times. Returns what a person should know.
        """
        state = self.reader.state()
        given: dict[str, dict[str, str | None]] = {}
        for webhook in state.webhooks:
            if state.served and not vouches(webhook.ca_bundle, state.served):
                bundle = _better(webhook, state.served, known)
                if bundle:
                    given.setdefault(webhook.configuration, {})[webhook.name] = bundle
        for configuration, trust in given.items():
            name = ObjectName(WEBHOOK_API, WEBHOOK_KINDS[0], configuration)
            self._give(name, trust)
        return tuple(_given_back(name, state.served_from) for name in given)

    def _give(self, name: ObjectName, trust: Trust) -> None:
        cluster = self.reader.cluster

        def attempt() -> None:
            live = cluster.get(name.api_version, name.kind, name.name)
            patch = trust_patch(live, trust) if live else []
            if patch:
                cluster.json_patch(name, patch, f"giving {name} a caBundle back")

        cluster.persistently(attempt, also=("conflict", "invalid"))
        let_go(cluster, (name,))

    def proof(self, subject: str, expected: Trusts) -> Check:
        """Return the check that a pod can be created, once it can, or never will in this state.

        `expected` are the configurations that were there before.
        """
        start = self.clock()
        refused_since: float | None = None
        while True:
            self.heartbeat()
            check, state = self._look(subject, expected)
            now = self.clock()
            if check is not None and check.status is not Status.FAIL:
                return check
            codes = {finding.code for finding in check.findings} if check else set()
            refused_since = (refused_since or now) if codes & _TLS else None
            late = now - start + _POLL_SECONDS > self.timeout_seconds
            if check and (late or _is_hopeless(state, refused_since, now)):
                return check
            if late:
                raise Failure(*_silent(subject))
            waited = f"{now - start:.0f} s"
            self.reader.cluster.say(f"{subject}: waiting for the webhook to answer ({waited})")
            self.sleep(_POLL_SECONDS)

    def _look(self, subject: str, expected: Trusts) -> tuple[Check | None, WebhookState | None]:
        """Return what one look shows; nothing where the API server does not answer for a moment."""
        try:
            state = self.reader.state()
            canary = self.reader.canary(state, [NO_MIRROR])
        except Failure as failure:
            if failure.code not in PASSING:
                raise
            return None, None
        there = {webhook.configuration for webhook in state.webhooks}
        gone = tuple(_gone(name) for name in expected if name not in there)
        if gone:
            return Check(_CHECK, subject, Status.FAIL, _EXPECTED, "it is gone", gone), state
        return _canary_check(subject, canary), state


def _canary_check(subject: str, canary: Canary | None) -> Check:
    if canary is None:
        actual = "no webhook is registered that is asked about pods"
        return Check(_CHECK, subject, Status.SKIP, _EXPECTED, actual)
    if canary.trouble is None:
        actual = f"it answered about a pod in {canary.namespace}"
        return Check(_CHECK, subject, Status.PASS, _EXPECTED, actual)
    status, found = status_of((canary.trouble,)), (canary.trouble,)
    actual = f"the pod was refused in {canary.namespace}"
    return Check(_CHECK, subject, status, _EXPECTED, actual, found)


def _better(webhook: Webhook, served: str, known: t.Sequence[Trusts]) -> str:
    """Return the first caBundle among some that vouches for a certificate, "" if none does."""
    for trusts in known:
        bundle = (trusts.get(webhook.configuration) or {}).get(webhook.name) or ""
        if vouches(_pem(bundle), served):
            return bundle
    return ""


def _pem(bundle: str) -> str:
    try:
        return base64.b64decode(bundle, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _is_hopeless(state: WebhookState | None, refused_since: float | None, now: float) -> bool:
    if state is None:
        return False
    if state.server and state.server.hopeless:
        return True
    if refused_since is None or now - refused_since < _TLS_SECONDS:
        return False
    return not any(vouches(item.ca_bundle, state.served) for item in state.webhooks)


def _given_back(configuration: str, place: str) -> Finding:
    return Finding(
        "webhook_ca_bundle_given_back",
        Severity.INFO,
        f"mutatingwebhookconfiguration/{configuration}",
        "the caBundle of that revision does not vouch for the certificate that the webhook has now"
        f" ({place}), so it got the one back that does",
    )


def _gone(configuration: str) -> Finding:
    return Finding(
        "webhook_registration_gone",
        Severity.ERROR,
        f"mutatingwebhookconfiguration/{configuration}",
        "it was there before the override and is not any more: pods keep their images",
        RENEW,
    )


def _silent(subject: str) -> tuple[Finding, ...]:
    return (
        Finding(
            "no_answer",
            Severity.ERROR,
            subject,
            "the API server does not answer, so it is not known whether a pod can be created",
            "run the rollback again when it does",
        ),
    )


__all__ = ("Trusts", "WebhookTrust", "let_go")
