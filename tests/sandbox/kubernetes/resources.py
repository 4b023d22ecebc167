# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resources that the API server knows: one table, read by everything else."""

from __future__ import annotations

import dataclasses
import typing as t

VERBS = ("create", "delete", "get", "list", "patch", "update", "watch")

_SHOWN_BY_ALL = frozenset(
    {"Pod", "Service", "Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "Job", "CronJob"}
)


@dataclasses.dataclass(frozen=True)
class Resource:
    """One row of discovery. `group` is empty for the core group."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool
    short_names: tuple[str, ...] = ()
    has_status: bool = False
    subresources: tuple[str, ...] = ()
    stored: bool = True

    @property
    def categories(self) -> tuple[str, ...]:
        """Return `all` for what `kubectl get all` shows."""
        return ("all",) if self.kind in _SHOWN_BY_ALL else ()

    @property
    def api_version(self) -> str:
        """Return `v1` or `group/version`, as objects carry it."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """Return `deployments.apps`, the form of error messages."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def verbs(self) -> tuple[str, ...]:
        """Return the verbs of discovery; reviews can only be created."""
        return VERBS if self.stored else ("create",)


def _core(plural: str, kind: str, short: str = "", **more: t.Any) -> Resource:
    return _of("", "v1", plural, kind, short, **more)


def _of(
    group: str, version: str, plural: str, kind: str, short: str = "", **more: t.Any
) -> Resource:
    more.setdefault("namespaced", True)
    return Resource(group, version, plural, kind, short_names=tuple(short.split()), **more)


_RBAC = "rbac.authorization.k8s.io"
_ADMISSION = "admissionregistration.k8s.io"
_AUTHORIZATION = "authorization.k8s.io"

RESOURCES: tuple[Resource, ...] = (
    _core("namespaces", "Namespace", "ns", namespaced=False, has_status=True),
    _core("nodes", "Node", "no", namespaced=False, has_status=True),
    _core("pods", "Pod", "po", has_status=True),
    _core("secrets", "Secret"),
    _core("configmaps", "ConfigMap", "cm"),
    _core("services", "Service", "svc", has_status=True),
    _core("endpoints", "Endpoints", "ep"),
    _core("serviceaccounts", "ServiceAccount", "sa", subresources=("token",)),
    _core("events", "Event", "ev"),
    _core("persistentvolumeclaims", "PersistentVolumeClaim", "pvc", has_status=True),
    _core("resourcequotas", "ResourceQuota", "quota", has_status=True),
    _core("limitranges", "LimitRange", "limits"),
    _of("apps", "v1", "deployments", "Deployment", "deploy", has_status=True),
    _of("apps", "v1", "replicasets", "ReplicaSet", "rs", has_status=True),
    _of("apps", "v1", "daemonsets", "DaemonSet", "ds", has_status=True),
    _of("apps", "v1", "statefulsets", "StatefulSet", "sts", has_status=True),
    _of("batch", "v1", "jobs", "Job", has_status=True),
    _of("batch", "v1", "cronjobs", "CronJob", "cj", has_status=True),
    _of("coordination.k8s.io", "v1", "leases", "Lease"),
    _of("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", "hpa"),
    _of("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", "pdb", has_status=True),
    _of("networking.k8s.io", "v1", "ingresses", "Ingress", "ing", has_status=True),
    _of("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", "netpol"),
    _of("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", "pc", namespaced=False),
    _of("storage.k8s.io", "v1", "storageclasses", "StorageClass", "sc", namespaced=False),
    _of(
        "certificates.k8s.io",
        "v1",
        "certificatesigningrequests",
        "CertificateSigningRequest",
        "csr",
        namespaced=False,
        has_status=True,
    ),
    _of(_RBAC, "v1", "roles", "Role"),
    _of(_RBAC, "v1", "rolebindings", "RoleBinding"),
    _of(_RBAC, "v1", "clusterroles", "ClusterRole", namespaced=False),
    _of(_RBAC, "v1", "clusterrolebindings", "ClusterRoleBinding", namespaced=False),
    _of(
        _ADMISSION,
        "v1",
        "mutatingwebhookconfigurations",
        "MutatingWebhookConfiguration",
        namespaced=False,
    ),
    _of(
        _ADMISSION,
        "v1",
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
        namespaced=False,
    ),
    _of(
        _AUTHORIZATION,
        "v1",
        "selfsubjectaccessreviews",
        "SelfSubjectAccessReview",
        namespaced=False,
        stored=False,
    ),
    _of(
        "authentication.k8s.io",
        "v1",
        "selfsubjectreviews",
        "SelfSubjectReview",
        namespaced=False,
        stored=False,
    ),
    _of(
        "apiextensions.k8s.io",
        "v1",
        "customresourcedefinitions",
        "CustomResourceDefinition",
        "crd crds",
        namespaced=False,
        has_status=True,
    ),
)

_BY_PATH = {(item.group, item.version, item.plural): item for item in RESOURCES}
_BY_KIND = {(item.group, item.kind): item for item in RESOURCES}

GROUP_VERSIONS: tuple[tuple[str, str], ...] = tuple(
    sorted({(item.group, item.version) for item in RESOURCES})
)


def find(group: str, version: str, plural: str) -> Resource | None:
    """Return the resource at `/apis/group/version/plural`, None if there is none."""
    return _BY_PATH.get((group, version, plural))


def of_kind(kind: str, group: str = "") -> Resource:
    """Return the resource of a kind. Raises KeyError for an unknown one."""
    return _BY_KIND[(group, kind)]


def in_group_version(group: str, version: str) -> tuple[Resource, ...]:
    """Return the resources of one group-version in the table's order."""
    return tuple(item for item in RESOURCES if (item.group, item.version) == (group, version))


NAMESPACES = of_kind("Namespace")
NODES = of_kind("Node")
PODS = of_kind("Pod")
SECRETS = of_kind("Secret")
SERVICE_ACCOUNTS = of_kind("ServiceAccount")
DEPLOYMENTS = of_kind("Deployment", "apps")
REPLICA_SETS = of_kind("ReplicaSet", "apps")
MUTATING_WEBHOOKS = of_kind("MutatingWebhookConfiguration", _ADMISSION)
