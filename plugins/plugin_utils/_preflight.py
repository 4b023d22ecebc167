# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

"""The checks that need a cluster or a program: each asks, and none stops the ones after it."""

from __future__ import annotations

import platform
import re
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._cluster_state import (
    PLATFORM_NAMESPACES,
    WORKLOAD_KINDS,
    ClusterIdentity,
    dig,
    health_check,
    is_eks,
    namespace_check,
    needed_permissions,
    permission_check,
)
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
    status_of,
)
from ansible_collections.palette.image_registry.plugins.module_utils._image_inventory import (
    platforms_of,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster_reader import (
    ClusterReader,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._kubernetes_core import (
    Failure,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._preflight_images import (
    ClusterImages,
)

OLDEST_HELM = (3, 14)
OLDEST_PYTHON = (3, 11)


def failed(name: str, subject: str, failure: Failure) -> Check:
    """Return the check that could not be made."""
    return Check(name, subject, Status.FAIL, findings=failure.findings)


def python_check(subject: str) -> Check:
    """Return the check of the Python that runs Ansible."""
    actual = platform.python_version()
    version = tuple(int(part) for part in platform.python_version_tuple()[:2])
    if version >= OLDEST_PYTHON:
        return Check("controller Python", subject, Status.PASS, "3.11 or later", actual)
    finding = Finding(
        "python_too_old",
        Severity.ERROR,
        f"Python {actual}",
        "the collection needs Python 3.11 or later on the controller",
        "install ansible-core into a Python 3.11 or later, for example in a virtual environment",
    )
    return Check("controller Python", subject, Status.FAIL, "3.11 or later", actual, (finding,))


def helm_check(subject: str, binary: str, output: str | None) -> Check:
    """Return the check of Helm's version from `helm version --short`, None if it did not run."""
    expected = "3.14 or later"
    if output is None:
        finding = Finding(
            "helm_missing",
            Severity.ERROR,
            binary,
            "it cannot be found or run on the controller",
            "install helm 3.14 or later, or set image_swap_helm_binary to its path",
        )
        return Check("helm", subject, Status.FAIL, expected, "missing", (finding,))
    match = re.search(r"v?(\d+)\.(\d+)\.(\d+)", output)
    version = match.group() if match else output.strip()
    if match and (int(match[1]), int(match[2])) >= OLDEST_HELM:
        return Check("helm", subject, Status.PASS, expected, version)
    finding = Finding(
        "helm_too_old",
        Severity.ERROR,
        binary,
        f"it is {version}; older clients can delete hubble-system in the middle of an upgrade",
        "install helm 3.14 or later, or set image_swap_helm_binary to its path",
    )
    return Check("helm", subject, Status.FAIL, expected, version, (finding,))


class ClusterPreflight:
    """Asks a cluster for all that must hold; what the answers were is in `facts`.

    `images` are those that it runs.
    """

    def __init__(self, cluster: ClusterReader, subject: str, server: str) -> None:
        """Keep the reader; `subject` is the inventory host, `server` the URL that it asks."""
        self.facts: dict[str, t.Any] = {"server": server}
        self.images = ClusterImages(cluster)
        self._namespaces: frozenset[str] = frozenset()
        self._cluster = cluster
        self._subject = subject

    def identity(self, expected_uid: str) -> Check:
        """Return the check of who the cluster is. Raises Failure if it does not answer."""
        namespaces = {
            str(dig(item, "metadata", "name")): str(dig(item, "metadata", "uid"))
            for item in self._cluster.objects("v1", "Namespace")
        }
        self._namespaces = frozenset(namespaces)
        uid = namespaces.get("kube-system", "")
        self.facts.update(uid=uid)
        return ClusterIdentity(self.facts["server"], uid).check(self._subject, expected_uid)

    def platform(self, *, require_healthy: bool) -> list[Check]:
        """Return the checks that Palette is there and healthy, and note its kind."""
        found = PLATFORM_NAMESPACES[0] in self._namespaces
        workloads = []
        for kind in WORKLOAD_KINDS:
            objects = self._cluster.objects("apps/v1", kind)
            self.images.note(kind, objects)
            workloads += [
                {**workload, "kind": kind}
                for workload in objects
                if dig(workload, "metadata", "namespace") in PLATFORM_NAMESPACES
            ]
        return [
            namespace_check(self._subject, PLATFORM_NAMESPACES[0], found),
            health_check(self._subject, workloads, required=require_healthy),
        ]

    def permissions(self, *, airgap: bool, release_namespace: str, secret_namespace: str) -> Check:
        """Return the check that the kubeconfig's user may do what an override does."""
        answers = self._cluster.allowed(
            needed_permissions(airgap, release_namespace, secret_namespace)
        )
        return permission_check(self._subject, "of the kubeconfig", answers)

    def note_eks(self) -> None:
        """Note whether it is EKS, for the chart's isEKSCluster, and what its nodes are."""
        nodes = self._cluster.objects("v1", "Node")
        self.facts.update(eks=is_eks(nodes), platforms=platforms_of(nodes))


def attempt(name: str, subject: str, ask: t.Callable[[], Check | list[Check]]) -> tuple[Check, ...]:
    """Return what was asked for, or the check that says why it could not be asked."""
    try:
        answer = ask()
    except Failure as failure:
        return (failed(name, subject, failure),)
    return tuple(answer) if isinstance(answer, list) else (answer,)


def findings_check(name: str, subject: str, actual: str, findings: t.Sequence[Finding]) -> Check:
    """Return a check that is nothing but its findings."""
    return Check(name, subject, status_of(findings), "no errors", actual, tuple(findings))


__all__ = (
    "ClusterPreflight",
    "attempt",
    "findings_check",
    "helm_check",
    "python_check",
)
