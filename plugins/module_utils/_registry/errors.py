# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong between here and a registry, told apart, each with what to do about it."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import errno
import http.client
import socket
import ssl
import typing as t

from .._redact import cut

HTML_ANSWER = "html_answer"
MISSING = "manifest_unknown"
UNAUTHORIZED = "unauthorized"
FORBIDDEN = "forbidden"
RATE_LIMITED = "rate_limited"
CLIENT_CERTIFICATE = "client_certificate_wanted"

UNREACHABLE = frozenset(
    {
        "name_not_resolved",
        "connection_refused",
        "connection_timeout",
        "connection_cut",
        "network_unreachable",
        "proxy_failed",
    }
)
"""The codes that say nothing about the registry: it cannot be asked from here."""

TRANSIENT = UNREACHABLE - {"name_not_resolved", "proxy_failed"}
"""The codes after which another attempt may succeed."""

_ROUTE = (
    "Check the way from here to it: port, firewall, and HTTPS_PROXY and NO_PROXY if there is a "
    "proxy."
)
_ANSWERS = {
    "name_not_resolved": (
        "the name cannot be resolved",
        "Check the name for typos, and the DNS servers of the host that runs Ansible.",
    ),
    "connection_refused": ("nothing listens there", "Check host and port, and that it runs."),
    "connection_timeout": ("it did not answer in time", _ROUTE),
    "connection_cut": ("the connection was cut", _ROUTE),
    "network_unreachable": ("there is no route to it", _ROUTE),
    "proxy_failed": (
        "the proxy did not connect to it",
        "Check HTTPS_PROXY, with user and password if the proxy wants them, or add the registry "
        "to NO_PROXY.",
    ),
    "certificate_unknown_authority": (
        "no authority that is trusted here issued its certificate",
        "Set ca_cert to the CA certificate that issued it; if ca_cert is set, it is another one.",
    ),
    "certificate_expired": (
        "its certificate is expired",
        "Renew the registry's certificate; if it is not expired, correct the clock here.",
    ),
    "certificate_not_yet_valid": (
        "its certificate is not valid yet",
        "Correct the clock here, or that of the authority that issued it.",
    ),
    "certificate_wrong_name": (
        "its certificate is for another name",
        "Use a name of the certificate in endpoint and mirrors, or issue one that has this name "
        "among its subject alternative names.",
    ),
    "certificate_invalid": ("its certificate is not valid", "Renew the registry's certificate."),
    "tls_not_spoken": (
        "it does not speak TLS on that port",
        "Use the registry's HTTPS port: image pulls are encrypted unless a node is told otherwise.",
    ),
    "tls_failed": (
        "the TLS handshake failed",
        "Let the registry speak TLS 1.2 or later. Some say no more than this where they want a client "
        "certificate: an override carries none.",
    ),
    CLIENT_CERTIFICATE: (
        "it wants a client certificate, and an override carries none: it was not asked further",
        "Give nodes one: `client` in hosts.toml, cert_file and key_file in config.toml or "
        "registries.yaml. The Secret and the chart have no place for it, so Palette's own pulls "
        "need a way in without, such as user and password.",
    ),
    "request_failed": ("the request could not be made", _ROUTE),
    HTML_ANSWER: (
        "a web page answers where a manifest should be: this is a portal, not the registry's API",
        "Check host and path: a /v2 in a mirror's target, or a login page of a proxy, leads there.",
    ),
    MISSING: ("it does not hold this image", "Copy the image there."),
    UNAUTHORIZED: (
        "it does not accept the user name and password",
        "Correct username and password; a token may be expired.",
    ),
    FORBIDDEN: (
        "this user may not pull there",
        "Let the user pull from that repository. Registries say so of projects, too, that do not "
        "exist.",
    ),
    "credentials_missing": (
        "it wants a user name and a password",
        "Set username and password, or let everybody pull.",
    ),
    "no_registry": (
        "no registry API was found there",
        "Check host and port: the endpoint is the host that docker login takes. If the API lies "
        "below a path, such as that of a Nexus or an Artifactory, tell it as api_path.",
    ),
    RATE_LIMITED: (
        "it answers too many requests (429)",
        "Try again later, with a lower concurrency, or with a user who may ask more often.",
    ),
    "server_error": ("it answers with a server error", "Look at the registry's log."),
    "unexpected_answer": ("its answer makes no sense", "Look at the registry's log."),
    "redirect_refused": (
        "it redirects in a way that is not followed",
        "Correct the registry's external URL: all of its redirects have to lead to https.",
    ),
    "token_refused": (
        "its token service gives no token",
        "Look at the token service's log.",
    ),
    "token_html_answer": (
        "a web page answers where its token service should: a portal or a proxy stands in its place",
        "Look at what that address shows: a proxy's page (add it to NO_PROXY), a login portal, or "
        "a wrong external URL of the registry (the realm that it names).",
    ),
    "token_service_insecure": (
        "its token service is not reached by https, and no password is sent there",
        "Correct the registry's external URL (the realm that it names).",
    ),
    "token_service_foreign": (
        "it wants the password sent to a token service of another host, which was not done",
        "Add that host to palette_registry.token_hosts if it is the registry's; if it is not, find "
        "out who changed the realm that the registry names.",
    ),
    "manifest_unsupported": (
        "what it holds is no image that containerd pulls",
        "Push the image again with a current tool, such as skopeo copy --format v2s2.",
    ),
    "digest_mismatch": (
        "what it holds has another digest",
        "Copy the image again, with skopeo copy --all --preserve-digests.",
    ),
}

