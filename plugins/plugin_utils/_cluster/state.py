# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Kubernetes objects say about a cluster: who it is, whether it is healthy."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status
from ...module_utils._objects import JsonObject, dig

# The page asks for "a deployed and healthy" cluster; these namespaces hold its own parts.
PLATFORM_NAMESPACES = ("jet-system", "hubble-system")
WORKLOAD_KINDS = ("Deployment", "StatefulSet", "DaemonSet")


@dataclasses.dataclass(frozen=True)
class ClusterIdentity:
    """Which cluster it is: the server that was asked and the UID of namespace kube-system."""

    server: str
    uid: str

    def check(self, subject: str, expected_uid: str) -> Check:
        """Return the check that this is the cluster that was meant."""
        actual = f"{self.server}, kube-system UID {self.uid}"
        if not expected_uid or expected_uid == self.uid:
            return Check("cluster identity", subject, Status.PASS, expected_uid, actual)
        finding = Finding(
            "wrong_cluster",
            Severity.ERROR,
            subject,
            f"the kubeconfig leads to another cluster: {self.server} has kube-system UID"
            f" {self.uid}, expected {expected_uid}",
            "give the kubeconfig and context of the cluster that is meant, or correct"
            " preflight_expected_cluster_uid",
        )
        return Check("cluster identity", subject, Status.FAIL, expected_uid, actual, (finding,))


def is_eks(nodes: t.Iterable[JsonObject]) -> bool:
    """Return whether this is Amazon EKS, by the labels of its nodes or their kubelets."""
    for node in nodes:
        labels = dig(node, "metadata", "labels") or {}
        if any(str(label).startswith("eks.amazonaws.com/") for label in labels):
            return True
        if "-eks-" in str(dig(node, "status", "nodeInfo", "kubeletVersion") or ""):
            return True
    return False


def namespace_check(subject: str, namespace: str, found: bool) -> Check:
    """Return the check that Palette's namespace is there."""
    if found:
        return Check(f"namespace {namespace}", subject, Status.PASS, "present", "present")
    finding = Finding(
        "namespace_missing",
        Severity.ERROR,
        f"namespace/{namespace}",
        "it is not there: this is no Palette or VerteX management cluster, or Palette is not"
        " deployed yet",
        "check the kubeconfig and context; install Palette first",
    )
    return Check(f"namespace {namespace}", subject, Status.FAIL, "present", "missing", (finding,))


def health_check(subject: str, workloads: t.Iterable[JsonObject], *, required: bool) -> Check:
    """Return the check that the platform's workloads are ready, each unready one named."""
    severity = Severity.ERROR if required else Severity.WARNING
    ready, findings = 0, []
    for workload in workloads:
        want, have = _replicas(workload)
        if have >= want and _observed(workload):
            ready += 1
            continue
        findings.append(
            Finding(
                "workload_not_ready",
                severity,
                _name(workload),
                f"{have} of {want} replicas are ready",
                f"look at kubectl describe {_name(workload).partition(' ')[0]}"
                f" --namespace {dig(workload, 'metadata', 'namespace')}",
            )
        )
    if not findings:
        actual = f"{ready} workloads ready" if ready else "no workloads found"
        return Check("platform health", subject, Status.PASS, "all workloads ready", actual)
    status = Status.FAIL if required else Status.WARN
    actual = f"{len(findings)} of {ready + len(findings)} workloads not ready"
    return Check("platform health", subject, status, "all workloads ready", actual, tuple(findings))


def _name(workload: JsonObject) -> str:
    kind = str(workload.get("kind", "workload")).lower()
    metadata = workload.get("metadata") or {}
    return f"{kind}/{metadata.get('name')} in {metadata.get('namespace')}"


def _replicas(workload: JsonObject) -> tuple[int, int]:
    """Return wanted and ready replicas, by the fields of the workload's kind."""
    status = workload.get("status") or {}
    if workload.get("kind") == "DaemonSet":
        return int(status.get("desiredNumberScheduled") or 0), int(status.get("numberReady") or 0)
    wanted = dig(workload, "spec", "replicas")
    return 1 if wanted is None else int(wanted), int(status.get("readyReplicas") or 0)


def _observed(workload: JsonObject) -> bool:
    """Return whether the status is about the present generation, not about the one before."""
    generation = dig(workload, "metadata", "generation") or 0
    observed = dig(workload, "status", "observedGeneration")
    return observed is None or int(observed) >= int(generation)


