# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a dry run of a pod failed: the webhook did not answer, or somebody else refused the pod."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import re
import typing as t

from ...module_utils._evidence import Finding, Severity
from ...module_utils._redact import cut
from .._cluster.api_status import message_in
from .objects import BREAK_GLASS, RENEW

_LONGEST = 400
_CALL = re.compile(r'failed calling webhook "(?P<name>[^"]+)": (?P<why>.*)', re.DOTALL)
_DENIAL = re.compile(r'admission webhook "(?P<name>[^"]+)" denied')

_LOOK = "look at kubectl get deployments,pods,endpoints --namespace imageswap-system"


class _Rule(t.NamedTuple):
    """A known failure: its code, what it is recognised by, what it means, what to do."""

    code: str
    pattern: re.Pattern[str]
    message: str
    fix: str

    def finding(self, severity: Severity, subject: str, said: str) -> Finding:
        """Return the finding about something, with the words of the API server."""
        shown = cut(said, _LONGEST)
        message = f"{self.message}. The API server said: {shown}"
        return Finding(self.code, severity, subject, message, self.fix)


def _rule(code: str, pattern: str, message: str, fix: str) -> _Rule:
    return _Rule(code, re.compile(pattern, re.IGNORECASE), message, fix)


def _refused(why: str, fix: str, code: str = "canary_refused", pattern: str = "") -> _Rule:
    message = f"the dry run of a pod was refused, so nothing is proven: {why}"
    return _rule(code, pattern, message, fix)


# What the API server says when a webhook cannot be asked. The first that matches wins.
_CALLS: tuple[_Rule, ...] = (
    _rule(
        "webhook_certificate_expired",
        r"certificate has expired or is not yet valid",
        "the webhook's serving certificate has expired, or is not valid yet",
        RENEW,
    ),
    _rule(
        "webhook_ca_bundle_invalid",
        r"unable to load root certificates|unable to parse bytes as PEM|load root CA certificates",
        "the caBundle of the webhook's registration holds no certificate",
        RENEW,
    ),
    _rule(
        "webhook_ca_bundle_mismatch",
        r"signed by unknown authority|certificate is not trusted",
        "the caBundle of the webhook's registration does not vouch for the certificate that the"
        " webhook shows, as after a rotation of the cluster's CA",
        RENEW,
    ),
    _rule(
        "webhook_certificate_name",
        r"certificate is valid for|cannot validate certificate for|legacy Common Name"
        r"|not valid for any names",
        "the webhook's certificate is made out to another name",
        RENEW,
    ),
    _rule(
        "webhook_certificate_refused",
        r"x509:|tls:",
        "the API server refuses the webhook's certificate",
        RENEW,
    ),
    _rule(
        "webhook_no_endpoints",
        r"no endpoints available for service",
        "no pod of the webhook is ready behind its Service",
        _LOOK,
    ),
    _rule(
        "webhook_service_missing",
        r"service \"[^\"]+\" not found",
        "the Service that the webhook's registration names is not there",
        "run the override playbook, or delete a registration that was left behind",
    ),
    _rule(
        "webhook_timeout",
        r"deadline exceeded|i/o timeout|Client\.Timeout|timed out",
        "the webhook does not answer in time",
        f"{_LOOK}; a network policy or firewall between API server and pods does this as well",
    ),
    _rule(
        "webhook_down",
        r"connection refused|no such host|no route to host|connection reset|broken pipe|\bEOF\b"
        r"|network is unreachable|unable to connect",
        "the webhook cannot be reached",
        _LOOK,
    ),
    _rule(
        "webhook_error",
        r"rejected our request|error on the server|status code|invalid webhook"
        r" response|expected webhook response|webhook response|bad gateway",
        "the webhook answers with an error, as it does when an entry of its map makes it crash",
        "look at kubectl logs --namespace imageswap-system deployment/imageswap, and correct the"
        " entry of the map",
    ),
)

_UNKNOWN_CALL = _rule("webhook_failed", "", "the API server cannot ask the webhook", _LOOK)
_DENIED = _rule("webhook_denied", "", "the webhook refuses pods", _LOOK)

# Others that refuse pods: no word about the webhook, so nothing is proven.
_REFUSALS: tuple[_Rule, ...] = (
    _refused(
        "Pod Security refuses it",
        "give a namespace in which a pod of the restricted profile may be created",
        "canary_pod_security",
        r"violates PodSecurity",
    ),
    _refused(
        "a ResourceQuota or LimitRange refuses it",
        "make room for a small pod in one of the namespaces that the webhook serves",
        "canary_quota",
        r"exceeded quota|failed quota|(?:minimum|maximum) \S+ usage per|limit range",
    ),
    _refused(
        "this user may not create pods, not even in a dry run",
        "use an administrator's kubeconfig, or grant create on pods",
        "canary_not_allowed",
        r"cannot create resource",
    ),
    _refused(
        "a webhook that the API server asks about pods does not allow dry runs",
        "set sideEffects: None in that webhook's registration, if it has none",
        "canary_no_dry_run",
        r"does not support dry run",
    ),
)
_OTHER = _refused(
    "somebody else refuses it",
    "exempt pods with the label app.kubernetes.io/name=image-registry-canary from that policy, or"
    " give another namespace",
)


def dry_run_failure(text: str, webhooks: t.Collection[str], namespace: str) -> Finding:
    """Return why the API server refused a pod in a dry run, from what it said.

    `webhooks` are the names of ours: what they are to blame for is an error. That anybody else
    refused the pod is a warning, for it says nothing about ours. `text` must be free of secrets.
    """
    text = " ".join(message_in(text).split())
    call = _CALL.search(text)
    if call and call["name"] in webhooks:
        return _blocking(_first(_CALLS, _UNKNOWN_CALL, call["why"]), call["name"], call["why"])
    subject = f"pods in {namespace}"
    if call:
        rule = _refused(
            f"the webhook {call['name']} fails",
            f"ask whoever owns the webhook {call['name']} to repair it",
        )
        return rule.finding(Severity.WARNING, subject, call["why"])
    denial = _DENIAL.search(text)
    if denial and denial["name"] in webhooks:
        return _blocking(_DENIED, denial["name"], text)
    return _first(_REFUSALS, _OTHER, text).finding(Severity.WARNING, subject, text)


def _blocking(rule: _Rule, name: str, said: str) -> Finding:
    """Return the finding about ours that lets no pod pass. What may be ignored is no failure."""
    finding = rule.finding(Severity.ERROR, name, said)
    return dataclasses.replace(finding, fix=f"{finding.fix}; {BREAK_GLASS}")


def _first(rules: t.Iterable[_Rule], otherwise: _Rule, text: str) -> _Rule:
    return next((rule for rule in rules if rule.pattern.search(text)), otherwise)


__all__ = ("dry_run_failure",)
