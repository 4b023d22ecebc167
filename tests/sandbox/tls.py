# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS for the sandbox's servers that are written in Python."""

from __future__ import annotations

import ssl
import tempfile

from tests.sandbox.pki import Certificate


def server_context(identity: Certificate) -> ssl.SSLContext:
    """Return a context that shows a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # ssl loads a certificate from a file only; this one has mode 0600 and goes at once.
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as chain:
        chain.write(identity.key + identity.certificate)
        chain.flush()
        context.load_cert_chain(chain.name)
    return context
