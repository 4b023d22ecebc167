# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import datetime

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Severity
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook import (
    certificate as _webhook_certificate,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.certificate import (
    certificate_findings,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.objects import (
    Webhook,
    find_webhooks,
)
from tests.sandbox.pki import Authority

NOW = datetime.datetime.now(datetime.UTC)
SERVICE = {"namespace": "imageswap-system", "name": "imageswap"}
NAME = "imageswap.imageswap-system.svc"
CA, OTHER = Authority("imageswap"), Authority("imageswap")
GOOD = CA.issue((NAME,)).certificate


def webhook(bundle: str) -> Webhook:
    encoded = base64.b64encode(bundle.encode()).decode()
    entry = {"name": "w.x.y", "clientConfig": {"service": SERVICE, "caBundle": encoded}}
    (found,) = find_webhooks([{"metadata": {"name": "imageswap-webhook"}, "webhooks": [entry]}])
    return found


def ends_in(days: float, *names: str) -> str:
    return CA.issue(names or (NAME,), datetime.timedelta(days=days)).certificate


TEST_FINDINGS: list[tuple[str, str, str, float, list[str]]] = [
    ("all is well", CA.pem, GOOD, 0, []),
    ("not known", CA.pem, "", 0, []),
    ("one authority of two", OTHER.pem + CA.pem, GOOD, 0, []),
    ("itself in the bundle", GOOD, GOOD, 0, []),
    ("a chain", CA.pem, GOOD + OTHER.pem, 0, []),
    ("expired", CA.pem, ends_in(-1), 0, ["webhook_certificate_expired"]),
    ("ends soon", CA.pem, ends_in(7), 0, ["webhook_certificate_expires_soon"]),
    ("not valid yet", CA.pem, GOOD, -1, ["webhook_certificate_expired"]),
    ("another authority of that name", OTHER.pem, GOOD, 0, ["webhook_ca_bundle_mismatch"]),
    ("another name", CA.pem, ends_in(365, "a.b.svc"), 0, ["webhook_certificate_name"]),
    (
        "all at once",
        OTHER.pem,
        ends_in(-1, "a.b.svc"),
        0,
        ["webhook_certificate_expired", "webhook_certificate_name", "webhook_ca_bundle_mismatch"],
    ),
    ("an empty bundle", "", GOOD, 0, ["webhook_ca_bundle_empty"]),
    ("a bundle of nothing", "Cg==", GOOD, 0, ["webhook_ca_bundle_invalid"]),
    ("a certificate of nothing", CA.pem, "nothing", 0, ["webhook_certificate_invalid"]),
    ("the bundle ends soon", CA.pem, ends_in(900), 350, ["webhook_ca_bundle_expires_soon"]),
    ("the bundle has expired", CA.pem, ends_in(900), 370, ["webhook_ca_bundle_expired"]),
]


@pytest.mark.parametrize(
    ("bundle", "served", "days", "codes"),
    [row[1:] for row in TEST_FINDINGS],
    ids=[row[0] for row in TEST_FINDINGS],
)
def test_findings(bundle: str, served: str, days: float, codes: list[str]) -> None:
    now = NOW + datetime.timedelta(days=days)
    found = certificate_findings(webhook(bundle), served, "secret/imageswap-tls", now)
    assert [finding.code for finding in found] == codes
    assert all("rollout restart" in finding.fix for finding in found)


def test_without_cryptography_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_webhook_certificate, "CRYPTOGRAPHY_IMPORT_ERROR", "no module")
    (finding,) = certificate_findings(webhook(CA.pem), GOOD, "secret/imageswap-tls", NOW)
    assert (finding.code, finding.severity) == ("webhook_certificate_not_checked", Severity.INFO)
