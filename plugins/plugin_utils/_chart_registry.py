# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How Helm is let into the registry that holds the chart."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import dataclasses
import json
import pathlib
import typing as t

from ..module_utils._settings.settings import Settings
from ._cluster.private_files import write_private
from ._release.files import OCI


@dataclasses.dataclass(frozen=True)
class RegistryAccess:
    """Options of kubernetes.core.helm_pull and variables of Helm's environment; no secrets."""

    arguments: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    environment: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


def registry_access(chart: str, settings: Settings, folder: pathlib.Path) -> RegistryAccess:
    """Return how to pull an oci:// chart.

    From the override's own registry with the override's credentials and CA, which go into files
    of the private `folder`: Helm would take a password as an argument. From another one with what
    `helm registry login` has kept.
    """
    host = settings.endpoint.partition("/")[0]
    if chart.removeprefix(OCI).partition("/")[0] != host:
        return RegistryAccess()
    arguments: dict[str, t.Any] = {"skip_tls_certs_check": settings.insecure_skip_verify}
    if settings.ca_cert:
        arguments["chart_ca_cert"] = write_private(folder / "ca.crt", settings.ca_cert)
    if not settings.password:
        return RegistryAccess(arguments)
    login = base64.b64encode(f"{settings.username}:{settings.password}".encode()).decode()
    content = json.dumps({"auths": {host: {"auth": login}}})
    file = write_private(folder / "registry.json", content)
    return RegistryAccess(arguments, {"HELM_REGISTRY_CONFIG": file})


__all__ = ("RegistryAccess", "registry_access")
