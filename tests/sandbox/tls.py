# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS for the sandbox's servers that are written in Python."""

from __future__ import annotations

import ssl
import tempfile

from tests.sandbox.pki import Certificate


def server_context(identity: Certificate, client_authority: str = "") -> ssl.SSLContext:
    """Return a context that shows a certificate.

    With an authority (PEM), a client may show a certificate that it has signed.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if client_authority:
        context.load_verify_locations(cadata=client_authority)
        context.verify_mode = ssl.CERT_OPTIONAL
    _load(context, identity)
    return context


def client_context(authority: str, identity: Certificate | None = None) -> ssl.SSLContext:
    """Return a context that trusts an authority (PEM), and shows a certificate if there is one."""
    context = ssl.create_default_context(cadata=authority)
    if identity is not None:
        _load(context, identity)
    return context


def _load(context: ssl.SSLContext, identity: Certificate) -> None:
    # ssl loads a certificate from a file only; this one has mode 0600 and goes at once.
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as chain:
        chain.write(identity.key + identity.certificate)
        chain.flush()
        context.load_cert_chain(chain.name)
