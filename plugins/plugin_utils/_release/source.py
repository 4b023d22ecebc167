# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The image-swap chart fetched from where it is: the controller, or a registry."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import pathlib
import typing as t

from ...module_utils._settings.settings import Settings
from .._cluster.client import Client
from .._cluster.helm import binary_argument
from .._cluster.private_files import write_private
from .._failure import Failure
from .chart import Chart
from .files import OCI, find_chart, is_remote, read_chart, require_checksum

CHART_FIX = "give the image-swap chart of your Palette release in palette_image_swap_chart"


@dataclasses.dataclass(frozen=True)
class ChartSource:
    """Where the chart is: a path, a glob or an oci:// reference, and what it has to be."""

    reference: str
    version: str = ""
    sha256: str = ""
    helm_binary: str = ""

    @classmethod
    def of(cls, arguments: t.Mapping[str, t.Any]) -> ChartSource:
        """Return what an action's options say."""
        return cls(
            arguments["chart"],
            arguments["chart_version"],
            arguments["chart_sha256"],
            arguments["helm_binary"],
        )

    def fetch(
        self, settings: Settings, folder: pathlib.Path, cluster: Client
    ) -> tuple[pathlib.Path, Chart]:
        """Return the archive or the folder of the chart, and what is in it.

        `folder` is private and takes a chart that is pulled. Raises Failure.
        """
        with refused_as(CHART_FIX):
            path = self._path(settings, folder, cluster)
            require_checksum(path, self.sha256)
            return path, read_chart(path)

    def _path(self, settings: Settings, folder: pathlib.Path, cluster: Client) -> pathlib.Path:
        if not is_remote(self.reference):
            return find_chart(self.reference)
        target = folder / "chart"
        target.mkdir()
        access = registry_access(self.reference, settings, folder)
        arguments = {
            "chart_ref": self.reference,
            "destination": str(target),
            # Helm takes the latest version when it is empty.
            "chart_version": self.version,
            **access.arguments,
            **binary_argument(self.helm_binary),
        }
        cluster.helm_pull(arguments, access.environment, f"pulling {self.reference}")
        return find_chart(str(target / "*.tgz"))


@contextlib.contextmanager
def refused_as(fix: str) -> t.Iterator[None]:
    """Let a ValueError, whose sentence names what is wrong with an input, end the action."""
    try:
        yield
    except ValueError as exc:
        raise Failure.of("input_unusable", "image-swap release", str(exc), fix) from exc


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
    if chart.removeprefix(OCI).partition("/")[0] != settings.host:
        return RegistryAccess()
    arguments: dict[str, t.Any] = {"skip_tls_certs_check": settings.insecure_skip_verify}
    if settings.ca_cert:
        arguments["chart_ca_cert"] = write_private(folder / "ca.crt", settings.ca_cert)
    if not settings.password:
        return RegistryAccess(arguments)
    login = base64.b64encode(f"{settings.username}:{settings.password}".encode()).decode()
    content = json.dumps({"auths": {settings.host: {"auth": login}}})
    file = write_private(folder / "registry.json", content)
    return RegistryAccess(arguments, {"HELM_REGISTRY_CONFIG": file})


__all__ = (
    "CHART_FIX",
    "ChartSource",
    "RegistryAccess",
    "refused_as",
    "registry_access",
)
