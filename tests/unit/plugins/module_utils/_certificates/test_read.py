# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.palette.image_registry.plugins.module_utils._certificates.read import (
    read_ca,
)
from tests.unit.helpers.certificates import certificate


def test_read() -> None:
    (read,) = read_ca(certificate("r", "i", ca=False, hosts=["a.io"], address="10.0.0.5"))
    assert read is not None
    assert read.to_dict() == {
        "subject": "CN=r",
        "issuer": "CN=i",
        "not_before": "2026-02-21T00:00:00+00:00",
        "not_after": "2029-02-25T00:00:00+00:00",
        "is_ca": False,
        "dns_names": ["a.io"],
        "addresses": ["10.0.0.5"],
    }
