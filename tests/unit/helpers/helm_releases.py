# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Helm's Secrets, written by a test."""

from __future__ import annotations

import base64
import gzip
import json
import typing as t

from ansible_collections.palette.image_registry.plugins.plugin_utils._release.chart import (
    chart_from_files,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.release import (
    RELEASE_TYPE,
)

CHART = chart_from_files(
    {
        "Chart.yaml": b"name: image-swap\nversion: 1.5.3\n",
        "values.yaml": b"config: {ociImageRegistry: {password: ''}}\n",
        "templates/a.yaml": b"a",
    },
    "chart",
)
OURS = {"config": {"ociImageRegistry": {"password": "12e4"}}}


def release_secret(
    revision: int, status: str = "deployed", *, deployed_at: str = "", **more: t.Any
) -> dict[str, t.Any]:
    """Return the Secret of a revision of image-swap; `more` are fields of Helm's release."""
    content = {
        "name": "image-swap",
        "namespace": "default",
        "version": revision,
        "info": {"status": status, "last_deployed": deployed_at},
        "config": {},
        "chart": {"metadata": {"name": "image-swap", "version": "1.5.3"}},
        "manifest": "",
        **more,
    }
    packed = base64.b64encode(gzip.compress(json.dumps(content).encode()))
    return {
        "type": RELEASE_TYPE,
        "metadata": {"name": f"v{revision}", "labels": {"version": str(revision)}},
        "data": {"release": base64.b64encode(packed).decode()},
    }


def chart_release(
    config: t.Mapping[str, t.Any], revision: int = 1, status: str = "deployed"
) -> dict[str, t.Any]:
    """Return the Secret of a revision of CHART."""
    chart = {
        "metadata": {"name": "image-swap", "version": "1.5.3"},
        "values": dict(CHART.values),
        "templates": [{"name": "templates/a.yaml", "data": base64.b64encode(b"a").decode()}],
    }
    return release_secret(revision, status, config=config, chart=chart)
