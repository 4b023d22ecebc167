# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is the webhook live? Checks from what was read and from the canary, and what may still pass."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status, status_of
from ...module_utils._mirrors.table import MirrorTable
from .._cluster.state import PLATFORM_NAMESPACES
from .canary import Canary, Probe, canary_findings, canary_namespaces, compare, map_findings
from .certificate import certificate_findings, vouches
from .objects import BREAK_GLASS, MEND_GLASS, LiveMap, Server, Webhook

# What time heals: pods that start, a ConfigMap on its way into them.
_PASSING = frozenset(
    {
        "webhook_blocks_pods",
        "webhook_down",
        "webhook_error",
        "webhook_no_endpoints",
        "webhook_not_registered",
        "webhook_not_synced",
        "webhook_swaps_nothing",
        "webhook_timeout",
    }
)
# The webhook's pods write the caBundle when they start.
_PASSING_AT_START = frozenset({"webhook_ca_bundle_mismatch", "webhook_ca_bundle_invalid"})
_ANSWERED_ALL_THE_SAME = "The API server still asks the webhook: its pods show another one"
_SWAPPED_ALL_THE_SAME = "A pod is swapped as it is wanted all the same"


@dataclasses.dataclass(frozen=True)
class WebhookState:
    """What a cluster says about the webhook at one time.

    `namespaces` are name -> labels, `served` is the webhook's certificate as PEM (empty if it is
    not known) and `served_from` where it was read, `opted_out` are the pods that opted out.
    """

    namespace: str
    webhooks: tuple[Webhook, ...] = ()
    namespaces: t.Mapping[str, t.Mapping[str, str]] = dataclasses.field(default_factory=dict)
    server: Server | None = None
    live_map: LiveMap | None = None
    served: str = ""
    served_from: str = ""
    opted_out: tuple[str, ...] = ()


