# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""CA certificates: read the forms in which people paste them, and say what is wrong.

No message repeats what was pasted: it may be a private key.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import binascii
import dataclasses
import datetime
import ipaddress
import itertools
import re
import textwrap
import traceback
import typing as t

from ._evidence import Finding, Severity

CRYPTOGRAPHY_IMPORT_ERROR: str | None = None
try:
    from cryptography import x509
except ImportError:
    CRYPTOGRAPHY_IMPORT_ERROR = traceback.format_exc()

SOON = datetime.timedelta(days=30)

_SUBJECT = "ca_cert"
_PASTE = "Paste the registry's CA certificate: -----BEGIN CERTIFICATE----- ..."
_REPLACE = f"{_PASTE} Replace the key, if this text was stored or sent anywhere."
_KEY_LABEL = re.compile(r"- ?BEGIN [A-Z0-9 ]*PRIVATE KEY")
_MARK = re.compile(r"-+ ?(?:BEGIN ([^-\r\n]+?) ?(?=[-\r\n])|END\b)")
_LABELS = ("CERTIFICATE", "X509 CERTIFICATE")
# What word processors and web pages make of dashes and blanks, and put in that nobody sees.
_TYPOGRAPHY = {
    **dict.fromkeys(map(ord, "\u00a0\u2007\u202f\u3000"), " "),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-"),
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff")),
}
_OTHER_KINDS = {
    "X509 CRL": _PASTE,
    "PUBLIC KEY": _PASTE,
    "PKCS7": "Convert it: openssl pkcs7 -print_certs.",
    "TRUSTED CERTIFICATE": "Convert it: openssl x509 -in FILE. Only OpenSSL reads this form.",
    **dict.fromkeys(
        ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
        "Use the certificate that the CA made of this request, or the CA's own.",
    ),
}
_TAKE_OUT = "Take this block out, or paste it again: TLS libraries refuse the whole bundle with it."
_EARLY = "Check the clocks, or use the CA certificate that is valid now."
_RENEW = "Use the registry's current CA certificate."
_SEQUENCE, _INTEGER, _IDENTIFIER = 0x30, 0x02, 0x06


class CaError(ValueError):
    """Text that holds no usable CA certificate; `code` is the finding's, `fix` what helps."""

    def __init__(self, code: str, message: str, fix: str = _PASTE) -> None:
        """Keep the code next to the sentence."""
        super().__init__(message)
        self.code = code
        self.fix = fix


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


_Others: t.TypeAlias = t.Sequence[CaCertificate]


def normalise_ca(text: str | bytes) -> str:
    """Return certificates as clean PEM, whatever form they were pasted in.

    Reads PEM (bundles, text and blocks of other kinds around, Windows line ends, a byte order
    mark, UTF-16, literal backslash-n, one long line, dashes that a word processor changed), base64
    of PEM, DER, and base64 of DER. Raises CaError, a ValueError, with a sentence that does not
    repeat the text.
    """
    raw = _utf8(_bytes(text))
    if not raw.strip():
        raise CaError("ca_empty", "it is empty")
    for content in (raw, _utf8(_unwrap(raw))):
        pem = content.decode("utf-8", "replace").translate(_TYPOGRAPHY)
        if "-BEGIN" in pem or _MARK.search(pem):
            return "".join(map(_to_pem, _pem_blocks(pem)))
    return _to_pem(_checked_der(_unwrap(raw)))


def _bytes(text: str | bytes) -> bytes:
    """Return the bytes of a text, as they were where a file was no UTF-8 (Ansible's lookups)."""
    if isinstance(text, bytes):
        return text
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _utf8(raw: bytes) -> bytes:
    """Return text of UTF-16, as PowerShell writes it, in UTF-8; no byte order mark."""
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif b"\0" in raw[:2]:
        encoding = "utf-16-be" if raw[:1] == b"\0" else "utf-16-le"
    else:
        return raw
    return raw.decode(encoding, "replace").encode("utf-8", "replace")


def _unwrap(raw: bytes) -> bytes:
    """Return what base64 text holds; anything else as it is."""
    text = b"".join(raw.replace(b"\\n", b"\n").replace(b"\\r", b"").split())
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return raw


def _to_pem(der: bytes) -> str:
    body = "\n".join(textwrap.wrap(base64.b64encode(der).decode("ascii"), 64))
    return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"


