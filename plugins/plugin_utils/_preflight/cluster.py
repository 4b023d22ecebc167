# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks that need a cluster: each asks, and none stops the ones after it."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ...module_utils._evidence import Check, Status
from ...module_utils._images.sources import platforms_of
from ...module_utils._objects import dig
from .._cluster.client import Client
from .._cluster.state import (
    PLATFORM_NAMESPACES,
    WORKLOAD_KINDS,
    ClusterIdentity,
    health_check,
    is_eks,
    namespace_check,
    needed_permissions,
    permission_check,
    permissions_unknown,
)
from .._failure import Failure
from .._override.secret import LiveSecret, refusal
from .checks import attempt, failed
from .images import ClusterImages

_WRITABLE = "it can be written"


class ClusterPreflight:
    """Asks a cluster for all that must hold; what the answers were is in `facts`.

    `images` are those that it runs.
    """

    def __init__(self, cluster: Client, subject: str) -> None:
        """Keep the cluster; `subject` is the inventory host."""
        self.facts: dict[str, t.Any] = {"server": cluster.access.server}
        self.images = ClusterImages(cluster)
        self.confirmed = False
        self._namespaces: frozenset[str] = frozenset()
        self._cluster = cluster
        self._subject = subject

    def checks(self, arguments: t.Mapping[str, t.Any]) -> tuple[Check, ...]:
        """Return the checks that an action's options ask for.

        None but the first where it does not answer or is another cluster than the one that was
        meant; only where it is, it is `confirmed`.
        """
        try:
            identity = self.identity(arguments["expected_cluster_uid"])
        except Failure as failure:
            return (failed("cluster identity", self._subject, failure),)
        if identity.status is Status.FAIL or arguments["identity_only"]:
            return (identity,)
        self.confirmed = True
        healthy = arguments["require_healthy"]
        checks = attempt(
            "platform health", self._subject, lambda: self.platform(require_healthy=healthy)
        )
        if arguments["write"]:
            checks += attempt("permissions", self._subject, lambda: self._permitted(arguments))
        return (identity, *checks)

    def _permitted(self, arguments: t.Mapping[str, t.Any]) -> Check:
        return self.permissions(
            airgap=arguments["airgap"],
            release_namespace=arguments["release_namespace"],
            secret_namespace=arguments["secret_namespace"],
        )

    def identity(self, expected_uid: str) -> Check:
        """Return the check of who the cluster is. Raises Failure if it does not answer."""
        namespaces = {
            str(dig(item, "metadata", "name")): str(dig(item, "metadata", "uid"))
            for item in self._cluster.list("v1", "Namespace")
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
            objects = self._cluster.list("apps/v1", kind)
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
        try:
            answers = self._cluster.allowed(
                needed_permissions(airgap, release_namespace, secret_namespace)
            )
        except Failure as failure:
            return permissions_unknown(self._subject, "of the kubeconfig", failure.findings)
        return permission_check(self._subject, "of the kubeconfig", answers)

    def secret(
        self, name: str, namespace: str, wanted: t.Mapping[str, str], *, replace: bool
    ) -> Check:
        """Return the check that the override's Secret can be written, as it is now."""
        found = self._cluster.get("v1", "Secret", name, namespace=namespace)
        refused = refusal(LiveSecret.from_object(found), wanted) if found and not replace else None
        actual = "it can be" if found else "it is not there yet"
        if refused is None:
            return Check("secret can be written", self._subject, Status.PASS, _WRITABLE, actual)
        return Check("secret can be written", self._subject, Status.FAIL, _WRITABLE, "", (refused,))

    def note_eks(self) -> None:
        """Note whether it is EKS, for the chart's isEKSCluster, and what its nodes are."""
        nodes = self._cluster.list("v1", "Node")
        self.facts.update(eks=is_eks(nodes), platforms=platforms_of(nodes))


__all__ = ("ClusterPreflight",)