class WebhookVerdict:
    """The checks of one look at the webhook, and whether a later look may see something else."""

    def __init__(
        self,
        subject: str,
        state: WebhookState,
        wanted: MirrorTable | None,
        asked: t.Sequence[Probe],
        canary: Canary | None,
        now: datetime.datetime,
    ) -> None:
        """Judge. `canary` is None where no pod could be shown to the webhook."""
        self.subject = subject
        self.state = state
        self.compared = compare(asked, canary.images if canary else (), state.live_map, wanted)
        self.checks = tuple(self._checks(wanted, canary, now))

    @property
    def live(self) -> bool:
        """Return whether no check failed."""
        return all(check.status is not Status.FAIL for check in self.checks)

    @property
    def waits_for(self) -> str:
        """Return what may still come true, in words; empty if another look is of no use."""
        codes = {finding.code for finding in self._errors()}
        passing = _PASSING
        if self._starting():
            passing = passing | _PASSING_AT_START
        if not codes or not codes <= passing or self._is_hopeless():
            return ""
        if codes <= {"webhook_not_synced", "webhook_swaps_nothing"}:
            done = sum(one.right for one in self.compared)
            return (
                f"the webhook's pods to get the new map: {done} of {len(self.compared)} sources"
                " are swapped by it"
            )
        if self.state.server and not self.state.server.all_ready:
            server = self.state.server
            return f"{server.subject}: {server.ready} of {server.wanted} replicas are ready"
        return f"the webhook to answer ({', '.join(sorted(codes))})"

    def _errors(self) -> t.Iterator[Finding]:
        for check in self.checks:
            for finding in check.findings:
                if finding.severity is Severity.ERROR:
                    yield finding

    def _starting(self) -> bool:
        server, served = self.state.server, self.state.served
        if server is not None and (server.rolling or not server.all_ready):
            return True
        # Then the certificate that fits is on its way into the pods.
        return bool(served) and all(vouches(one.ca_bundle, served) for one in self.state.webhooks)

    def _is_hopeless(self) -> bool:
        server = self.state.server
        hopeless = server is not None and bool(server.hopeless)
        return hopeless or any(one.error and not one.proven for one in self.compared)

    def _checks(
        self, wanted: MirrorTable | None, canary: Canary | None, now: datetime.datetime
    ) -> t.Iterator[Check]:
        state = self.state
        if not state.webhooks:
            yield self._not_registered()
            return
        found = tuple(self._registration())
        if self._proven:
            found = tuple(_as_warning(finding, _SWAPPED_ALL_THE_SAME) for finding in found)
        registered = ", ".join(webhook.name for webhook in state.webhooks)
        yield self._check("webhook", found, "registered, and asked about pods", registered)
        yield self._replicas(canary)
        yield self._certificate(canary, now)
        place = f"namespace {state.namespace}"
        fresh = bool(state.live_map and state.live_map.is_fresh(now))
        found = map_findings(state.live_map, self.compared, wanted, place, fresh=fresh)
        actual = state.live_map.subject if state.live_map else "not found"
        yield self._check("webhook map", found, "as the settings want it" if wanted else "", actual)
        yield self._canary(canary, wanted)

    def _check(self, name: str, findings: t.Sequence[Finding], expected: str, actual: str) -> Check:
        return Check(name, self.subject, status_of(findings), expected, actual, tuple(findings))

    def _not_registered(self) -> Check:
        expected = "registered, and asked about pods"
        actual = "no image-swap webhook is registered: pods keep their images"
        server = self.state.server
        if server is None:
            return Check("webhook", self.subject, Status.SKIP, expected, actual)
        finding = Finding(
            "webhook_not_registered",
            Severity.ERROR,
            server.subject,
            "it is there, but no MutatingWebhookConfiguration leads to it, so no pod is swapped",
            f"run the override playbook. Or, as it does: {server.restart}, if an init container"
            " registers it, as that of the original does; else have Helm apply the chart again",
        )
        return self._check("webhook", (finding,), expected, actual)

    def _registration(self) -> t.Iterator[Finding]:
        state = self.state
        if len(state.webhooks) > 1:
            names = ", ".join(webhook.subject for webhook in state.webhooks)
            fix = "delete the registration that was left behind"
            yield Finding(
                "webhook_twice",
                Severity.WARNING,
                "mutatingwebhookconfigurations",
                f"{len(state.webhooks)} image-swap webhooks are registered, and a pod passes all"
                f" that select it: {names}",
                fix,
            )
        for webhook in state.webhooks:
            yield from self._one(webhook)
        if state.opted_out:
            names = ", ".join(state.opted_out[:6]) + (", ..." if len(state.opted_out) > 6 else "")
            yield Finding(
                "webhook_opted_out",
                Severity.INFO,
                f"{len(state.opted_out)} pods",
                f"they keep their images, for they have the opt-out label: {names}",
                "remove the label from the pod template if they are to be swapped",
            )

    def _one(self, webhook: Webhook) -> t.Iterator[Finding]:
        if not webhook.wants_pods:
            yield Finding(
                "webhook_without_pods",
                Severity.ERROR,
                webhook.subject,
                "its rules do not name the creation of pods, so it is never asked",
                "run helm upgrade of the image-swap chart, which writes the rules anew",
            )
        if webhook.bypassed:
            from .bypass_patch import undo_commands

            yield Finding(
                "webhook_bypassed",
                Severity.ERROR,
                webhook.subject,
                "the glass was broken: the API server does not ask it, and pods keep their images",
                f"when the webhook is well again: {MEND_GLASS}, or "
                + " ; ".join(undo_commands(self.state.webhooks)),
            )
        else:
            yield from self._selection(webhook)
        if webhook.failure_policy == "Ignore":
            yield Finding(
                "webhook_failure_policy_ignore",
                Severity.WARNING,
                webhook.subject,
                "failurePolicy is Ignore: while it does not answer, pods start with images that are"
                " not swapped, and nobody is told",
                "set failurePolicy: Fail if such pods must not start",
            )

    def _selection(self, webhook: Webhook) -> t.Iterator[Finding]:
        selected = canary_namespaces((webhook,), self.state.namespaces)
        selector = str(webhook.namespace_selector)
        if not selected:
            yield Finding(
                "webhook_selects_no_namespace",
                Severity.ERROR,
                webhook.subject,
                f"its namespaceSelector ({selector}) selects none of the cluster's"
                f" {len(self.state.namespaces)} namespaces, so no pod is swapped",
                _label_fix(webhook, ("NAMESPACE",)),
            )
            return
        there = [name for name in PLATFORM_NAMESPACES if name in self.state.namespaces]
        missed = tuple(name for name in there if name not in selected)
        if missed:
            yield Finding(
                "webhook_misses_platform",
                Severity.WARNING,
                webhook.subject,
                f"its namespaceSelector ({selector}) selects {', '.join(selected[:6])}, but not"
                f" {', '.join(missed)}: pods of the platform keep their images",
                _label_fix(webhook, missed),
            )
        if webhook.failure_policy == "Fail" and self.state.namespace in selected:
            yield Finding(
                "webhook_guards_itself",
                Severity.WARNING,
                webhook.subject,
                f"it is asked about pods in {self.state.namespace}, its own namespace: once all"
                " its pods are gone, none can start",
                f"take the namespace out of namespaceSelector ({selector})",
            )

    def _replicas(self, canary: Canary | None) -> Check:
        server = self.state.server
        if server is None:
            actual = f"no deployment of it in {self.state.namespace}"
            return Check("webhook replicas", self.subject, Status.SKIP, "all ready", actual)
        actual = f"{server.ready} of {server.wanted} ready, {server.subject}"
        findings: tuple[Finding, ...] = ()
        if not server.all_ready or not server.wanted:
            findings = (self._not_ready(server, answers=self._answered(canary)),)
        elif server.rolling and not (canary and canary.trouble):
            actual = f"{actual}; {server.rolling}"
            findings = (_not_rolled_out(server),)
        return self._check("webhook replicas", findings, "all ready", actual)

    def _not_ready(self, server: Server, *, answers: bool) -> Finding:
        why = f": {'; '.join(server.waiting)}" if server.waiting else ""
        message = f"{server.ready} of {server.wanted} replicas are ready{why}"
        fix = f"look at kubectl get pods,events --namespace {server.namespace}"
        asked = [item for item in self.state.webhooks if not item.bypassed]
        closed = any(item.failure_policy == "Fail" for item in asked)
        if server.ready or answers or not closed:
            return Finding("webhook_replicas", Severity.WARNING, server.subject, message, fix)
        selected = canary_namespaces(asked, self.state.namespaces)
        return Finding(
            "webhook_blocks_pods",
            Severity.ERROR,
            server.subject,
            f"{message}. With failurePolicy Fail no pod can be created in"
            f" {len(selected)} namespaces ({', '.join(selected[:6])})",
            f"{fix}; {BREAK_GLASS}",
        )

    def _certificate(self, canary: Canary | None, now: datetime.datetime) -> Check:
        found: list[Finding] = []
        for webhook in self.state.webhooks:
            found += certificate_findings(webhook, self.state.served, self.state.served_from, now)
        actual = self.state.served_from or "no Secret holds it: only the caBundle was looked at"
        if self._answered(canary):
            found = [_as_warning(finding, _ANSWERED_ALL_THE_SAME) for finding in found]
            actual = f"accepted by the API server ({actual})"
        return self._check("webhook certificate", found, "valid, and vouched for", actual)

    def _answered(self, canary: Canary | None) -> bool:
        """Return whether the canary proves that the API server can ask the webhook."""
        if canary is None or canary.trouble:
            return False
        return any(one.actual != one.probe.image for one in self.compared)

    @property
    def _proven(self) -> bool:
        """Return whether the pod shows all that is wanted, and something is."""
        wanted = [one for one in self.compared if one.wanted is not None]
        return all(one.proven for one in wanted) and any(
            one.actual != one.probe.image for one in wanted
        )

    def _canary(self, canary: Canary | None, wanted: MirrorTable | None) -> Check:
        expected = f"{len(self.compared)} sources swapped"
        if canary is None:
            actual = "no pod was shown to the webhook: it is asked about none, or has no sources"
            return Check("webhook canary", self.subject, Status.SKIP, expected, actual)
        policies = {webhook.failure_policy for webhook in self.state.webhooks}
        policy = "Ignore" if "Ignore" in policies else "Fail"
        findings = canary_findings(canary, self.compared, policy)
        actual = f"the pod was refused in {canary.namespace}"
        if not canary.trouble:
            right = sum(one.right for one in self.compared)
            judge = "wanted" if wanted else "the map says"
            actual = f"{right} of {len(self.compared)} as {judge}, in {canary.namespace}"
        return self._check("webhook canary", findings, expected, actual)


def _not_rolled_out(server: Server) -> Finding:
    why = f": {'; '.join(server.waiting)}" if server.waiting else ""
    return Finding(
        "webhook_not_rolled_out",
        Severity.WARNING,
        server.subject,
        f"it does not run as it was changed last, {server.rolling}{why}. Only pods from before are"
        " ready",
        f"look at kubectl get pods,events --namespace {server.namespace};"
        " with palette_image_swap_wait: true the override fails, and is put back, if they do not"
        " come up",
    )


def _as_warning(finding: Finding, but: str) -> Finding:
    """Return what the pod has disproven: a warning."""
    if finding.severity is not Severity.ERROR:
        return finding
    message = f"{finding.message}. {but}"
    return dataclasses.replace(finding, severity=Severity.WARNING, message=message)


def _label_fix(webhook: Webhook, names: t.Sequence[str]) -> str:
    labels = webhook.namespace_selector.labels()
    if not labels:
        return "correct the namespaceSelector, or the labels of the namespaces"
    pairs = " ".join(f"{key}={value}" for key, value in labels.items())
    return f"if their pods are to be swapped: kubectl label namespace {' '.join(names)} {pairs}"


__all__ = ("WebhookState", "WebhookVerdict")
