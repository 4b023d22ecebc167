# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.access import (
    Probe,
    registry_check,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.errors import (
    RegistryError,
)

HOST = "h.io"


def refused(code: str, host: str = HOST, pulls: bool | None = None) -> Probe:
    return Probe(host, RegistryError(code, host), pulls=pulls)


# what the endpoint answered, mode, status, severity of the finding
TEST_CHECKS: list[tuple[Probe, str, Status, Severity | None]] = [
    (Probe(HOST), "required", Status.PASS, None),
    (refused("unauthorized", pulls=False), "required", Status.FAIL, Severity.ERROR),
    (refused("unauthorized", pulls=False), "warn", Status.WARN, Severity.WARNING),
    (refused("unauthorized"), "required", Status.WARN, Severity.WARNING),
    (refused("unauthorized", pulls=True), "required", Status.PASS, Severity.INFO),
    (refused("unauthorized"), "warn", Status.WARN, Severity.WARNING),
    (refused("credentials_missing", pulls=False), "required", Status.FAIL, Severity.ERROR),
    (refused("credentials_missing", pulls=True), "required", Status.PASS, Severity.INFO),
    (refused("server_error", pulls=False), "required", Status.WARN, Severity.WARNING),
    (refused("certificate_unknown_authority"), "required", Status.FAIL, Severity.ERROR),
    (refused("certificate_expired"), "warn", Status.WARN, Severity.WARNING),
    (refused("client_certificate_wanted"), "required", Status.WARN, Severity.WARNING),
    (refused("html_answer"), "required", Status.WARN, Severity.WARNING),
    (refused("html_answer", pulls=False), "required", Status.FAIL, Severity.ERROR),
    (refused("server_error"), "required", Status.WARN, Severity.WARNING),
    (refused("rate_limited"), "required", Status.WARN, Severity.WARNING),
    (refused("name_not_resolved"), "required", Status.SKIP, Severity.INFO),
    (refused("connection_timeout"), "warn", Status.SKIP, Severity.INFO),
    (refused("unauthorized"), "skip", Status.SKIP, None),
    (refused("tls_not_spoken"), "required", Status.FAIL, Severity.ERROR),
    (
        dataclasses.replace(refused("tls_not_spoken"), trust="nothing"),
        "required",
        Status.WARN,
        Severity.WARNING,
    ),
]


@pytest.mark.parametrize(("probe", "mode", "status", "severity"), TEST_CHECKS)
def test_checks(probe: Probe, mode: str, status: Status, severity: Severity | None) -> None:
    check = registry_check([probe], mode, "production")
    assert (check.name, check.subject, check.status) == ("registry", "production", status)
    assert [finding.severity for finding in check.findings] == ([severity] if severity else [])
    if severity and probe.error:
        (finding,) = check.findings
        assert (finding.code, finding.subject) == (probe.error.code, HOST)
        assert probe.error.message in check.actual


def test_one_registry_of_two_is_not_reached() -> None:
    check = registry_check([Probe(HOST), refused("connection_refused", "i.io")], "required", "c")
    assert check.status is Status.PASS
    assert check.actual.startswith("h.io answers and asks for no password")
    assert "; i.io: nothing listens there" in check.actual


TEST_TOLD: list[tuple[Probe, str]] = [
    (
        Probe(HOST, user="puller", trust="ca_cert"),
        "h.io answers and takes the password of puller, its certificate verifies with ca_cert",
    ),
    (
        Probe(HOST, trust="nothing"),
        "h.io answers and asks for no password, its certificate was not verified",
    ),
    (
        Probe(HOST, trust="system"),
        "h.io answers and asks for no password, its certificate verifies with authorities that "
        "this host knows",
    ),
]


@pytest.mark.parametrize(("probe", "words"), TEST_TOLD)
def test_what_an_answer_proves_is_told(probe: Probe, words: str) -> None:
    assert registry_check([probe], "required", "c").actual == words


@pytest.mark.parametrize(
    ("trust", "ca_cert", "codes"),
    [
        ("system", "", []),
        ("system", "PEM", ["ca_cert_of_another"]),
        ("ca_cert", "PEM", []),
        ("either", "PEM", []),
        ("nothing", "PEM", []),
    ],
)
def test_a_ca_of_no_use(trust: str, ca_cert: str, codes: list[str]) -> None:
    check = registry_check([Probe(HOST, trust=trust)], "required", "c", ca_cert)
    assert [finding.code for finding in check.findings] == codes


def test_another_registry_than_the_endpoint_is_only_warned_of() -> None:
    probes = [Probe(HOST), refused("credentials_missing", "i.io")]
    check = registry_check(probes, "required", "c")
    assert (check.status, check.findings[0].severity) == (Status.WARN, Severity.WARNING)
