# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with the CA certificates of a registry."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import datetime
import typing as t

from .._evidence import Finding, Severity
from .read import CaCertificate, covers, read_ca
from .text import CaError

SOON = datetime.timedelta(days=30)

_SUBJECT = "ca_cert"
_TAKE_OUT = "Take this block out, or paste it again: TLS libraries refuse the whole bundle with it."
_EARLY = "Check the clocks, or use the CA certificate that is valid now."
_RENEW = "Use the registry's current CA certificate."

_Others: t.TypeAlias = t.Sequence[CaCertificate]


def lint_ca(pem: str, *, now: datetime.datetime, endpoint: str) -> tuple[Finding, ...]:
    """Return what is wrong with the CA certificates for a registry at `endpoint` (host[:port]).

    `now` is a time with a zone. Never raises: without cryptography the finding says so.
    """
    try:
        certificates = read_ca(pem)
    except CaError as error:
        return (_finding(error.code, Severity.ERROR, f"{error}.", error.fix),)
    except RuntimeError as error:
        fix = "pip install cryptography, where Ansible runs."
        return (_finding("ca_not_checked", Severity.WARNING, f"{error}.", fix),)
    host = _host(endpoint)
    usable = [one for one in certificates if one and _vouches(one, host, now)]
    findings: list[Finding] = []
    for number, certificate in enumerate(certificates, 1):
        where = f"certificate {number}"
        if certificate is None:
            message = f"{where} cannot be parsed: it is damaged or no X.509 certificate."
            findings.append(_finding("ca_unparsable", Severity.ERROR, message, _TAKE_OUT))
            continue
        name = f"{where} ({certificate.subject or 'no subject'})"
        others = [other for other in usable if other != certificate]
        findings += _lint_time(name, certificate, now, others)
        if not certificate.is_ca:
            findings += _lint_leaf(name, certificate, host, others)
    return tuple(findings)


def _finding(code: str, severity: Severity, message: str, fix: str) -> Finding:
    return Finding(code, severity, _SUBJECT, message, fix)


def _vouches(certificate: CaCertificate, host: str, now: datetime.datetime) -> bool:
    """Return whether clients may verify the host by this one: in time, and a CA or its own."""
    in_time = certificate.not_before <= now <= certificate.not_after
    return in_time and (certificate.is_ca or covers(certificate, host))


def _lint_time(
    name: str, certificate: CaCertificate, now: datetime.datetime, others: _Others
) -> t.Iterator[Finding]:
    """Judge the time. Clients pass over a root that is not valid if one of the `others` fits."""
    end = f"{certificate.not_after:%Y-%m-%d %H:%M} UTC"
    start = f"{certificate.not_before:%Y-%m-%d %H:%M} UTC"
    expired, early = certificate.not_after < now, certificate.not_before > now
    if expired and others:
        message = f"{name} expired on {end}: clients pass over it and use the valid ones."
        yield _finding("ca_expired", Severity.INFO, message, "Nothing; it may be left out.")
    elif expired:
        message = f"{name} expired on {end}: clients refuse the registry."
        yield _finding("ca_expired", Severity.ERROR, message, _RENEW)
    elif certificate.not_after - now <= SOON:
        yield _expires_soon(name, certificate, now, others)
    if early and others:
        message = f"{name} is not valid before {start}: clients use the others until then."
        yield _finding("ca_not_yet_valid", Severity.INFO, message, "Nothing.")
    elif early:
        message = f"{name} is not valid before {start}: clients refuse the registry."
        yield _finding("ca_not_yet_valid", Severity.ERROR, message, _EARLY)


def _expires_soon(
    name: str, certificate: CaCertificate, now: datetime.datetime, others: _Others
) -> Finding:
    said = f"{name} expires on {certificate.not_after:%Y-%m-%d %H:%M} UTC"
    namesakes = (other for other in others if other.subject == certificate.subject)
    if any(other.not_after - now > SOON for other in namesakes):
        message = f"{said}: its successor is there."
        return _finding("ca_expires_soon", Severity.INFO, message, "Nothing, for it is no loss.")
    message = f"{said}: pulls fail from then on."
    return _finding("ca_expires_soon", Severity.WARNING, message, _RENEW)


def _lint_leaf(
    name: str, certificate: CaCertificate, host: str, others: _Others
) -> t.Iterator[Finding]:
    """Judge a server's certificate among the CAs: useful only if it is for this host."""
    if others or covers(certificate, host):
        message = f"{name} is a server's certificate, not a CA: it vouches for nothing but itself."
        severity = Severity.INFO if others else Severity.WARNING
        fix = "Leave it out, if the CA is there; else it must be replaced with each renewal."
        yield _finding("ca_not_a_ca", severity, message, fix)
    elif certificate.subject == certificate.issuer:
        names = ", ".join(certificate.dns_names + certificate.addresses) or "no name at all"
        message = f"{name} is self-signed for {names}, which does not cover {host}."
        fix = f"Use the certificate that the registry at {host} shows, or the CA that issued it."
        yield _finding("ca_does_not_cover", Severity.ERROR, message, fix)
    else:
        message = f"{name} is no CA, and the one that issued it ({certificate.issuer}) is missing."
        issuer = f"Use the certificate of {certificate.issuer}."
        yield _finding("ca_not_a_ca", Severity.ERROR, message, issuer)


def _host(endpoint: str) -> str:
    """Return the host of an endpoint: no scheme, port, path, nor the brackets of IPv6."""
    authority = endpoint.rpartition("://")[2].partition("/")[0]
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.partition(":")[0].lower()


__all__ = ("SOON", "lint_ca")
