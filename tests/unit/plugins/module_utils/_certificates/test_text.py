# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._certificates.text import (
    CaError,
    holds_private_key,
    normalise_ca,
)
from tests.unit.helpers.certificates import CA, DER, KEY, KEY_PEM, OTHER, encoded

KEY_DER = KEY.private_bytes(
    serialization.Encoding.DER,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
)
ENCRYPTED_DER = KEY.private_bytes(
    serialization.Encoding.DER,
    serialization.PrivateFormat.PKCS8,
    serialization.BestAvailableEncryption(b"passphrase"),
)
PUBLIC_DER = KEY.public_key().public_bytes(
    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
)


def block(kind: str) -> str:
    """Return a block of another kind that some bundles hold."""
    return f"-----BEGIN {kind}-----\nMAA=\n-----END {kind}-----\n"


TEST_NORMALISE: list[tuple[str, str | bytes, str]] = [
    ("PEM", CA, CA),
    ("PEM as bytes", CA.encode(), CA),
    ("bundle", CA + OTHER, CA + OTHER),
    ("bundle with text around", f"Bag Attributes\n {CA}\n# next:\n{OTHER}end\n", CA + OTHER),
    ("Windows line ends", CA.replace("\n", "\r\n"), CA),
    ("literal backslash-n", CA.replace("\n", "\\n"), CA),
    ("literal backslash-r-backslash-n", CA.replace("\n", "\\r\\n"), CA),
    ("one long line", CA.replace("\n", " "), CA),
    ("indented", "\n".join(f"    {line}" for line in CA.splitlines()), CA),
    ("no newline at the end", CA.rstrip(), CA),
    ("a byte order mark", f"\ufeff{CA}", CA),
    ("UTF-8 with a byte order mark", b"\xef\xbb\xbf" + CA.encode(), CA),
    ("UTF-16 as PowerShell writes it", CA.replace("\n", "\r\n").encode("utf-16"), CA),
    ("UTF-16, big end first", CA.encode("utf-16-be"), CA),
    ("UTF-16 by Ansible's lookup", CA.encode("utf-16").decode("utf-8", "surrogateescape"), CA),
    ("base64 of UTF-16", encoded(CA.encode("utf-16")), CA),
    ("en dashes", CA.replace("-----", "\u2013" * 5), CA),
    ("em dashes for two", CA.replace("-----", "\u2014\u2014-"), CA),
    ("four dashes", CA.replace("-----", "----"), CA),
    ("no dashes behind", CA.replace("CERTIFICATE-----", "CERTIFICATE"), CA),
    ("no dashes behind, Windows", CA.replace("CERTIFICATE-----\n", "CERTIFICATE\r\n"), CA),
    ("no-break spaces", CA.replace(" ", "\u00a0").replace("\n", "\n\u00a0"), CA),
    ("old Macintosh line ends", CA.replace("\n", "\r"), CA),
    ("both line ends", CA.replace("\n", "\r\n") + OTHER, CA + OTHER),
    ("a byte order mark between", f"{CA}\ufeff{OTHER}", CA + OTHER),
    ("blanks that nobody sees", CA.replace("\n", "\u200b\n"), CA),
    ("no line end between", CA.rstrip() + OTHER, CA + OTHER),
    ("a CRL in it", CA + block("X509 CRL") + OTHER, CA + OTHER),
    ("DH parameters and a request", block("DH PARAMETERS") + block("CERTIFICATE REQUEST") + CA, CA),
    ("a heading with dashes", f"--- BEGIN internal CA ---\n{CA}--- END ---\n", CA),
    ("older label", CA.replace("BEGIN CERT", "BEGIN X509 CERT").replace("END C", "END X509 C"), CA),
    ("base64 of PEM", encoded(CA), CA),
    ("base64 of PEM, folded", "\n".join(encoded(CA)[i : i + 76] for i in range(0, 2000, 76)), CA),
    ("base64 of a bundle", encoded(CA + OTHER), CA + OTHER),
    ("DER", DER, CA),
    ("base64 of DER", encoded(DER), CA),
    ("base64 of DER with literal backslash-n", encoded(DER)[:64] + "\\n" + encoded(DER)[64:], CA),
]


