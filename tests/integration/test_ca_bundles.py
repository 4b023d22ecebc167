# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bundles as people have them, against a live TLS server: Python's ssl and OpenSSL are the judges.

What both take yields no finding above a remark, and the settings' own form of it works in both.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import datetime
import pathlib
import socket
import ssl
import subprocess
import threading
import typing as t

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ansible_collections.palette.image_registry.plugins.module_utils._certificates.lint import (
    lint_ca,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.transport import (
    Trust,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.parse import (
    parse_settings,
)

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)
Key: t.TypeAlias = ec.EllipticCurvePrivateKey


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def issue(subject: str, key: Key, issuer: str, signer: Key, days: tuple[int, int]) -> str:
    """Return a certificate in PEM, that of a CA if it is self-signed, else that of localhost."""
    builder = (
        x509.CertificateBuilder(name(issuer), name(subject), key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + days[0] * DAY)
        .not_valid_after(NOW + days[1] * DAY)
        .add_extension(x509.BasicConstraints(subject == issuer, None), critical=True)
    )
    if subject != issuer:
        names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def revocations(key: Key) -> str:
    builder = x509.CertificateRevocationListBuilder(name("Root"), NOW - DAY, NOW + DAY)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@dataclasses.dataclass(frozen=True)
class Server:
    """A TLS server on loopback: its port, its valid root, and what else bundles hold."""

    port: int
    root: str
    expired: str
    crl: str
    leaf: str

    def bundle(self, kind: str) -> bytes:
        """Return a bundle of a kind."""
        text = {
            "expired root first": self.expired + self.root,
            "expired root last": self.root + self.expired,
            "a CRL between": self.expired + self.crl + self.root,
            "text around": f"# Root (until 2036)\nsubject=CN = Root\n{self.root}\n# the end\n",
            "CRLF": self.root.replace("\n", "\r\n"),
            "the server's own alone": self.leaf,
            "the server's own beside": self.leaf + self.root,
            "byte order mark": f"\ufeff{self.root}",
            "UTF-16": self.root,
            "en dashes": self.root.replace("-----", "\u2013" * 5),
            "no dashes behind": self.root.replace("CERTIFICATE-----", "CERTIFICATE"),
            "no-break spaces": self.root.replace(" ", "\u00a0"),
            "old line ends": self.root.replace("\n", "\r"),
            "one line": self.root.replace("\n", " "),
            "base64 of it": base64.b64encode(self.root.encode()).decode(),
        }[kind]
        return text.encode("utf-16" if kind == "UTF-16" else "utf-8")


TAKEN = [
    "expired root first",
    "expired root last",
    "a CRL between",
    "text around",
    "CRLF",
    "the server's own beside",
    "byte order mark",
]
"""What OpenSSL takes as it stands."""

REPAIRED = [
    "UTF-16",
    "en dashes",
    "no dashes behind",
    "no-break spaces",
    "old line ends",
    "one line",
    "base64 of it",
]
"""What OpenSSL takes after the settings have made clean PEM of it."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Server]:
    """Yield a server whose root was renewed with the same name and another key."""
    root_key, old_key, key = (ec.generate_private_key(ec.SECP256R1()) for _number in range(3))
    leaf = issue("localhost", key, "Root", root_key, (-1, 90))
    files = tmp_path_factory.mktemp("server")
    (files / "leaf.pem").write_text(leaf)
    (files / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files / "leaf.pem", files / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener, context), daemon=True)
        thread.start()
        yield Server(
            listener.getsockname()[1],
            issue("Root", root_key, "Root", root_key, (-1, 900)),
            issue("Root", old_key, "Root", old_key, (-900, -1)),
            revocations(root_key),
            leaf,
        )
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    """Shake hands with whoever comes, until the listener is closed."""
    while True:
        try:
            connection, _address = listener.accept()
        except OSError:
            return
        connection.settimeout(10)
        with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
            tls.recv(1)


def python_takes(server: Server, context: ssl.SSLContext) -> bool:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain:
        try:
            with context.wrap_socket(plain, server_hostname="localhost"):
                return True
        except ssl.SSLCertVerificationError:
            return False


def openssl_takes(server: Server, bundle: bytes, folder: pathlib.Path) -> bool:
    file = folder / "ca.pem"
    file.write_bytes(bundle)
    connect = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}"]
    verify = ["-CAfile", str(file), "-verify_hostname", "localhost", "-verify_return_error"]
    done = subprocess.run(
        [*connect, *verify, "-no-CApath", "-no-CAstore"],
        input=b"",
        capture_output=True,
        timeout=30,
        check=False,
    )
    return done.returncode == 0


def settings_form(bundle: bytes) -> str:
    """Return the `ca_cert` that an override works with, read from a file as users give it."""
    raw = {"name": "r", "endpoint": "localhost", "base_content_path": "p", "ca_cert": "./ca.pem"}
    parsed = parse_settings(
        {**raw, "mirrors": "docker.io::localhost/p"}, read_file=lambda _path: bundle
    )
    return parsed.settings.ca_cert if parsed.settings else str(parsed.findings)


@pytest.mark.parametrize("kind", [*TAKEN, *REPAIRED])
def test_what_clients_take_is_taken(server: Server, tmp_path: pathlib.Path, kind: str) -> None:
    bundle = server.bundle(kind)
    assert openssl_takes(server, bundle, tmp_path) is (kind in TAKEN)
    pem = settings_form(bundle)
    assert openssl_takes(server, pem.encode(), tmp_path)
    assert python_takes(server, Trust(pem, alone=True).context())
    findings = lint_ca(pem, now=NOW, endpoint="localhost")
    assert {finding.severity.value for finding in findings} <= {"info"}


def test_what_clients_refuse_is_an_error(server: Server, tmp_path: pathlib.Path) -> None:
    assert not openssl_takes(server, server.expired.encode(), tmp_path)
    assert not python_takes(server, Trust(server.expired, alone=True).context())
    findings = lint_ca(server.expired, now=NOW, endpoint="localhost")
    assert [(f.code, f.severity.value) for f in findings] == [("ca_expired", "error")]


def test_the_servers_own_certificate_is_taken_with_a_warning(server: Server) -> None:
    pem = settings_form(server.bundle("the server's own alone"))
    assert python_takes(server, Trust(pem, alone=True).context())
    findings = lint_ca(pem, now=NOW, endpoint="localhost")
    assert [(f.code, f.severity.value) for f in findings] == [("ca_not_a_ca", "warning")]
