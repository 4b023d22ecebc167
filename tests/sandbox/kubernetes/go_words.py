# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What went wrong with a connection, in the words of Go, in which a real API server tells it."""

from __future__ import annotations

import os
import ssl

import aiohttp

_TLS = "tls: failed to verify certificate: x509: "
_EXPIRED, _NOT_YET = 10, 9
_UNKNOWN = (2, 18, 19, 20, 21)
_WRONG_NAME = (62, 64)


def in_words(error: BaseException) -> str:
    """Return the error as net/http and crypto/x509 put it; others as Python does."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        error = error.certificate_error
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{_TLS}{_certificate(error)}"
    if isinstance(error, aiohttp.ClientConnectorError):
        where = f"dial tcp {error.host}:{error.port}: connect"
        return f"{where}: {os.strerror(error.os_error.errno or 0).lower()}"
    return "EOF" if isinstance(error, aiohttp.ServerDisconnectedError) else str(error)


def _certificate(error: ssl.SSLCertVerificationError) -> str:
    code = error.verify_code
    if code in (_EXPIRED, _NOT_YET):
        return "certificate has expired or is not yet valid: current time is after its end"
    if code in _UNKNOWN:
        return "certificate signed by unknown authority"
    if code in _WRONG_NAME:
        return f"certificate is valid for other names, not for this one ({error.verify_message})"
    return error.verify_message


__all__ = ("in_words",)
