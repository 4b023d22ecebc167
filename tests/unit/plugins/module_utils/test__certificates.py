# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""CA certificates: every form they are pasted in, and what the lint says of them."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import typing as t

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils import _certificates
from ansible_collections.palette.image_registry.plugins.module_utils._certificates import (
    CaError,
    holds_private_key,
    lint_ca,
    normalise_ca,
    read_ca,
)

NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
ENDPOINT = "harbor.example.org:8443"
KEY = ec.generate_private_key(ec.SECP256R1())
KEY_PEM = KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()
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
OTHER = certificate("Other CA")
DER = base64.b64decode("".join(CA.splitlines()[1:-1]))


def encoded(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


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


LEAF = certificate("r", "Example CA", ca=False, hosts=[ENDPOINT.partition(":")[0]])
# id, PEM, endpoint, (code, severity) of each finding, words that the first message holds
TEST_LINT: list[tuple[str, str, str, list[tuple[str, str]], str]] = [
    ("a CA", CA, ENDPOINT, [], ""),
    ("a bundle", CA + OTHER, ENDPOINT, [], ""),
    ("base64", encoded(CA), ENDPOINT, [], ""),
    ("expired", certificate(valid=(-9, -1)), ENDPOINT, [("ca_expired", "error")], "2026-05-31"),
    (
        "expires soon",
        certificate(valid=(-9, 30)),
        ENDPOINT,
        [("ca_expires_soon", "warning")],
        "2026-07-01",
    ),
    ("expires later", certificate(valid=(-9, 31)), ENDPOINT, [], ""),
    (
        "not yet",
        certificate(valid=(1, 99)),
        ENDPOINT,
        [("ca_not_yet_valid", "error")],
        "2026-06-02",
    ),
    (
        "second of two expired",
        CA + certificate(valid=(-9, -1)),
        ENDPOINT,
        [("ca_expired", "info")],
        "certificate 2 (CN=Example CA)",
    ),
    ("a server's, CA missing", LEAF, "a.io", [("ca_not_a_ca", "error")], "CN=Example CA"),
    ("a server's for the host", LEAF, ENDPOINT, [("ca_not_a_ca", "warning")], "nothing but itself"),
    (
        "an expired root before the valid one",
        certificate(valid=(-9, -1)) + CA,
        ENDPOINT,
        [("ca_expired", "info")],
        "clients pass over it and use the valid ones",
    ),
    (
        "a root of tomorrow beside the valid one",
        CA + certificate(valid=(1, 99)),
        ENDPOINT,
        [("ca_not_yet_valid", "info")],
        "certificate 2",
    ),
    (
        "expires soon, its successor is there",
        certificate(valid=(-9, 5)) + CA,
        ENDPOINT,
        [("ca_expires_soon", "info")],
        "successor",
    ),
    (
        "expires soon, and the other is another's",
        certificate(valid=(-9, 5)) + OTHER,
        ENDPOINT,
        [("ca_expires_soon", "warning")],
        "pulls fail from then on",
    ),
    (
        "expired, and a server's of another host beside it",
        certificate(valid=(-9, -1)) + certificate("r", ca=False, hosts=["a.io"]),
        ENDPOINT,
        [("ca_expired", "error"), ("ca_does_not_cover", "error")],
        "clients refuse the registry",
    ),
    (
        "a server's next to the CA",
        CA + LEAF,
        ENDPOINT,
        [("ca_not_a_ca", "info")],
        "certificate 2",
    ),
    (
        "self-signed for the host",
        certificate("r", ca=False, hosts=["HARBOR.example.org"]),
        ENDPOINT,
        [("ca_not_a_ca", "warning")],
        "CN=r",
    ),
    (
        "self-signed, wildcard",
        certificate("r", ca=None, hosts=["*.example.org"]),
        "https://harbor.example.org/a",
        [("ca_not_a_ca", "warning")],
        "CN=r",
    ),
    (
        "wildcards cover one level",
        certificate("r", ca=None, hosts=["*.org"]),
        ENDPOINT,
        [("ca_does_not_cover", "error")],
        "*.org",
    ),
    (
        "self-signed for others",
        certificate("r", ca=False, hosts=["a.example.org"]),
        ENDPOINT,
        [("ca_does_not_cover", "error")],
        "a.example.org",
    ),
    (
        "self-signed without names",
        certificate("r", ca=False),
        ENDPOINT,
        [("ca_does_not_cover", "error")],
        "no name at all",
    ),
    (
        "self-signed for an address",
        certificate("r", ca=False, address="10.0.0.5"),
        "10.0.0.5:5000",
        [("ca_not_a_ca", "warning")],
        "CN=r",
    ),
    (
        "self-signed for an IPv6 address",
        certificate("r", ca=False, address="fd00::1"),
        "[fd00::1]:5000",
        [("ca_not_a_ca", "warning")],
        "CN=r",
    ),
    (
        "damaged",
        CA + normalise_ca(DER[:-9]),
        ENDPOINT,
        [("ca_unparsable", "error")],
        "certificate 2",
    ),
    ("a key", KEY_PEM, ENDPOINT, [("ca_private_key", "error")], "private key"),
    ("nothing", "", ENDPOINT, [("ca_empty", "error")], "empty"),
    (
        "all at once",
        certificate(valid=(-9, -1)) + certificate(valid=(1, 99)),
        ENDPOINT,
        [("ca_expired", "error"), ("ca_not_yet_valid", "error")],
        "certificate 1",
    ),
]


@pytest.mark.parametrize(
    ("pem", "endpoint", "expected", "words"),
    [row[1:] for row in TEST_LINT],
    ids=[row[0] for row in TEST_LINT],
)
def test_lint(pem: str, endpoint: str, expected: list[tuple[str, str]], words: str) -> None:
    findings = lint_ca(pem, now=NOW, endpoint=endpoint)
    assert [(finding.code, finding.severity.value) for finding in findings] == expected
    assert words in (findings[0].message if findings else "")
    assert all(finding.fix and finding.subject == "ca_cert" for finding in findings)


def test_lint_says_that_the_library_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_certificates, "CRYPTOGRAPHY_IMPORT_ERROR", "Traceback ...")
    assert [f.code for f in lint_ca(CA, now=NOW, endpoint=ENDPOINT)] == ["ca_not_checked"]
    assert normalise_ca(CA) == CA


def test_read() -> None:
    (read,) = read_ca(certificate("r", "i", ca=False, hosts=["a.io"], address="10.0.0.5"))
    assert read is not None
    assert read.to_dict() == {
        "subject": "CN=r",
        "issuer": "CN=i",
        "not_before": "2026-02-21T00:00:00+00:00",
        "not_after": "2029-02-25T00:00:00+00:00",
        "is_ca": False,
        "dns_names": ["a.io"],
        "addresses": ["10.0.0.5"],
    }


@given(position=st.integers(0, len(DER) - 1), piece=st.binary(max_size=3))
def test_damage_never_raises(position: int, piece: bytes) -> None:
    damaged = DER[:position] + piece + DER[position + 1 :]
    for finding in lint_ca(encoded(damaged), now=NOW, endpoint=ENDPOINT):
        assert finding.code.startswith("ca_")


@given(text=st.text() | st.binary())
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    try:
        pem = normalise_ca(text)
    except CaError:
        return
    assert normalise_ca(pem) == pem
