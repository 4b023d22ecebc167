# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic.exceptions import api_exception

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Severity
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.failure import (
    dry_run_failure,
)

OURS = "imageswap.webhook.k8s.twr.io"
POST = 'failed to call webhook: Post "https://imageswap.imageswap-system.svc:443/?timeout=10s": '
TLS = f"{POST}tls: failed to verify certificate: x509: "


def status(message: str, code: int = 500, reason: str = "InternalError") -> str:
    """Return what kubernetes.core says: the API's Status as Python prints bytes."""
    body = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    body.update(message=message, reason=reason, details={"causes": [{"message": message}]})
    text = json.dumps({**body, "code": code}, separators=(",", ":"))
    return f"Failed to create object: {text.encode()!r}"


# As API servers from 1.20 to 1.36 put it.
TEST_CALLS = [
    (f"{TLS}certificate has expired or is not yet valid: current time 2026-11-26T04:00:00Z is after"
     " 2025-11-01T00:00:00Z", "webhook_certificate_expired"),
    (f"{POST}x509: certificate has expired or is not yet valid", "webhook_certificate_expired"),
    (f"{TLS}certificate signed by unknown authority", "webhook_ca_bundle_mismatch"),
    (f'{POST}x509: certificate signed by unknown authority (possibly because of "x509: invalid'
     ' signature" while trying to verify candidate authority certificate "ca")',
     "webhook_ca_bundle_mismatch"),
    (f"{TLS}certificate is valid for a.b.svc, not imageswap.imageswap-system.svc",
     "webhook_certificate_name"),
    (f"{TLS}cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs",
     "webhook_certificate_name"),
    (f"{POST}remote error: tls: bad certificate", "webhook_certificate_refused"),
    ("failed to call webhook: unable to load root certificates: unable to parse bytes as PEM block",
     "webhook_ca_bundle_invalid"),
    (f'{POST}no endpoints available for service "imageswap"', "webhook_no_endpoints"),
    (f'{POST}service "imageswap" not found', "webhook_service_missing"),
    (f"{POST}context deadline exceeded", "webhook_timeout"),
    (f"{POST}net/http: request canceled (Client.Timeout exceeded while awaiting headers)",
     "webhook_timeout"),
    (f"{POST}dial tcp 10.96.0.7:443: i/o timeout", "webhook_timeout"),
    (f"{POST}dial tcp 10.96.0.7:443: connect: connection refused", "webhook_down"),
    (f"{POST}dial tcp: lookup hook.example.org: no such host", "webhook_down"),
    (f"{POST}EOF", "webhook_down"),
    ("failed to call webhook: the server rejected our request for an unknown reason",
     "webhook_error"),
    ('failed to call webhook: an error on the server ("") has prevented the request from'
     " succeeding", "webhook_error"),
    ('expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got /, Kind=',
     "webhook_error"),
    ("something new", "webhook_failed"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "code"), TEST_CALLS, ids=[row[0][-40:] for row in TEST_CALLS])
def test_why_our_webhook_cannot_be_asked(why: str, code: str) -> None:
    text = status(f'Internal error occurred: failed calling webhook "{OURS}": {why}')
    finding = dry_run_failure(text, {OURS}, "jet-system")
    assert (finding.code, finding.severity, finding.subject) == (code, Severity.ERROR, OURS)
    assert finding.message.endswith(f"The API server said: {why}")
    assert finding.fix.endswith("registry.break_glass")


TEST_REFUSALS = [
    ('pods "canary" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true',
     "canary_pod_security"),
    ('pods "canary" is forbidden: exceeded quota: pods, requested: pods=1, used: pods=9, limited:'
     " pods=9", "canary_quota"),
    ('pods "canary" is forbidden: minimum cpu usage per Container is 100m, but request is 10m',
     "canary_quota"),
    ('pods is forbidden: User "reader" cannot create resource "pods" in API group "" in the'
     ' namespace "jet-system"', "canary_not_allowed"),
    (f'admission webhook "{OURS}" does not support dry run', "canary_no_dry_run"),
    ('admission webhook "policy.example.org" denied the request: images must be signed',
     "canary_refused"),
    ('Internal error occurred: failed calling webhook "other.example.org": failed to call webhook:'
     " x509: certificate has expired or is not yet valid", "canary_refused"),
]  # fmt: skip


@pytest.mark.parametrize(("message", "code"), TEST_REFUSALS, ids=[row[1] for row in TEST_REFUSALS])
def test_what_others_refuse_proves_nothing(message: str, code: str) -> None:
    finding = dry_run_failure(status(message, 403, "Forbidden"), {OURS}, "jet-system")
    assert (finding.code, finding.severity) == (code, Severity.WARNING)
    assert "nothing is proven" in finding.message
    assert finding.subject == "pods in jet-system"


def test_our_own_refusal_is_an_error() -> None:
    text = status(f'admission webhook "{OURS}" denied the request without explanation', 403)
    finding = dry_run_failure(text, {OURS}, "jet-system")
    assert (finding.code, finding.severity) == ("webhook_denied", Severity.ERROR)
    assert "registry.break_glass" in finding.fix


def test_a_long_answer_is_cut() -> None:
    finding = dry_run_failure(status("x" * 5000), {OURS}, "jet-system")
    assert len(finding.message) < 700


@pytest.mark.parametrize(
    ("message", "code", "reason", "found"),
    [
        (
            f'failed calling webhook "{OURS}": {TLS}certificate has expired or is not yet valid',
            500,
            "Internal Server Error",
            "webhook_certificate_expired",
        ),
        (
            f'admission webhook "{OURS}" denied the request: no',
            400,
            "Bad Request",
            "webhook_denied",
        ),
        (
            'pods "x" is forbidden: violates PodSecurity "restricted:latest": x',
            403,
            "Forbidden",
            "canary_pod_security",
        ),
    ],
)
def test_what_the_python_client_raises_is_understood_too(
    message: str, code: int, reason: str, found: str
) -> None:
    """It has the Status among headers and a traceback, both of which have braces and quotes."""
    refused = ApiException(status=code, reason=reason)
    refused.body = json.dumps({"kind": "Status", "message": message, "code": code}).encode()
    refused.headers = {"Content-Type": "application/json"}
    with pytest.raises(ApiException) as caught:
        raise refused
    raised = api_exception(caught.value)
    finding = dry_run_failure(f"{type(raised).__name__}: {raised}", {OURS}, "ns")
    assert finding.code == found
    assert "HTTP response" not in finding.message
