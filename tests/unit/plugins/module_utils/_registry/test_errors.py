# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import http.client
import socket
import ssl

import pytest
import urllib3.exceptions

from ansible_collections.palette.image_registry.plugins.module_utils._registry.errors import (
    CODES,
    TRANSIENT,
    UNREACHABLE,
    RegistryError,
    from_exception,
)


def certificate(number: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = number, "the library's words"
    return error


def wrapped(cause: Exception) -> Exception:
    return urllib3.exceptions.SSLError(cause)


TEST_EXCEPTIONS: list[tuple[Exception, str]] = [
    (wrapped(certificate(9)), "certificate_not_yet_valid"),
    (wrapped(certificate(10)), "certificate_expired"),
    (wrapped(certificate(18)), "certificate_unknown_authority"),
    (wrapped(certificate(20)), "certificate_unknown_authority"),
    (wrapped(certificate(62)), "certificate_wrong_name"),
    (wrapped(certificate(23)), "certificate_invalid"),
    (wrapped(ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version")), "tls_not_spoken"),
    (wrapped(ssl.SSLError(1, "[SSL: TLSV1_ALERT_PROTOCOL_VERSION] alert")), "tls_failed"),
    (
        wrapped(ssl.SSLError(1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] alert")),
        "client_certificate_wanted",
    ),
    (
        wrapped(ssl.SSLError(1, "[SSL: SSLV3_ALERT_BAD_CERTIFICATE] alert")),
        "client_certificate_wanted",
    ),
    (wrapped(ssl.SSLEOFError(8, "EOF occurred")), "connection_cut"),
    (wrapped(ssl.SSLError("The read operation timed out")), "connection_timeout"),
    (socket.gaierror(-2, "Name or service not known"), "name_not_resolved"),
    (UnicodeError("label too long"), "name_not_resolved"),
    (ConnectionRefusedError(), "connection_refused"),
    (TimeoutError(), "connection_timeout"),
    (urllib3.exceptions.ProtocolError("Aborted", ConnectionResetError()), "connection_cut"),
    (http.client.RemoteDisconnected("closed"), "connection_cut"),
    (OSError(errno.EHOSTUNREACH, "No route"), "network_unreachable"),
    (urllib3.exceptions.ProxyError("x", ConnectionRefusedError()), "proxy_failed"),
    (OSError("Tunnel connection failed: 407 Proxy Authentication Required"), "proxy_failed"),
    (OSError("something else"), "request_failed"),
]


@pytest.mark.parametrize(("error", "code"), TEST_EXCEPTIONS)
def test_exceptions(error: Exception, code: str) -> None:
    known = from_exception(error, "h:5000")
    assert known.code == code
    assert known.message.startswith("h:5000: ")
    assert known.fix.endswith(".")
    assert known.unreachable == (code in UNREACHABLE)


def test_causes_in_a_ring_end() -> None:
    first, second = OSError("first"), OSError("second")
    first.__cause__, second.__cause__ = second, first
    assert from_exception(first, "h").code == "request_failed"


def test_groups_hold_codes_that_exist() -> None:
    assert TRANSIENT < UNREACHABLE < CODES


def test_long_words_are_cut() -> None:
    error = RegistryError("server_error", "h", "a  b\n" + "x" * 500)
    assert "(a b x" in error.message
    assert len(error.message) < 300
