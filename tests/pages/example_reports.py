# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports of fleets that exist on paper alone, always the same, for tests and pictures."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.checks import (
    literal_name,
    working_name,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    Evidence,
    HostEvidence,
    in_order,
)

REGISTRY = "harbor.example.org/airgap-images"
SOURCES = (
    "docker.io",
    "gcr.io",
    "ghcr.io",
    "k8s.gcr.io",
    "registry.k8s.io",
    "quay.io",
    "us-docker.pkg.dev",
)
MIRRORS = tuple((source, f"{REGISTRY}/{source}") for source in SOURCES)
_FIELDS = ("DOMAIN", "BASE_PATH", "USERNAME", "PASSWORD", "INSECURE", "CA_CERT")


def fleet(clusters: int = 3, nodes: int = 1000, *, playbook: str = "verify") -> Evidence:
    """Return the report of a fleet of which a few nodes are broken, each in its way."""
    names = [f"site-{number:02}" for number in range(1, clusters + 1)]
    hosts = [_cluster(name, drifted=number == 1) for number, name in enumerate(names)]
    hosts += [_node(number, names[number % clusters]) for number in range(nodes)]
    return Evidence(playbook, "2026-01-02T03:04:05+00:00", False, in_order(hosts))


def _cluster(name: str, *, drifted: bool) -> HostEvidence:
    checks = [
        Check("controller Python", name, Status.PASS, "3.11 or later", "3.12.3"),
        Check("cluster identity", name, Status.PASS, "", f"https://{name}.example.org:6443"),
        Check("platform health", name, Status.PASS, "all workloads ready", "14 workloads ready"),
        Check("inputs", name, Status.WARN, "no errors", "7 mirror entries", (_input_warning(),)),
        *(Check(f"Secret {field}", name, Status.PASS, "x", "x") for field in _FIELDS),
        Check("webhook canary", name, Status.SKIP, "", "no webhook: this is no airgap install"),
    ]
    if drifted:
        finding = Finding(
            "value_differs",
            Severity.ERROR,
            "secret/registry-info in jet-system",
            "BASE_PATH is old-images, expected airgap-images: pulls go to the wrong project",
            "run ansible-playbook palette.image_registry.override",
        )
        checks[5] = Check(
            "Secret BASE_PATH", name, Status.FAIL, "airgap-images", "old-images", (finding,)
        )
    return HostEvidence(name, name, tuple(checks), MIRRORS)


def _input_warning() -> Finding:
    return Finding(
        "no_default",
        Severity.WARNING,
        "default",
        "There is no entry 'default'. Without one the webhook swaps nothing but what [EXACT] and"
        " [REPLACE] entries name",
        "Add the line 'default::' to a map file.",
    )


def _node(number: int, cluster: str) -> HostEvidence:
    name = f"node-{number}"
    if number % 211 == 7:
        return HostEvidence(name, cluster, (_unreachable(name),))
    checks = [
        Check("node read", name, Status.PASS),
        Check("containerd", name, Status.PASS, "up", "up"),
    ]
    for source, target in MIRRORS:
        checks.append(
            _literal(name, source, target, broken=number % 97 == 5 and source == "quay.io")
        )
        checks.append(_working(name, source, target, warned=number % 53 == 11))
    return HostEvidence(name, cluster, tuple(checks))


def _unreachable(name: str) -> Check:
    finding = Finding(
        "node_unreachable",
        Severity.ERROR,
        name,
        f"ssh: connect to host {name}.example.org port 22: Connection timed out",
        "Check the address, the network and that the node is up.",
    )
    return Check("node read", name, Status.FAIL, "answers", "unreachable", (finding,))


def _literal(name: str, source: str, target: str, *, broken: bool) -> Check:
    if not broken:
        return Check(literal_name(source), name, Status.PASS, target, target)
    path = f"/etc/containerd/certs.d/{source}/hosts.toml"
    finding = Finding(
        "endpoint_differs",
        Severity.ERROR,
        path,
        f"{source} is configured with old.example.org/{source}, expected was {target}",
        f"Write {target}, or correct the mirror table.",
    )
    return Check(
        literal_name(source), name, Status.FAIL, target, f"old.example.org/{source}", (finding,)
    )


def _working(name: str, source: str, target: str, *, warned: bool) -> Check:
    url = f"https://{target}/library/nginx/manifests/latest?ns={source}"
    if not warned:
        return Check(working_name(source), name, Status.PASS, target, url)
    finding = Finding(
        "endpoint_not_working",
        Severity.WARNING,
        "containerd config dump:145",
        f"containerd requests {url}; a registry answers below /v2 alone",
        f"Make the node request https://{target.replace('/', '/v2/', 1)}/library/nginx.",
    )
    return Check(working_name(source), name, Status.WARN, target, url, (finding,))


def mended(report: Evidence, finished: str = "2026-01-03T03:04:05+00:00") -> Evidence:
    """Return the next report, in which the cluster holds again and another node has failed."""

    def checks(host: HostEvidence) -> tuple[Check, ...]:
        if host.is_node:
            return host.checks if host.host != "node-1" else (_unreachable("node-1"),)
        return tuple(
            dataclasses.replace(one, status=Status.PASS, findings=())
            if one.status is Status.FAIL
            else one
            for one in host.checks
        )

    hosts: t.Iterable[HostEvidence] = (
        dataclasses.replace(host, checks=checks(host)) for host in report.hosts
    )
    return dataclasses.replace(report, finished=finished, hosts=tuple(hosts))