@pytest.mark.parametrize(
    ("text", "pem"), [row[1:] for row in TEST_NORMALISE], ids=[row[0] for row in TEST_NORMALISE]
)
def test_normalise(text: str | bytes, pem: str) -> None:
    assert normalise_ca(text) == pem
    assert normalise_ca(pem) == pem


PKCS7 = bytes.fromhex("300b06092a864886f70d010702")
TEST_REFUSED: list[tuple[str, str | bytes, str]] = [
    ("nothing", " \n", "ca_empty"),
    ("private key", KEY_PEM, "ca_private_key"),
    ("certificate and private key", CA + KEY_PEM, "ca_private_key"),
    ("base64 of a private key", encoded(KEY_PEM), "ca_private_key"),
    ("private key as DER", KEY_DER, "ca_private_key"),
    ("private key as base64 of DER", encoded(KEY_DER), "ca_private_key"),
    (
        "a private key under another name",
        KEY_PEM.replace("PRIVATE KEY", "CERTIFICATE"),
        "ca_private_key",
    ),
    ("encrypted private key as DER", ENCRYPTED_DER, "ca_private_key"),
    ("encrypted private key as base64 of DER", encoded(ENCRYPTED_DER), "ca_private_key"),
    ("public key as DER", PUBLIC_DER, "ca_private_key"),
    ("a request", CA.replace("CERTIFICATE-", "CERTIFICATE REQUEST-"), "ca_no_certificate"),
    (
        "a request by another name",
        CA.replace("CERTIFICATE-", "NEW CERTIFICATE REQUEST-"),
        "ca_no_certificate",
    ),
    ("PKCS#7", PKCS7, "ca_no_certificate"),
    ("OpenSSL's own form", CA.replace("BEGIN ", "BEGIN TRUSTED "), "ca_no_certificate"),
    ("private key with en dashes", KEY_PEM.replace("-----", "\u2013" * 5), "ca_private_key"),
    ("private key in UTF-16", KEY_PEM.encode("utf-16"), "ca_private_key"),
    ("private key behind a CRL", block("X509 CRL") + KEY_PEM, "ca_private_key"),
    ("no END line", CA[:-30], "ca_unparsable"),
    ("no base64 inside", CA.replace("MII", "M!I"), "ca_unparsable"),
    ("an empty block", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "ca_unparsable"),
    ("begin and nothing more", "-----BEGIN", "ca_unparsable"),
    ("a word", "harbor", "ca_unparsable"),
    ("a path", "/etc/ssl/ca.crt", "ca_unparsable"),
    ("base64 of anything", encoded("hello, world"), "ca_unparsable"),
    ("binary", b"\x30\x84", "ca_unparsable"),
]


@pytest.mark.parametrize(
    ("text", "code"), [row[1:] for row in TEST_REFUSED], ids=[row[0] for row in TEST_REFUSED]
)
def test_refused_without_echo(text: str | bytes, code: str) -> None:
    with pytest.raises(CaError) as caught:
        normalise_ca(text)
    assert caught.value.code == code
    raw = text if isinstance(text, str) else encoded(text)
    secret = "".join(KEY_PEM.splitlines()[1:-1])
    said = f"{caught.value} {caught.value.fix}"
    assert not any(piece in said for piece in (secret[:20], secret[-20:], raw[30:50] or raw * 9))


TEST_KEYS: list[tuple[str, bool]] = [
    (KEY_PEM, True),
    (f"tls.key: |\n  {KEY_PEM}", True),
    (f"-----BEGIN {'RSA '}PRIVATE KEY-----\ncut off", True),
    (encoded(KEY_PEM), True),
    (encoded(KEY_DER), True),
    (encoded(ENCRYPTED_DER), True),
    (CA, False),
    (encoded(CA), False),
    (encoded(DER), False),
    ("harbor.example.org", False),
    ("", False),
    ("caBundle", False),
]


@pytest.mark.parametrize(("text", "expected"), TEST_KEYS)
def test_a_private_key_is_known_in_every_form(text: str, expected: bool) -> None:
    assert holds_private_key(text) is expected


def test_every_broken_block_is_named() -> None:
    bad = CA.replace("MII", "M!I")
    with pytest.raises(CaError, match="block 2, 4 "):
        normalise_ca(CA + bad + CA + bad)


@given(text=st.text() | st.binary())
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    try:
        pem = normalise_ca(text)
    except CaError:
        return
    assert normalise_ca(pem) == pem
