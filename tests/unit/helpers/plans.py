# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan as its tests make it: inputs are added to those that are right."""

from __future__ import annotations

import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.settings import (
    Settings,
    secret_data,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.secret import (
    LiveSecret,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.plan import (
    ChartPlan,
    LiveState,
    Plan,
    PlanInputs,
)

MIRRORS = "docker.io::h.io/p/docker.io,quay.io::h.io/p/quay.io"
SETTINGS = Settings("h.io", "n", "p", parse_mirrors(MIRRORS).table, "robot", "s3cret-word")
CHART = ChartPlan(
    label="image-swap-1.2.3",
    reference="charts/image-swap-1.2.3.tgz",
    own={"ociImageRegistry": {}, "image": {"webhookImage": "gcr.io/w:1"}},
)
ERROR = Finding(
    "broken", Severity.ERROR, "palette_registry.mirrors", "it is | <broken>.", "mend it"
)
FAILED = Check("cluster", "c", Status.FAIL)
NO_DEFAULT = Finding("no_default", Severity.WARNING, "default", "there is none")


def live(**changes: str) -> LiveState:
    data = {key: value.encode() for key, value in {**secret_data(SETTINGS), **changes}.items()}
    secret = LiveSecret("registry-info", "jet-system", "Opaque", False, data, {}, {}, "", "")
    return LiveState("https://10.0.0.1:6443", True, secret)


def plan(**inputs: t.Any) -> Plan:
    return Plan(PlanInputs(**{"subject": "c", "settings": SETTINGS, **inputs}))
