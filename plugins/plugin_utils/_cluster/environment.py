# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which cluster is meant is said by the kubeconfig option, never by the environment.

AWX injects `K8S_AUTH_*`, a pod has an in-cluster configuration, shells export `KUBECONFIG`. An
empty value does not help: kubernetes.core writes an empty `K8S_AUTH_HOST` or
`K8S_AUTH_SSL_CA_CERT` over what the kubeconfig says. The variables have to be gone.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import dataclasses
import os
import typing as t

_PREFIXES = ("K8S_AUTH_", "HELM_KUBE", "KUBERNETES_SERVICE_")
_NAMES = frozenset({"KUBECONFIG", "HELM_NAMESPACE", "HELM_DRIVER"})


@dataclasses.dataclass(frozen=True)
class Plugins:
    """How exec plugins are run: their environment, the longest they may take, and whose run it is."""

    environment: t.Mapping[str, str] = dataclasses.field(repr=False)
    seconds: float
    playbook: int


def chooses_cluster(name: str) -> bool:
    """Return whether an environment variable can lead kubernetes.core or Helm elsewhere."""
    return name.startswith(_PREFIXES) or name in _NAMES


@contextlib.contextmanager
def without_cluster_variables() -> t.Iterator[None]:
    """Take the variables that choose a cluster out of this process's environment, for a while.

    A worker process runs one task, so what it starts inherits exactly this environment.
    """
    taken = {name: os.environ.pop(name) for name in list(os.environ) if chooses_cluster(name)}
    try:
        yield
    finally:
        os.environ.update(taken)


__all__ = ("Plugins", "chooses_cluster", "without_cluster_variables")
