# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""`palette_registry` for a registry that a test serves, or for none."""

from __future__ import annotations

import typing as t

from tests.unit.helpers.scripted_registry import authority

MIRRORS = ("docker.io", "quay.io")


def registry_settings(host: str = "harbor.example.org", **changes: t.Any) -> dict[str, t.Any]:
    """Return settings with which nothing is wrong."""
    return {
        "endpoint": host,
        "name": "Internal Registry",
        "base_content_path": "p",
        "username": "robot",
        "password": "planted-Passw0rd-7",
        "insecure_skip_verify": False,
        "ca_cert": authority().pem,
        "mirrors": {source: f"{host}/p/{source}" for source in MIRRORS},
        **changes,
    }
