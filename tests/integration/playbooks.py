# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the real playbooks against a world, as a user would, and reads what they did."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import typing as t

from tests.finished import finished
from tests.sandbox.paths import ANSIBLE_BIN
from tests.sandbox.world import World

ANSIBLE_PLAYBOOK = ANSIBLE_BIN / "ansible-playbook"
# What a report says of the webhook.
WEBHOOK_CHECKS = (
    "webhook",
    "webhook replicas",
    "webhook certificate",
    "webhook map",
    "webhook canary",
)


@dataclasses.dataclass(frozen=True)
class Run:
    """A finished playbook. `output` is what a person sees, stdout and stderr together."""

    code: int
    output: str

    def changed(self, host: str = "sandbox") -> int:
        """Return the number of changed tasks of a host in the recap."""
        match = re.search(rf"^{re.escape(host)}\s*:.*changed=(\d+)", self.output, re.MULTILINE)
        assert match, self.output
        return int(match[1])


def run_playbook(
    world: World,
    name: str,
    *options: str,
    variables: t.Mapping[str, t.Any] | None = None,
    environment: t.Mapping[str, str] | None = None,
    before: t.Sequence[str] = (),
) -> Run:
    """Run palette.image_registry.NAME. Variables go through a file, as passwords should.

    `before` are words in front of the command, such as `World.seeing_registry`.
    """
    command = [*before, str(ANSIBLE_PLAYBOOK), f"palette.image_registry.{name}", *options]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    inherited = {**clean, **world.environment(), "ANSIBLE_NOCOLOR": "1", **(environment or {})}
    inherited.setdefault("ANSIBLE_HOME", str(world.state_dir / "ansible"))
    if variables:
        path = world.state_dir / "extra_vars.json"
        path.write_text(json.dumps(variables), encoding="utf-8")
        command += ["--extra-vars", f"@{path}"]
    done = finished(command, inherited)
    print(done.stdout)  # pytest shows it where the test fails
    return Run(done.returncode, done.stdout)


def write_clusters(
    world: World, path: pathlib.Path, clusters: t.Mapping[str, t.Mapping[str, t.Any]]
) -> str:
    """Write an inventory with names for the one cluster, and return the option for it.

    Each has variables of its own over those of the cluster: so one run meets what else would take
    several. It is JSON, which is YAML, and in which __ansible_unsafe has its meaning.
    """
    own = world.cluster_variables()
    hosts = {name: {**own, **more} for name, more in clusters.items()}
    path.write_text(json.dumps({"palette_clusters": {"hosts": hosts}}), encoding="utf-8")
    return f"--inventory={path}"


def kubectl(world: World, *arguments: str) -> t.Any:
    """Return what kubectl answers as JSON, None where it says nothing."""
    text = subprocess.run(
        [world.tools / "kubectl", "--kubeconfig", world.kubeconfig, *arguments, "--output=json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    return json.loads(text) if text else None


def kept_report(world: World, playbook: str = "override") -> t.Any:
    """Return the report that the cluster keeps."""
    name = f"configmap/image-registry-report-{playbook}"
    return json.loads(kubectl(world, "get", name, "--namespace=jet-system")["data"]["report.json"])


def kubectl_delete(world: World, *target: str) -> None:
    """Delete something that is there."""
    subprocess.run(
        [world.tools / "kubectl", "--kubeconfig", world.kubeconfig, "delete", *target],
        capture_output=True,
        check=True,
        timeout=60,
    )


def secret(world: World) -> dict[str, str] | None:
    """Return Secret registry-info decoded, None if it is not there."""
    found = kubectl(world, "get", "secrets", "--namespace=jet-system")["items"]
    for item in found:
        if item["metadata"]["name"] == "registry-info":
            return {key: base64.b64decode(value).decode() for key, value in item["data"].items()}
    return None


def helm(world: World, *arguments: str) -> str:
    """Return what helm prints."""
    command = [str(world.tools / "helm"), "--kubeconfig", str(world.kubeconfig), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def to_give_back(world: World) -> dict[str, t.Any]:
    """Return what a rollback has to give back, to the byte."""
    items = kubectl(world, "get", "secrets", "--namespace=jet-system")["items"]
    kept: dict[str, t.Any] = {}
    for item in items:
        if item["metadata"]["name"] == "registry-info":
            metadata = {key: item["metadata"].get(key) for key in ("labels", "annotations")}
            kept = {"type": item["type"], "data": item["data"], **metadata}
    values = [
        json.loads(helm(world, "get", "values", name, "--output=json"))
        for name in helm(world, "list", "--all", "--short").split()
    ]
    webhooks = kubectl(world, "get", "mutatingwebhookconfigurations")["items"]
    names = [item["metadata"]["name"] for item in webhooks]
    return {"secret": kept, "values": values, "webhooks": names}


def remove_override(world: World) -> None:
    """Take the override out of the cluster, whatever of it is there.

    The chart's namespace stays, as it does after `helm uninstall`: a real API server without
    controllers would never finish to delete it.
    """
    for name in ("secret/registry-info", "configmap/image-registry-report-override"):
        kubectl_delete(world, name, "--namespace=jet-system", "--ignore-not-found")
    helm(world, "uninstall", "image-swap", "--ignore-not-found")


class WriteWatch:
    """What has been written to the cluster since this was made.

    The log of the sandbox's API servers tells every attempt; of a cluster of somebody else the
    objects that an override could touch are compared.
    """

    _KINDS = "namespaces,secrets,configmaps,deployments,mutatingwebhookconfigurations"

    def __init__(self, world: World) -> None:
        self._world = world
        self._logged = len(self._log())
        self._before = self._objects()

    def writes(self) -> list[str]:
        """Return what asked for a change, and was no dry run and no question."""
        requests = [
            f"{entry['method']} {entry['path']}"
            for entry in map(json.loads, self._log()[self._logged :])
            if entry["method"] in ("POST", "PUT", "PATCH", "DELETE")
            and "dryRun=All" not in entry["path"]
            and "selfsubjectaccessreviews" not in entry["path"]
        ]
        return requests + sorted(self._before ^ self._objects())

    def _log(self) -> list[str]:
        path = self._world.request_log
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def _objects(self) -> frozenset[str]:
        found = kubectl(self._world, "get", self._KINDS, "--all-namespaces")["items"]
        metadata = [item["metadata"] for item in found]
        # Controllers write statuses whenever they like: those raise no generation.
        return frozenset(
            f"{item['uid']} {item.get('generation', item['resourceVersion'])}" for item in metadata
        )
