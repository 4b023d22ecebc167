# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every cluster of the sandbox holds from the start, on whichever API server."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from tests.sandbox.kubernetes.client import ApiClient, RequestFailed
from tests.sandbox.kubernetes.objects import Object

_POLL_SECONDS = 0.05


@dataclasses.dataclass(frozen=True)
class Workload:
    """A Deployment that a health check can look at."""

    namespace: str
    name: str
    image: str
    replicas: int = 1

    @property
    def path(self) -> str:
        """Return the path of the Deployment."""
        return f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{self.name}"

    def manifest(self) -> Object:
        """Return the Deployment."""
        labels = {"app": self.name}
        container = {"name": self.name, "image": self.image}
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": self.name, "namespace": self.namespace, "labels": labels},
            "spec": {
                "replicas": self.replicas,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
        }


@dataclasses.dataclass(frozen=True)
class Node:
    """A node object; `address` is its internal IP, `runtime` what its kubelet reports."""

    name: str
    address: str
    labels: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    ready: bool = True
    runtime: str = "containerd://1.7.24"
    taints: t.Sequence[t.Mapping[str, str]] = ()

    @property
    def path(self) -> str:
        """Return the path of the Node."""
        return f"/api/v1/nodes/{self.name}"

    def manifest(self) -> Object:
        """Return the Node without its status."""
        labels = {"kubernetes.io/hostname": self.name, "kubernetes.io/os": "linux", **self.labels}
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": self.name, "labels": labels},
            "spec": {"taints": [dict(taint) for taint in self.taints]},
        }

    def status(self) -> Object:
        """Return the status as a kubelet would write it."""
        return {
            "addresses": [
                {"type": "InternalIP", "address": self.address},
                {"type": "Hostname", "address": self.name},
            ],
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True" if self.ready else "False",
                    "reason": "KubeletReady" if self.ready else "KubeletNotReady",
                }
            ],
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": "",
                "containerRuntimeVersion": self.runtime,
                "kernelVersion": "",
                "kubeProxyVersion": "",
                "kubeletVersion": "v1.33.4",
                "machineID": "",
                "operatingSystem": "linux",
                "osImage": "",
                "systemUUID": "",
            },
        }


NAMESPACES = ("jet-system", "hubble-system")
# As the image-swap webhook selects the namespaces whose pods it swaps.
NAMESPACE_LABELS = {"k8s.twr.io/imageswap": "enabled"}
WORKLOADS = (
    Workload("kube-system", "coredns", "registry.k8s.io/coredns/coredns:v1.12.0"),
    Workload("jet-system", "jet", "gcr.io/spectro-images-public/jet:4.7.0"),
    Workload("hubble-system", "hubble", "gcr.io/spectro-images-public/hubble:4.7.0", replicas=2),
)
NODES = (Node("sandbox-1", "127.0.0.1"),)


def seed(client: ApiClient, *, with_nodes: bool = True, with_statuses: bool = False) -> None:
    """Bring a cluster to its first state; doing it again changes nothing.

    Without `with_nodes` the nodes stay as they are. `with_statuses` also makes the workloads
    ready: for a real API server, behind which no controller runs.
    """
    for name in NAMESPACES:
        metadata = {"name": name, "labels": NAMESPACE_LABELS}
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
        client.apply(f"/api/v1/namespaces/{name}", body)
    if with_nodes:
        set_nodes(client, NODES)
    for workload in WORKLOADS:
        created = client.apply(workload.path, workload.manifest())
        if with_statuses:
            client.merge(f"{workload.path}/status", {"status": _ready_status(created)})


def has_only_our_nodes(client: ApiClient) -> bool:
    """Return whether no kubelet has registered a node of its own."""
    names = {item["metadata"]["name"] for item in client.get("/api/v1/nodes")["items"]}
    return names <= {node.name for node in NODES}


def _ready_status(deployment: Object) -> Object:
    replicas = deployment["spec"]["replicas"]
    counts = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    available = {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"}
    return {
        "observedGeneration": deployment["metadata"]["generation"],
        **dict.fromkeys(counts, replicas),
        "conditions": [available],
    }


def set_nodes(client: ApiClient, nodes: t.Iterable[Node]) -> None:
    """Make these, and no others, the nodes of the cluster."""
    wanted = {node.name: node for node in nodes}
    for node in wanted.values():
        client.apply(node.path, node.manifest())
        client.merge(f"{node.path}/status", {"status": node.status()})
    for item in client.get("/api/v1/nodes")["items"]:
        if item["metadata"]["name"] not in wanted:
            client.request("DELETE", f"/api/v1/nodes/{item['metadata']['name']}")


def wait_until_ready(client: ApiClient, seconds: float = 20.0) -> None:
    """Wait until the seeded workloads are ready. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    waiting = list(WORKLOADS)
    while waiting:
        waiting = [item for item in waiting if not _is_ready(client, item)]
        if waiting and time.monotonic() > deadline:
            names = ", ".join(f"{item.namespace}/{item.name}" for item in waiting)
            raise TimeoutError(f"not ready after {seconds:.0f} s: {names}")
        if waiting:
            time.sleep(_POLL_SECONDS)


def _is_ready(client: ApiClient, workload: Workload) -> bool:
    try:
        status = client.get(workload.path).get("status") or {}
    except RequestFailed:
        return False
    return bool(status.get("readyReplicas") == workload.replicas)


__all__ = ("Node", "Workload", "seed", "set_nodes", "wait_until_ready")
