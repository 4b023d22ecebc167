# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What certificates say of themselves."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import datetime
import ipaddress
import traceback
import typing as t

from .text import normalise_ca, pem_blocks

CRYPTOGRAPHY_IMPORT_ERROR: str | None = None
try:
    from cryptography import x509
except ImportError:
    CRYPTOGRAPHY_IMPORT_ERROR = traceback.format_exc()


@dataclasses.dataclass(frozen=True)
class CaCertificate:
    """What a certificate says of itself. Names are in the form of RFC 4514, times in UTC."""

    subject: str
    issuer: str
    not_before: datetime.datetime
    not_after: datetime.datetime
    is_ca: bool
    dns_names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, t.Any]:
        """Return plain data, with times in ISO 8601."""
        return {
            **dataclasses.asdict(self),
            "not_before": self.not_before.isoformat(),
            "not_after": self.not_after.isoformat(),
            "dns_names": list(self.dns_names),
            "addresses": list(self.addresses),
        }


def read_ca(pem: str) -> tuple[CaCertificate | None, ...]:
    """Return what each certificate of a bundle says, None for one that cannot be parsed.

    Raises CaError where `normalise_ca` does, RuntimeError without the library cryptography.
    """
    if CRYPTOGRAPHY_IMPORT_ERROR is not None:
        raise RuntimeError("the Python library cryptography is needed to read certificates")
    return tuple(_read(der) for der in pem_blocks(normalise_ca(pem)))


def _read(der: bytes) -> CaCertificate | None:
    unreadable = (
        ValueError,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    )
    try:
        certificate = x509.load_der_x509_certificate(der)
        return CaCertificate(
            subject=certificate.subject.rfc4514_string(),
            issuer=certificate.issuer.rfc4514_string(),
            not_before=_time(certificate, "not_valid_before"),
            not_after=_time(certificate, "not_valid_after"),
            is_ca=_is_ca(certificate),
            **_names(certificate),
        )
    except unreadable:
        return None


def _time(certificate: x509.Certificate, name: str) -> datetime.datetime:
    # cryptography before 42 has only times without a zone, which are UTC.
    value = getattr(certificate, f"{name}_utc", None)
    if value is None:
        value = getattr(certificate, name).replace(tzinfo=datetime.UTC)
    return t.cast("datetime.datetime", value)


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        # Version 1 knows no extensions: its self-signed certificates are taken for authorities.
        return certificate.version is x509.Version.v1 and certificate.issuer == certificate.subject
    return constraints.value.ca


def _names(certificate: x509.Certificate) -> dict[str, tuple[str, ...]]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return {}
    return {
        "dns_names": tuple(names.get_values_for_type(x509.DNSName)),
        "addresses": tuple(str(ip) for ip in names.get_values_for_type(x509.IPAddress)),
    }


def covers(certificate: CaCertificate, host: str) -> bool:
    """Return whether a server's certificate is made out to a host name or address."""
    try:
        return str(ipaddress.ip_address(host)) in certificate.addresses
    except ValueError:
        parent = host.partition(".")[2]
        names = {name.lower() for name in certificate.dns_names}
        return host in names or bool(parent and f"*.{parent}" in names)


__all__ = ("CRYPTOGRAPHY_IMPORT_ERROR", "CaCertificate", "covers", "read_ca")
