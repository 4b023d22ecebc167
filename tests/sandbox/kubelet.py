# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a node of the sandbox run pods: containerd, runc, CNI and kubelet in its namespaces.

Its mounts and processes end with the node's first process. Its control groups do not: see
`cgroups.py`.
"""

from __future__ import annotations

import json
import pathlib
import typing as t

from . import go_programs
from .cgroups import ControlGroups
from .network import NODE_ADDRESS, POD_SUBNET, Network
from .node_containerd import LOOP, PATH, in_node
from .nodes import CONTAINERD_SOCKET, Node, Nodes
from .paths import DEBIAN_ROOT, debian_program
from .processes import ProcessTable

_PROGRAMS = "opt/kubernetes"
_KUBELET_YAML = "/etc/kubernetes/kubelet.yaml"
_KUBECONFIG = "/etc/kubernetes/kubelet.kubeconfig"
_AUTHORITY = "/etc/kubernetes/ca.crt"
# Debian's and kubelet's usual places: what is not there, the node's root lacks.
_TMPFS = ("var/lib/containerd", "var/lib/kubelet", "var/lib/cni", "var/log/pods", "dev/shm")
_CNI = {
    "cniVersion": "0.4.0",
    "name": "sandbox",
    "plugins": [
        {
            "type": "bridge",
            "bridge": "cni0",
            "isGateway": True,
            "ipMasq": False,
            "hairpinMode": True,
            "ipam": {
                "type": "host-local",
                "ranges": [[{"subnet": POD_SUBNET}]],
                "routes": [{"dst": "0.0.0.0/0"}],
            },
        }
    ],
}
_KUBELET_CONFIG = {
    "apiVersion": "kubelet.config.k8s.io/v1beta1",
    "kind": "KubeletConfiguration",
    # Control groups of version 1 will do, without systemd and without limits for all pods.
    "failCgroupV1": False,
    "cgroupDriver": "cgroupfs",
    "cgroupsPerQOS": False,
    "enforceNodeAllocatable": [],
    "failSwapOn": False,
    "address": NODE_ADDRESS,
    "healthzPort": 0,
    "authentication": {
        "anonymous": {"enabled": False},
        "webhook": {"enabled": True},
        "x509": {"clientCAFile": _AUTHORITY},
    },
    "authorization": {"mode": "Webhook"},
    "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
    "resolvConf": "",
    "makeIPTablesUtilChains": False,
    # The sooner a changed ConfigMap is in its pods, the sooner a test is done.
    "syncFrequency": "5s",
    # A full host's disk is no reason to put pods out: all is in memory.
    "evictionHard": {"memory.available": "50Mi"},
    "imageGCHighThresholdPercent": 100,
}


class Kubelet:
    """What makes one node run pods."""

    def __init__(self, node: Node, nodes: Nodes, network: Network, processes: ProcessTable) -> None:
        self._node = node
        self._nodes = nodes
        self._network = network
        self._processes = processes

    def start(
        self, programs: pathlib.Path, kubeconfig: str, authority: str, groups: ControlGroups
    ) -> None:
        """Start containerd, and kubelet out of a folder. Raises SandboxError.

        `authority` is that of the cluster (PEM).
        """
        self._mount(programs, groups.folders())
        self._nodes.write(
            self._node.name,
            {
                "/etc/cni/net.d/10-sandbox.conflist": json.dumps(_CNI),
                _KUBELET_YAML: json.dumps(_KUBELET_CONFIG),
                _KUBECONFIG: kubeconfig,
                _AUTHORITY: authority,
                "/etc/crictl.yaml": f"runtime-endpoint: unix://{CONTAINERD_SOCKET}\n",
            },
        )
        self._run("containerd", ["/bin/sh", "-c", LOOP])
        self._nodes.wait_for_containerd(self._node)
        kubelet = [f"/{_PROGRAMS}/kubelet", f"--kubeconfig={_KUBECONFIG}"]
        kubelet += [f"--config={_KUBELET_YAML}", f"--hostname-override={self._node.name}"]
        self._run("kubelet", [*kubelet, f"--node-ip={NODE_ADDRESS}"])

    def _mount(self, programs: pathlib.Path, groups: t.Mapping[str, pathlib.Path]) -> None:
        """Mount what pods need below the node's root, in its mount namespace."""
        root = self._nodes.folder(self._node.name) / "root"
        lines = [
            ["mount", "-t", "sysfs", "sysfs", root / "sys"],
            ["mount", "-t", "tmpfs", "-o", "mode=755", "cgroup", root / "sys/fs/cgroup"],
            ["mkdir", "-p", *(root / name for name in (*_TMPFS, _PROGRAMS, "usr/lib/cni"))],
            *(["mount", "-t", "tmpfs", "-o", "mode=755", "pods", root / name] for name in _TMPFS),
            ["mount", "--bind", programs, root / _PROGRAMS],
            ["mount", "--bind", DEBIAN_ROOT / "usr/lib/cni", root / "usr/lib/cni"],
            ["mknod", "-m", "600", root / "dev/kmsg", "c", "1", "11"],
        ]
        for program in ("containerd-shim-runc-v2", "ctr"):
            lines.append(["cp", debian_program(f"usr/bin/{program}"), root / "usr/bin" / program])
        if go_programs.crictl().is_file():  # for whoever looks around there
            lines.append(["cp", go_programs.crictl(), root / "usr/local/bin/crictl"])
        for name, group in groups.items():
            target = root / "sys/fs/cgroup" / name
            lines.append(["mkdir", "-p", target])
            lines.append(["mount", "--bind", group, target])
            for part in name.split(",") if "," in name else ():
                lines.append(["ln", "-s", name, target.with_name(part)])
        in_node(self._pid, lines, self._node.name)

    @property
    def _pid(self) -> int:
        """Return the node's first process."""
        return self._processes.get(self._node.name).child()

    def _run(self, name: str, command: t.Sequence[str]) -> None:
        enter = ["nsenter", f"--target={self._pid}", "--mount", "--net", "--pid", "--uts"]
        clean = ["env", "-i", f"PATH={PATH}", "HOME=/root"]
        self._processes.start(
            f"{self._node.name}-{name}",
            [*enter, "--root", "--wd=/", "--", *clean, *command],
            polite=False,  # with the node's first process all of it ends
        )


__all__ = ("Kubelet",)
