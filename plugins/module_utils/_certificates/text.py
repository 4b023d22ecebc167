# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""CA certificates in the forms in which people paste them.

No message repeats what was pasted: it may be a private key.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import binascii
import itertools
import re
import textwrap

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
_SEQUENCE, _INTEGER, _IDENTIFIER = 0x30, 0x02, 0x06


class CaError(ValueError):
    """Text that holds no usable CA certificate; `code` is the finding's, `fix` what helps."""

    def __init__(self, code: str, message: str, fix: str = _PASTE) -> None:
        """Keep the code next to the sentence."""
        super().__init__(message)
        self.code = code
        self.fix = fix


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
            return "".join(map(_to_pem, pem_blocks(pem)))
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


def pem_blocks(text: str) -> list[bytes]:
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


__all__ = ("CaError", "holds_private_key", "normalise_ca", "pem_blocks")
