# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Snapshots of an override, as tests of it plant them."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.palette.image_registry.plugins.plugin_utils._override.secret import (
    LiveSecret,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.snapshot import (
    ReleasePoint,
    Snapshot,
    SnapshotState,
)

NOW = datetime.datetime(2026, 11, 26, 4, 15, tzinfo=datetime.UTC)
SECRET = LiveSecret(
    name="registry-info",
    namespace="jet-system",
    type="Opaque",
    immutable=False,
    data={"DOMAIN": b"h", "PASSWORD": b"planted", "binary": bytes(range(256)), "EMPTY": b""},
    labels={"theirs": "label"},
    annotations={"note": "their\nannotation"},
    uid="",
    resource_version="",
)
POINT = ReleasePoint("image-swap", "default", 3, "image-swap-1.5.3")


def snapshot(
    name: str = "1", state: SnapshotState = SnapshotState.COMPLETED, **more: t.Any
) -> Snapshot:
    made = Snapshot(
        name, "2026-11-26T04:15:00+00:00", "me@here", "registry-info", "jet-system", SECRET, POINT
    )
    return dataclasses.replace(made, state=state, **{"created": name, **more})