def _pem_blocks(text: str) -> list[bytes]:
    """Return the DER of each certificate; blocks of other kinds, such as CRLs, are passed over.

    So do curl, OpenSSL and Go. Raises CaError which names all blocks that are unreadable.
    """
    text = text.replace("\\r", "").replace("\\n", "\n")
    marks = list(_MARK.finditer(text))
    labels = [mark[1] for mark in marks if mark[1]]
    if any("PRIVATE KEY" in label for label in labels):
        message = "it holds a private key, which nobody but its owner may know"
        raise CaError("ca_private_key", message, _REPLACE)
    pairs = itertools.pairwise([*marks, None])
    bodies = [_body(text, mark, end) for mark, end in pairs if mark and mark[1] in _LABELS]
    if labels and not bodies:
        # What stands in dashes may be anything: only kinds that are known are repeated.
        known = sorted(set(labels).intersection(_OTHER_KINDS)) or ["something else"]
        others, fix = ", ".join(known), _OTHER_KINDS.get(known[0], _PASTE)
        raise CaError("ca_no_certificate", f"it holds {others} instead of a certificate", fix)
    broken = [str(number) for number, der in enumerate(bodies, 1) if der is None]
    if broken or not bodies:
        where = f"block {', '.join(broken)}" if broken else "it"
        raise CaError("ca_unparsable", f"{where} is cut off, or no base64 text")
    return [_checked_der(der, f"block {number}") for number, der in enumerate(bodies, 1) if der]


def _body(text: str, begin: re.Match[str], end: re.Match[str] | None) -> bytes | None:
    """Decode what stands between a BEGIN and its END line, None if that is not possible."""
    if end is None or end[1]:
        return None
    body = text[begin.end() : end.start()].lstrip("-")
    try:
        return base64.b64decode("".join(body.split()), validate=True) or None
    except ValueError:
        return None


def _checked_der(der: bytes, where: str = "it") -> bytes:
    """Return DER that is built like a certificate: a sequence that begins with a sequence."""
    content = _content(der)
    inner = content[0] if content else None
    if inner == _INTEGER:
        raise CaError("ca_private_key", f"{where} is a private key or a key store", _REPLACE)
    if inner == _IDENTIFIER:
        fix = "Convert it: openssl pkcs7 -print_certs."
        raise CaError("ca_no_certificate", f"{where} is PKCS#7, not a certificate", fix)
    if inner != _SEQUENCE:
        raise CaError("ca_unparsable", f"{where} is neither PEM nor DER nor base64 of either")
    if _content(content)[:1] == bytes([_IDENTIFIER]):
        # Where a certificate has its version, these name an algorithm.
        message = f"{where} is an encrypted private key or a public key, not a certificate"
        raise CaError("ca_private_key", message, _REPLACE)
    return der


def _content(der: bytes) -> bytes:
    """Return a sequence of ASN.1 from its first element on, nothing if it is none."""
    if len(der) < 2 or der[0] != _SEQUENCE:
        return b""
    return der[2 + (der[1] & 0x7F if der[1] & 0x80 else 0) :]


def holds_private_key(text: str) -> bool:
    """Return whether a text is, or holds, a private key in one of the forms that are read here."""
    if _KEY_LABEL.search(text):
        return True
    try:
        normalise_ca(text)
    except CaError as error:
        return error.code == "ca_private_key"
    return False


def read_ca(pem: str) -> tuple[CaCertificate | None, ...]:
    """Return what each certificate of a bundle says, None for one that cannot be parsed.

    Raises CaError where `normalise_ca` does, RuntimeError without the library cryptography.
    """
    if CRYPTOGRAPHY_IMPORT_ERROR is not None:
        raise RuntimeError("the Python library cryptography is needed to read certificates")
    return tuple(_read(der) for der in _pem_blocks(normalise_ca(pem)))


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


def covers(certificate: CaCertificate, host: str) -> bool:
    """Return whether a server's certificate is made out to a host name or address."""
    try:
        return str(ipaddress.ip_address(host)) in certificate.addresses
    except ValueError:
        parent = host.partition(".")[2]
        names = {name.lower() for name in certificate.dns_names}
        return host in names or bool(parent and f"*.{parent}" in names)


__all__ = (
    "CRYPTOGRAPHY_IMPORT_ERROR",
    "CaCertificate",
    "CaError",
    "covers",
    "holds_private_key",
    "lint_ca",
    "normalise_ca",
    "read_ca",
)