@dataclasses.dataclass(frozen=True)
class Permission:
    """One thing that the run will want to do; `required` ones gate, the others warn."""

    verb: str
    resource: str
    namespace: str = ""
    group: str = ""
    required: bool = True

    def review(self) -> dict[str, t.Any]:
        """Return the SelfSubjectAccessReview that asks the cluster about it."""
        attributes = {"verb": self.verb, "resource": self.resource, "group": self.group}
        if self.namespace:
            attributes["namespace"] = self.namespace
        return {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }

    def __str__(self) -> str:
        """Return it in words."""
        resource = f"{self.resource}.{self.group}" if self.group else self.resource
        return f"{self.verb} {resource}" + (f" in {self.namespace}" if self.namespace else "")


EVERYTHING = Permission("*", "*", group="*")
"""Every verb on all resources of all groups, in all namespaces: what administrators may do."""


def needed_permissions(
    airgap: bool, release_namespace: str, secret_namespace: str = PLATFORM_NAMESPACES[0]
) -> tuple[Permission, ...]:
    """Return what the playbooks do to a cluster, as permissions: all that docs/rbac.yml grants."""
    wanted = [
        *_rights("get list create patch delete", "secrets", namespace=secret_namespace),
        *_rights("get create patch", "leases", _LEASES, namespace=secret_namespace),
        # Beside what gates: the report in the cluster, and what is looked at.
        *_rights("get create patch", "configmaps", namespace=secret_namespace, required=False),
        *_rights("list", "namespaces nodes pods configmaps secrets events", required=False),
        *_rights("get", "secrets", required=False),
        *_rights("create", "pods", required=False),  # a dry run is asked for like the real thing
        *_rights("list", "deployments daemonsets statefulsets", "apps", required=False),
        *_rights("list", "jobs cronjobs", "batch", required=False),
        *_rights("list", _CONFIGURATIONS, _ADMISSION, required=False),
    ]
    if airgap:
        wanted += _rights(
            "get list create update patch delete", "secrets", namespace=release_namespace
        )
        for resources, group in _OF_THE_CHART:
            wanted += _rights("get create patch delete", resources, group, required=False)
        wanted += _rights(
            "get delete", "certificatesigningrequests", "certificates.k8s.io", required=False
        )
    return tuple(dict.fromkeys(wanted))


_LEASES = "coordination.k8s.io"
_ADMISSION = "admissionregistration.k8s.io"
_CONFIGURATIONS = "mutatingwebhookconfigurations validatingwebhookconfigurations"
_OF_THE_CHART = (
    ("namespaces configmaps secrets services serviceaccounts", ""),
    ("deployments", "apps"),
    ("mutatingwebhookconfigurations", _ADMISSION),
)


def _rights(
    verbs: str, resources: str, group: str = "", *, namespace: str = "", required: bool = True
) -> list[Permission]:
    return [
        Permission(verb, resource, namespace, group, required)
        for resource in resources.split()
        for verb in verbs.split()
    ]


def permission_check(
    subject: str, user: str, answers: t.Iterable[tuple[Permission, bool]]
) -> Check:
    """Return the check that the kubeconfig's user may do what follows."""
    answers = tuple(answers)
    missing: dict[Permission, list[str]] = {}
    for permission, allowed in answers:
        if not allowed:
            same = dataclasses.replace(permission, verb="")
            missing.setdefault(same, []).append(permission.verb)
    findings = tuple(
        Finding(
            "permission_missing",
            Severity.ERROR if permission.required else Severity.WARNING,
            f"user {user}",
            f"may not {dataclasses.replace(permission, verb=', '.join(verbs))}",
            "use an administrator's kubeconfig, or have this permission granted (docs/rbac.yml)",
        )
        for permission, verbs in missing.items()
    )
    status = Status.PASS
    if findings:
        errors = any(finding.severity is Severity.ERROR for finding in findings)
        status = Status.FAIL if errors else Status.WARN
    lacking = sum(map(len, missing.values()))
    actual = f"{len(answers) - lacking} of {len(answers)} permissions"
    return Check("permissions", subject, status, f"{len(answers)} permissions", actual, findings)


def permissions_unknown(subject: str, user: str, reasons: t.Iterable[Finding]) -> Check:
    """Return the check of permissions that the cluster did not tell; a run can go on without."""
    findings = tuple(
        Finding(
            "permissions_unknown",
            Severity.WARNING,
            f"user {user}",
            f"what it may do was not told, so a step may still be refused: {reason.message}",
            "have SelfSubjectAccessReviews answered (the cluster role system:basic-user), or see"
            " to it that the user has the rights of docs/rbac.yml",
        )
        for reason in reasons
    )
    return Check("permissions", subject, Status.WARN, "known", "unknown", findings)


__all__ = (
    "EVERYTHING",
    "PLATFORM_NAMESPACES",
    "WORKLOAD_KINDS",
    "ClusterIdentity",
    "Permission",
    "health_check",
    "is_eks",
    "namespace_check",
    "needed_permissions",
    "permission_check",
    "permissions_unknown",
)
