# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How Helm is let into the registry that holds the chart."""

from __future__ import annotations

import json
import pathlib
import stat
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.table import (
    MirrorTable,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.settings import (
    Settings,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.source import (
    registry_access,
)


def settings(**more: t.Any) -> Settings:
    """Return settings of a registry."""
    return Settings("harbor.example.org:8443/a", "r", "p", MirrorTable(()), **more)


def test_the_overrides_own_registry(tmp_path: pathlib.Path) -> None:
    given = settings(username="u", password="p", ca_cert="PEM", insecure_skip_verify=True)
    access = registry_access("oci://harbor.example.org:8443/charts/image-swap", given, tmp_path)
    config = pathlib.Path(access.environment["HELM_REGISTRY_CONFIG"])
    authority = pathlib.Path(access.arguments["chart_ca_cert"])
    assert access.arguments["skip_tls_certs_check"] is True
    assert authority.read_text(encoding="utf-8") == "PEM"
    assert json.loads(config.read_text(encoding="utf-8")) == {
        "auths": {"harbor.example.org:8443": {"auth": "dTpw"}}
    }
    assert stat.S_IMODE(config.stat().st_mode) == 0o600


def test_without_a_password_there_is_no_login(tmp_path: pathlib.Path) -> None:
    access = registry_access("oci://harbor.example.org:8443/charts/x", settings(), tmp_path)
    assert access.arguments == {"skip_tls_certs_check": False}
    assert access.environment == {}


def test_another_registry_never_sees_these_credentials(tmp_path: pathlib.Path) -> None:
    given = settings(username="u", password="p", ca_cert="PEM")
    for other in ("oci://harbor.example.org/x", "oci://ghcr.io/x"):
        access = registry_access(other, given, tmp_path)
        assert (access.arguments, access.environment) == ({}, {})
    assert list(tmp_path.iterdir()) == []
