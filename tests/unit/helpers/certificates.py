# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates made for a test, and the key that they all have."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import typing as t

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
KEY = ec.generate_private_key(ec.SECP256R1())
KEY_PEM = KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()


def certificate(
    name: str = "Example CA",
    issuer: str = "",
    ca: bool | None = True,
    valid: tuple[int, int] = (-100, 1000),
    hosts: t.Sequence[str] = (),
    address: str = "",
) -> str:
    """Return a certificate in PEM; `valid` is in days from NOW, `ca=None` says nothing about it."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer or name)]))
        .public_key(KEY.public_key())
        .serial_number(7)
        .not_valid_before(NOW + valid[0] * DAY)
        .not_valid_after(NOW + valid[1] * DAY)
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in hosts]
    if address:
        names.append(x509.IPAddress(ipaddress.ip_address(address)))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    signed = builder.sign(KEY, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


CA = certificate()


def encoded(text: str | bytes) -> str:
    """Return text in base64."""
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


CA = certificate()
OTHER = certificate("Other CA")
DER = base64.b64decode("".join(CA.splitlines()[1:-1]))