CODES = frozenset(_ANSWERS)
"""Every code that there is."""

# The numbers of OpenSSL's X509_V_ERR_*.
_CERTIFICATE_CODES = {
    9: "certificate_not_yet_valid",
    10: "certificate_expired",
    18: "certificate_unknown_authority",
    19: "certificate_unknown_authority",
    20: "certificate_unknown_authority",
    21: "certificate_unknown_authority",
    62: "certificate_wrong_name",
    64: "certificate_wrong_name",
}
_NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)
_LONGEST_DETAIL = 200


class RegistryError(Exception):
    """A question that a registry did not answer with what was asked for.

    `code` is one of CODES. `detail` is what the other side said, whole; no secret of ours is in
    it, but it may repeat one that was sent: `rewritten` takes it out, before the message is cut.
    """

    def __init__(self, code: str, host: str, detail: str = "") -> None:
        """Find the sentence and the fix of a code."""
        self._meaning, self.fix = _ANSWERS[code]
        self.code = code
        self.host = host
        # JSON can hold halves of characters, which nothing can write.
        self.detail = detail.encode("utf-8", "replace").decode()
        super().__init__(code, host, detail)

    def __str__(self) -> str:
        """Return the message."""
        return self.message

    def rewritten(self, rewrite: t.Callable[[str], str]) -> RegistryError:
        """Return the same error with the other side's words rewritten."""
        return RegistryError(self.code, self.host, rewrite(self.detail))

    @property
    def message(self) -> str:
        """Return the sentence: the host, what is wrong, and what the other side said."""
        said = cut(" ".join(self.detail.split()), _LONGEST_DETAIL, " ...")
        return f"{self.host}: {self._meaning}{f' ({said})' if said else ''}"

    @property
    def reason(self) -> str:
        """Return the sentence without the host."""
        return self.message.removeprefix(f"{self.host}: ")

    @property
    def unreachable(self) -> bool:
        """Return whether the registry was not reached at all."""
        return self.code in UNREACHABLE

    @property
    def met_by_every_pull(self) -> bool:
        """Return whether no request gets past this: what HTTP answers hangs on what is asked."""
        return self.unreachable or self.code.startswith(("certificate_", "client_", "tls_"))

    @property
    def transient(self) -> bool:
        """Return whether another attempt may succeed."""
        return self.code in TRANSIENT


def from_exception(error: BaseException, host: str) -> RegistryError:
    """Return what an exception of the HTTP library means, by what lies at its root."""
    causes = list(_causes(error))
    if any(type(cause).__name__ == "ProxyError" for cause in causes) or _tunnel(causes):
        return RegistryError("proxy_failed", host, _words(causes[-1]))
    for cause in causes:
        code = _code(cause)
        if code:
            detail = cause.verify_message if isinstance(cause, ssl.SSLCertVerificationError) else ""
            return RegistryError(code, host, detail)
    return RegistryError("request_failed", host, _words(causes[-1]))


def _causes(error: BaseException | None) -> t.Iterator[BaseException]:
    """Yield an exception and those that it wraps, outermost first, each once."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        inner = [getattr(cause, "reason", None), cause.__cause__, cause.__context__, *cause.args]
        waiting += [item for item in inner if isinstance(item, BaseException)]


def _tunnel(causes: t.Sequence[BaseException]) -> bool:
    return any("Tunnel connection failed" in str(cause) for cause in causes)


def _code(cause: BaseException) -> str:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _CERTIFICATE_CODES.get(cause.verify_code, "certificate_invalid")
    if isinstance(cause, ssl.SSLError):
        return _tls_code(cause)
    for kinds, code in _KINDS:
        if isinstance(cause, kinds):
            return code
    if isinstance(cause, OSError) and cause.errno in _NO_ROUTE:
        return "network_unreachable"
    return _BY_NAME.get(type(cause).__name__, "")


def _tls_code(error: ssl.SSLError) -> str:
    text = str(error)
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) or "EOF" in text:
        return "connection_cut"
    if isinstance(error, TimeoutError) or "timed out" in text:
        return "connection_timeout"
    # Go's servers up to TLS 1.2 call it a bad one; OpenSSL's say a mere handshake failure.
    if "ALERT_CERTIFICATE_REQUIRED" in text or "ALERT_BAD_CERTIFICATE" in text:
        return CLIENT_CERTIFICATE
    plain = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL")
    return "tls_not_spoken" if any(word in text for word in plain) else "tls_failed"


_KINDS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((socket.gaierror, UnicodeError), "name_not_resolved"),
    ((ConnectionRefusedError,), "connection_refused"),
    ((TimeoutError,), "connection_timeout"),
    ((http.client.BadStatusLine,), "connection_cut"),
    ((http.client.IncompleteRead, ConnectionError), "connection_cut"),
)
# urllib3's own, by name: some have nothing at their root.
_BY_NAME = {
    "CertificateError": "certificate_wrong_name",
    "NameResolutionError": "name_not_resolved",
    "ConnectTimeoutError": "connection_timeout",
    "ReadTimeoutError": "connection_timeout",
    "IncompleteRead": "connection_cut",
}


def _words(error: BaseException) -> str:
    """Return what an exception says, without addresses of objects in memory."""
    return str(error).rpartition("object at ")[2].partition(">: ")[2] or str(error)


__all__ = (
    "CLIENT_CERTIFICATE",
    "CODES",
    "FORBIDDEN",
    "HTML_ANSWER",
    "MISSING",
    "RATE_LIMITED",
    "TRANSIENT",
    "UNAUTHORIZED",
    "UNREACHABLE",
    "RegistryError",
    "from_exception",
)
