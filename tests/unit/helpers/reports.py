# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Evidence of a run as tests make it: a cluster, and perhaps a node."""

from __future__ import annotations

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    Evidence,
    HostEvidence,
)

FINDING = Finding("value_differs", Severity.ERROR, "secret/x", "it is a, expected b", "run it")
PASSED = Check("Secret DOMAIN", "c", Status.PASS, "a", "a")
FAILED = Check("Secret BASE_PATH", "c", Status.FAIL, "b", "a", (FINDING,))
WARNED = Check("inputs", "c", Status.WARN, "", "7 entries")
SKIPPED = Check("probe", "n", Status.SKIP, "", "no curl there")
BACK = Check("secret put back", "c", Status.PASS, "", "put back: DOMAIN")
NOT_BACK = Check("release put back", "c", Status.FAIL, "", "different")
GLASS = Finding("webhook_bypassed", Severity.WARNING, "w", "pods keep their images", "repair it")
BYPASSED = Check("webhook bypass", "c", Status.WARN, "", "asked about no pod", (GLASS,))
NODE_ALONE = (HostEvidence("node-1", "prod", (FAILED,)),)


def evidence(*checks: Check, node: tuple[Check, ...] = (), **changes: object) -> Evidence:
    hosts = [HostEvidence("prod", "prod", checks)]
    if node:
        hosts.append(HostEvidence("node-1", "prod", node))
    options = {
        "playbook": "override",
        "finished": "2026-01-02T03:04:05+00:00",
        "check_mode": False,
        **changes,
    }
    return Evidence(hosts=tuple(hosts), **options)  # type: ignore[arg-type]
