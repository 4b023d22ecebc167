# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the process that serves a cluster needs of the API server behind it."""

from __future__ import annotations

import dataclasses
import typing as t

from tests.sandbox.kubernetes.client import ApiClient
from tests.sandbox.kubernetes.objects import Object

# What names another real API server than the one that is built: a kubeconfig, a folder with
# etcd, kube-apiserver and kube-controller-manager, or another release to build.
KUBECONFIG_VARIABLE = "SANDBOX_KUBECONFIG"
ASSETS_VARIABLE = "KUBEBUILDER_ASSETS"
RELEASE_VARIABLE = "SANDBOX_KUBERNETES"


def is_named(environment: t.Mapping[str, str]) -> bool:
    """Return whether the environment names a real API server."""
    variables = (KUBECONFIG_VARIABLE, ASSETS_VARIABLE, RELEASE_VARIABLE)
    return any(environment.get(variable) for variable in variables)


@dataclasses.dataclass(frozen=True)
class Access:
    """How to reach an API server: entries of a kubeconfig for its admin."""

    cluster: Object
    admin: Object


class Backend(t.Protocol):
    """An API server: built in, started from binaries, or found."""

    kind: str

    async def start(self) -> Access:
        """Start it and return how to reach it. Raises SandboxError."""

    def seed(self, client: ApiClient) -> None:
        """Bring it to its first state. Blocks; runs in a thread of its own."""

    async def died(self) -> str:
        """Return why it cannot go on, once that is so."""

    async def stop(self) -> None:
        """Stop it. May be called whether or not `start` came to its end."""


__all__ = (
    "ASSETS_VARIABLE",
    "KUBECONFIG_VARIABLE",
    "RELEASE_VARIABLE",
    "Access",
    "Backend",
    "is_named",
)
