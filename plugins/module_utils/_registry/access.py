# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Does a registry let this override in? Its certificate, and the credentials as pulls use them."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from .._evidence import Check, Finding, Severity, Status, status_of
from .errors import CLIENT_CERTIFICATE, RATE_LIMITED, RegistryError

MODES = ("required", "warn", "skip")
"""How much it matters: errors, warnings, or nothing is asked."""

CHECK_NAME = "registry"
_EXPECTED = "it answers, and takes certificate and credentials"
_NOT_WISHED = "not asked, as was wished"

# What may be otherwise in a minute, or for nodes, proves nothing about the settings.
_NO_PROOF = frozenset(
    {RATE_LIMITED, CLIENT_CERTIFICATE, "server_error", "unexpected_answer", "request_failed"}
)

_GATE = {
    None: "",
    True: ". That was GET /v2/, which no node asks: it answers for images, so pulls work",
    False: ". It refuses images as well",
}

_TRUST = {
    "ca_cert": "its certificate verifies with ca_cert",
    "system": "its certificate verifies with authorities that this host knows",
    "either": "its certificate verifies",
    "nothing": "its certificate was not verified",
}


@dataclasses.dataclass(frozen=True)
class Probe:
    """What a registry answered to `GET /v2/`; `error` None: it lets us in.

    No node asks that, so what it refuses there is a hint. `pulls` says what nodes meet, found out
    by asking for images: True if it answers for one, False if it refuses them as well, None
    where no image was asked for.

    `user` is the one whose password it was given, "" for nobody. `trust` says what its
    certificate was verified with: `ca_cert`, `system`, `either` of them, or `nothing`.
    `token_service` is the other host to which that password went, "" for none.
    """

    host: str
    error: RegistryError | None = None
    user: str = ""
    trust: str = "either"
    token_service: str = ""
    pulls: bool | None = None

    @property
    def closed(self) -> bool:
        """Return whether no image need be asked for."""
        return self.error is not None and (self.error.met_by_every_pull or self.pulls is False)

    def told(self) -> str:
        """Return it in words."""
        if self.error is not None:
            return self.error.message + (", yet answers for images" if self.pulls else "")
        password = f"takes the password of {self.user}" if self.user else "asks for no password"
        if self.token_service:
            password += f", which its token service {self.token_service} was given"
        return f"{self.host} answers and {password}, {_TRUST[self.trust]}"


def registry_check(probes: t.Sequence[Probe], mode: str, subject: str, ca_cert: str = "") -> Check:
    """Return the verdict on all registries to which the settings lead, the endpoint first.

    What every pull meets is an error under `required`, a warning under `warn`. A refusal that was
    not met by asking for images is a warning, an info where images are answered for. Others than
    the endpoint are only warned of: credentials and CA are not theirs. A registry that cannot be
    reached from here proves nothing. `ca_cert` is the one of the settings.
    """
    if mode == "skip":
        return Check(CHECK_NAME, subject, Status.SKIP, _EXPECTED, _NOT_WISHED)
    findings = tuple(
        finding
        for number, probe in enumerate(probes)
        for finding in _findings(probe, ca_cert, severe=mode == "required" and number == 0)
    )
    actual = "; ".join(probe.told() for probe in probes)
    if all(probe.error is not None and probe.error.unreachable for probe in probes):
        actual = f"not reached from here: {actual}"
        return Check(CHECK_NAME, subject, Status.SKIP, _EXPECTED, actual, findings)
    return Check(CHECK_NAME, subject, status_of(findings), _EXPECTED, actual, findings)


def images_check(
    subject: str, status: Status, actual: str, findings: tuple[Finding, ...] = ()
) -> Check:
    """Return what is known of the images that a registry holds."""
    return Check("registry images", subject, status, "every image", actual, findings)


def images_not_wished(subject: str) -> Check:
    """Return that no image was asked for, since nobody wished it."""
    return images_check(subject, Status.SKIP, _NOT_WISHED)


def images_not_asked(subject: str, findings: tuple[Finding, ...] = ()) -> Check:
    """Return that no image was asked for, since no registry lets anybody in."""
    return images_check(subject, Status.SKIP, f"not asked: see check {CHECK_NAME}", findings)


def _findings(probe: Probe, ca_cert: str, *, severe: bool) -> t.Iterator[Finding]:
    error = probe.error
    if error is None:
        if ca_cert and probe.trust == "system":
            yield _useless_ca(probe.host)
        return
    severity = Severity.ERROR
    if error.unreachable or probe.pulls:
        severity = Severity.INFO
    elif not (severe and probe.closed) or error.code in _NO_PROOF or _is_plain_http(probe, error):
        severity = Severity.WARNING
    yield Finding(error.code, severity, probe.host, error.reason + _GATE[probe.pulls], error.fix)


def _is_plain_http(probe: Probe, error: RegistryError) -> bool:
    """Return whether this is what insecure settings may be about: HTTP, which is not asked here."""
    return error.code == "tls_not_spoken" and probe.trust == "nothing"


def _useless_ca(host: str) -> Finding:
    return Finding(
        "ca_cert_of_another",
        Severity.WARNING,
        host,
        "ca_cert did not issue its certificate. It verifies only since this host knows another "
        "authority that did; nodes and pods that do not know that one refuse the registry",
        "set ca_cert to the CA certificate that issued the registry's, or leave it empty if every "
        "node knows that authority",
    )


__all__ = (
    "CHECK_NAME",
    "MODES",
    "Probe",
    "images_check",
    "images_not_asked",
    "images_not_wished",
    "registry_check",
)
