# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The webhook's certificate against the caBundle with which the API server judges it."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import datetime
import typing as t

from ...module_utils._certificates.lint import SOON
from ...module_utils._certificates.read import (
    CRYPTOGRAPHY_IMPORT_ERROR,
    CaCertificate,
    covers,
    read_ca,
)
from ...module_utils._certificates.text import CaError, normalise_ca
from ...module_utils._evidence import Finding, Severity
from .objects import RENEW, Webhook

if CRYPTOGRAPHY_IMPORT_ERROR is None:
    from cryptography import exceptions, x509


def certificate_findings(
    webhook: Webhook, served: str, place: str, now: datetime.datetime
) -> tuple[Finding, ...]:
    """Return what is wrong with the caBundle and with the certificate that the webhook shows.

    `served` is PEM, empty where it is not known; `place` names where it was read. Never raises.
    """
    if CRYPTOGRAPHY_IMPORT_ERROR is not None:
        fix = "pip install cryptography, where Ansible runs"
        message = "the Python library cryptography is missing, so no certificate was looked at"
        return (Finding("webhook_certificate_not_checked", Severity.INFO, place, message, fix),)
    return (*_bundle_findings(webhook, now), *_served_findings(webhook, served, place, now))


def vouches(bundle: str, served: str) -> bool:
    """Return whether a caBundle (PEM) vouches for a certificate and its chain; no if unknown."""
    known = CRYPTOGRAPHY_IMPORT_ERROR is None and _read(bundle) and _read(served)
    return bool(known) and _vouches(bundle, served)


def _bundle_findings(webhook: Webhook, now: datetime.datetime) -> t.Iterator[Finding]:
    subject = f"{webhook.subject}, caBundle"
    if not webhook.ca_bundle.strip():
        yield Finding(
            "webhook_ca_bundle_empty",
            Severity.WARNING,
            subject,
            "it is empty, so the API server trusts only certificates of public authorities",
            RENEW,
        )
        return
    certificates = _read(webhook.ca_bundle)
    if not certificates:
        message = "it holds no certificate that can be read: the API server cannot ask the webhook"
        yield Finding("webhook_ca_bundle_invalid", Severity.ERROR, subject, message, RENEW)
        return
    # One that is valid is enough.
    last = max(certificates, key=lambda certificate: certificate.not_after)
    if last.not_after < now:
        message = f"it expired on {_day(last)}: the API server refuses every call of the webhook"
        yield Finding("webhook_ca_bundle_expired", Severity.ERROR, subject, message, RENEW)
    elif last.not_after - now <= SOON:
        message = f"it expires on {_day(last)}: no pod is created from then on"
        yield Finding("webhook_ca_bundle_expires_soon", Severity.WARNING, subject, message, RENEW)


def _served_findings(
    webhook: Webhook, served: str, place: str, now: datetime.datetime
) -> t.Iterator[Finding]:
    if not served:
        return
    certificates = _read(served)
    if not certificates:
        message = "it holds no certificate that can be read"
        yield Finding("webhook_certificate_invalid", Severity.ERROR, place, message, RENEW)
        return
    leaf = certificates[0]
    yield from _time_findings(leaf, place, now)
    if webhook.host and not covers(leaf, webhook.host):
        names = ", ".join(leaf.dns_names + leaf.addresses) or "no name at all"
        message = f"it is made out to {names}, not to {webhook.host}, as which it is asked"
        yield Finding("webhook_certificate_name", Severity.ERROR, place, message, RENEW)
    if _read(webhook.ca_bundle) and not _vouches(webhook.ca_bundle, served):
        message = f"the caBundle of {webhook.subject} does not vouch for it ({leaf.issuer})"
        yield Finding("webhook_ca_bundle_mismatch", Severity.ERROR, place, message, RENEW)


def _time_findings(leaf: CaCertificate, place: str, now: datetime.datetime) -> t.Iterator[Finding]:
    if leaf.not_after < now:
        message = f"it expired on {_day(leaf)}: the API server refuses every call of the webhook"
        yield Finding("webhook_certificate_expired", Severity.ERROR, place, message, RENEW)
    elif leaf.not_before > now:
        message = f"it is not valid before {leaf.not_before:%Y-%m-%d %H:%M} UTC"
        yield Finding("webhook_certificate_expired", Severity.ERROR, place, message, RENEW)
    elif leaf.not_after - now <= SOON:
        message = f"it expires on {_day(leaf)}: no pod is created from then on"
        yield Finding("webhook_certificate_expires_soon", Severity.WARNING, place, message, RENEW)


def _vouches(bundle: str, served: str) -> bool:
    """Return whether a chain leads from the first served certificate to one of the bundle."""
    trusted = _load(bundle)
    certificate, *others = _load(served)
    # Each step takes one away, so a chain in circles ends as well.
    while True:
        if certificate in trusted or any(_issued(certificate, one) for one in trusted):
            return True
        above = next((one for one in others if _issued(certificate, one)), None)
        if above is None:
            return False
        others.remove(above)
        certificate = above


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, exceptions.InvalidSignature):
        return False
    return True


def _load(pem: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(normalise_ca(pem).encode())


def _read(pem: str) -> list[CaCertificate]:
    try:
        return [certificate for certificate in read_ca(pem) if certificate]
    except CaError:
        return []


def _day(certificate: CaCertificate) -> str:
    return f"{certificate.not_after:%Y-%m-%d %H:%M} UTC"


__all__ = ("certificate_findings", "vouches")
