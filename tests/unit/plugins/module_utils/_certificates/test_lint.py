# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._certificates import read
from ansible_collections.palette.image_registry.plugins.module_utils._certificates.lint import (
    lint_ca,
)
from ansible_collections.palette.image_registry.plugins.module_utils._certificates.text import (
    normalise_ca,
)
from tests.unit.helpers.certificates import CA, DER, KEY_PEM, NOW, OTHER, certificate, encoded

ENDPOINT = "harbor.example.org:8443"
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
    monkeypatch.setattr(read, "CRYPTOGRAPHY_IMPORT_ERROR", "Traceback ...")
    assert [f.code for f in lint_ca(CA, now=NOW, endpoint=ENDPOINT)] == ["ca_not_checked"]
    assert normalise_ca(CA) == CA


@given(position=st.integers(0, len(DER) - 1), piece=st.binary(max_size=3))
def test_damage_never_raises(position: int, piece: bytes) -> None:
    damaged = DER[:position] + piece + DER[position + 1 :]
    for finding in lint_ca(encoded(damaged), now=NOW, endpoint=ENDPOINT):
        assert finding.code.startswith("ca_")
