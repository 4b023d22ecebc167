# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys and certificates of the sandbox, made anew for each world."""

from __future__ import annotations

import dataclasses
import datetime
import ipaddress
import os
import pathlib
import typing as t

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFETIME = datetime.timedelta(days=365)
_SKEW = datetime.timedelta(hours=1)


def write_private(path: pathlib.Path, content: str) -> None:
    """Write a file that its owner alone may read; whoever finds it finds it whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
    draft.replace(path)


@dataclasses.dataclass(frozen=True)
class Certificate:
    """A certificate and its private key, both PEM."""

    certificate: str
    key: str


class Authority:
    """A certificate authority of our own."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        self._certificate = (
            _builder(self._name, self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(self._key_identifier(), critical=False)
            .sign(self._key, hashes.SHA256())
        )

    @classmethod
    def load(cls, certificate: str, key: str) -> Authority:
        """Return an authority that was made before, from PEM."""
        authority = cls.__new__(cls)
        private = serialization.load_pem_private_key(key.encode(), None)
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        authority._key = private
        authority._certificate = x509.load_pem_x509_certificate(certificate.encode())
        authority._name = authority._certificate.subject
        return authority

    @property
    def pem(self) -> str:
        """Return the authority's own certificate."""
        return _pem(self._certificate)

    @property
    def key(self) -> str:
        """Return the authority's private key, for what signs in its name."""
        return _key_pem(self._key, serialization.PrivateFormat.PKCS8)

    def issue(
        self, names: tuple[str, ...], lifetime: datetime.timedelta = _LIFETIME
    ) -> Certificate:
        """Return a server's certificate for names and IP addresses; the first is its subject.

        With a `lifetime` below zero it has expired.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(names[0]), self._name, key.public_key(), lifetime).add_extension(
            x509.SubjectAlternativeName([_san(name) for name in names]), critical=False
        )
        return self._signed(builder, key, ExtendedKeyUsageOID.SERVER_AUTH)

    def issue_client(
        self,
        user: str,
        groups: t.Sequence[str] = (),
        lifetime: datetime.timedelta = _LIFETIME,
    ) -> Certificate:
        """Return a client's certificate, as Kubernetes reads it: common name and organizations."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name(
            [
                *(x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups),
                x509.NameAttribute(NameOID.COMMON_NAME, user),
            ]
        )
        builder = _builder(subject, self._name, key.public_key(), lifetime)
        return self._signed(builder, key, ExtendedKeyUsageOID.CLIENT_AUTH)

    def _signed(
        self,
        builder: x509.CertificateBuilder,
        key: ec.EllipticCurvePrivateKey,
        usage: x509.ObjectIdentifier,
    ) -> Certificate:
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(issuer_key, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return Certificate(_pem(certificate), _key_pem(key, serialization.PrivateFormat.PKCS8))

    def _key_identifier(self) -> x509.SubjectKeyIdentifier:
        return x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())


@dataclasses.dataclass(frozen=True)
class SshKey:
    """An Ed25519 key pair in OpenSSH's formats."""

    private: str
    public: str


def make_ssh_key() -> SshKey:
    """Return a new key pair."""
    key = ed25519.Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    return SshKey(_key_pem(key, serialization.PrivateFormat.OpenSSH), public.decode())


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    lifetime: datetime.timedelta = _LIFETIME,
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, now + lifetime) - _SKEW)
        .not_valid_after(now + lifetime)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _san(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(
    key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
    form: serialization.PrivateFormat,
) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, form, serialization.NoEncryption()
    ).decode()
