# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole way on a real cluster: playbook, webhook, kubelet, containerd, registry.

What the collection says a node will request is held against the registry's access log.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import time
import typing as t

import pytest

from tests.finished import finished
from tests.integration.playbooks import (
    ANSIBLE_PLAYBOOK,
    helm,
    kubectl,
    kubectl_delete,
    run_playbook,
)
from tests.integration.sandbox_commands import mounts_of, processes_of
from tests.integration.tasks import KEEPING
from tests.sandbox import palette
from tests.sandbox.cgroups import ControlGroups
from tests.sandbox.kubernetes.client import RequestFailed
from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.node_files import PAGE_MIRRORS
from tests.sandbox.paths import TOOLS
from tests.sandbox.pod_images import SOURCES
from tests.sandbox.real_node import NAME
from tests.sandbox.world import Options, World

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(
        os.environ.get("SANDBOX_REAL") == "0", reason="SANDBOX_REAL=0: no pod of a real cluster"
    ),
]

WAIT_SECONDS = 90.0
PULLS = "image-registry-pull-left"
JET = ("--namespace=jet-system",)
SELECTED = {"k8s.twr.io/imageswap": "enabled"}
# What the collection predicts for a node, in a file on this side.
PREDICT = """\
- name: Ask what the nodes will request
  ansible.builtin.import_playbook: palette.image_registry.verify_nodes
- hosts: palette_nodes
  gather_facts: false
  tasks:
    - keep_result:
        content: "{{ verify_nodes_result | to_json }}"
        dest: "{{ predictions }}"
"""


@dataclasses.dataclass(frozen=True)
class Request:
    """A line of the registry's access log."""

    url: str
    status: int
    line: str

    @property
    def base(self) -> str:
        """The repository that was asked and the query: the same for tags, digests and blobs."""
        path, mark, query = self.url.partition("?")
        return re.sub(r"/(manifests|blobs)/[^/]+$", "", path) + mark + query


class Log:
    """What containerd has asked the registry for since this was made."""

    _LINE = re.compile(r'"(?:HEAD|GET) (\S+) HTTP/1\.1" (\d+) .*"containerd/')

    def __init__(self, world: World) -> None:
        self._path = world.registry_log
        self._start = self._path.stat().st_size

    def requests(self) -> list[Request]:
        """Return all of it but the first of each, which has no password yet."""
        with self._path.open(encoding="utf-8") as handle:
            handle.seek(self._start)
            found = [(line, self._LINE.search(line)) for line in handle]
        requests = [
            Request(f"https://harbor.example.org{match[1]}", int(match[2]), line.strip())
            for line, match in found
            if match
        ]
        return [request for request in requests if request.status != 401]

    def statuses(self, urls: t.Iterable[str]) -> dict[str, int | None]:
        """Return how each of these was answered, None where nobody asked for it."""
        answers = {request.url: request.status for request in self.requests()}
        return {url: answers.get(url) for url in urls}

    def show(self, urls: t.Iterable[str]) -> None:
        """Print the lines that show these."""
        lines = {request.url: request.line for request in self.requests()}
        for url in urls:
            print(lines.get(url, f"not asked: {url}"))

    def assert_all_predicted(self, predicted: t.Mapping[str, list[str]]) -> None:
        """Hold each request against the predictions: none that was not foretold."""
        foretold = {Request(url, 0, "").base for urls in predicted.values() for url in urls}
        assert {request.base for request in self.requests()} <= foretold


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[World]:
    """One cluster with one real node for all."""
    state = tmp_path_factory.mktemp("real") / "state"
    with World(state, Options(real=True, with_nodes=False)) as started:
        groups = ControlGroups(state).folders().values()
        assert all(folder.is_dir() for folder in groups)
        yield started
    assert processes_of(state) == []
    assert mounts_of(state) == []
    assert not any(folder.exists() for folder in groups)


@pytest.fixture(scope="module", params=["3", "4"])
def major(world: World, request: pytest.FixtureRequest) -> t.Iterator[str]:
    """Return a major version of Helm; what was done with it is undone at the end."""
    yield request.param
    kubectl_delete(world, "secret/registry-info", "--namespace=jet-system")
    helm(world, "uninstall", "image-swap")
    for leftover in ("mutatingwebhookconfiguration/imageswap-webhook", "ns/imageswap-system"):
        kubectl_delete(world, leftover)


def override(world: World, major: str, path_style: str) -> int:
    """Override the registry, do Palette's part on the node, and return what the playbook changed.

    Palette copies the Secret as it is: how mirrors are written there is for the playbook to say.
    """
    variables = {
        "palette_helm_binary": str(TOOLS / f"helm-v{major}" / "helm"),
        "palette_image_swap_wait": True,
        "palette_node_path_style": path_style,
    }
    run = run_playbook(world, "override", "--limit=sandbox", variables=variables)
    assert run.code == 0, run.output
    wanted = palette.read_secret(world.tools / "kubectl", world.kubeconfig)
    assert wanted is not None
    node = world.nodes.get(NAME)
    palette.propagate_to(world.nodes, node, (), access=wanted.access)  # from nothing
    assert palette.propagate_to(world.nodes, node, wanted.mirrors, access=wanted.access)
    return run.changed()


def predict(world: World, path_style: str, images: t.Iterable[str]) -> Object:
    """Return what verify_nodes says of the node and of images."""
    playbook, answer = world.state_dir / "predict.yml", world.state_dir / "predictions.json"
    playbook.write_text(PREDICT, encoding="utf-8")
    variables = {
        "predictions": str(answer),
        "palette_node_path_style": path_style,
        "verify_nodes_images": sorted(images),
    }
    arguments = ["--extra-vars", json.dumps(variables)]
    environment = {
        **os.environ,
        **world.environment(),
        **KEEPING,
        "ANSIBLE_HOME": str(world.state_dir),
    }
    done = finished([ANSIBLE_PLAYBOOK, playbook, *arguments], environment)
    assert done.returncode == 0, done.stdout
    result = json.loads(answer.read_text(encoding="utf-8"))
    return {**result, "checks": json.loads(result["evidence"])}


def verdicts(result: Object) -> dict[str, tuple[str, str]]:
    """Return what was said of each source: is the endpoint the wanted one, and does it work."""
    checks = {check["name"]: check["status"] for check in result["checks"]}
    return {
        source: (checks[f"mirror of {source}"], checks[f"endpoint of {source} works"])
        for source in SOURCES
    }


class Pods:
    """A pod of each source in one namespace."""

    def __init__(self, world: World, namespace: str, labels: t.Mapping[str, str]) -> None:
        self._world = world
        self._namespace = namespace
        self._path = f"/api/v1/namespaces/{namespace}/pods"
        client = world.api.client
        metadata = {"name": namespace, "labels": dict(labels)}
        client.request("POST", "/api/v1/namespaces", {"metadata": metadata})
        deadline = time.monotonic() + WAIT_SECONDS
        for source, image in SOURCES.items():
            self._create(pod(source, image), deadline)

    def _create(self, manifest: Object, deadline: float) -> None:
        while True:  # until a controller has made the namespace's ServiceAccount
            try:
                self._world.api.client.request("POST", self._path, manifest)
                return
            except RequestFailed as error:
                if "serviceaccount" not in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(0.1)

    def images(self) -> dict[str, str]:
        """Return the image of each source's pod, as it is in the cluster."""
        return {
            item["metadata"]["name"]: item["spec"]["containers"][0]["image"]
            for item in self._items()
        }

    def wait_for(self, state: str) -> None:
        """Wait until all pods have come to a state, see `state_of`."""
        deadline = time.monotonic() + WAIT_SECONDS
        while (states := {state_of(item) for item in self._items()}) != {state}:
            assert time.monotonic() < deadline, (self._namespace, states, self.events())
            time.sleep(0.3)

    def events(self) -> list[str]:
        """Return what happened to the pods."""
        found = kubectl(self._world, "get", "events", f"--namespace={self._namespace}")["items"]
        return [str(item.get("message")) for item in found]

    def delete(self) -> None:
        """Let them go; nobody waits for that."""
        self._world.api.client.request("DELETE", f"/api/v1/namespaces/{self._namespace}")

    def _items(self) -> list[Object]:
        return t.cast("list[Object]", self._world.api.client.get(self._path)["items"])


def pod(name: str, image: str) -> Object:
    """Return a pod that pulls its image, whether or not the node has it."""
    container = {"name": "it", "image": image, "imagePullPolicy": "Always"}
    spec = {
        "containers": [container],
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def state_of(item: Object) -> str:
    """Return `Running`, `not pulled`, or what else its container says."""
    for status in item["status"].get("containerStatuses") or []:
        state: tuple[str, Object] = next(iter(status["state"].items()), ("", {}))
        if state[0] == "running":
            return "Running"
        reason = str(state[1].get("reason", state[0]))
        return "not pulled" if reason in ("ErrImagePull", "ImagePullBackOff") else reason
    return str(item["status"].get("phase"))


@contextlib.contextmanager
def pods_of_both_ways(world: World, name: str) -> t.Iterator[tuple[Pods, Pods]]:
    """Yield pods that the webhook swaps, and pods that the node's mirrors alone serve."""
    both = Pods(world, f"{name}-selected", SELECTED), Pods(world, f"{name}-other", {})
    yield both
    for pods in both:
        pods.delete()


def swapped(image: str) -> str:
    """Return what the documentation's example makes of an image."""
    host, _slash, rest = image.partition("/")
    return f"{dict(PAGE_MIRRORS)[host]}/{rest}"


IMAGES = [*SOURCES.values(), *map(swapped, SOURCES.values())]


def test_pods_of_each_source_start_both_ways(world: World, major: str) -> None:
    assert override(world, major, "v2_prefix") == 2  # release and Secret
    result = predict(world, "v2_prefix", IMAGES)
    assert verdicts(result) == {source: ("pass", "pass") for source in SOURCES}
    log = Log(world)
    with pods_of_both_ways(world, f"v2-prefix-{major}") as (selected, other):
        selected.wait_for("Running")
        other.wait_for("Running")
        assert selected.images() == {name: swapped(image) for name, image in SOURCES.items()}
        assert other.images() == SOURCES
    first = [result["images"][image][0] for image in IMAGES]
    log.show(first)
    assert log.statuses(first) == dict.fromkeys(first, 200)
    assert [url for url in first if "?ns=" in url] == first[: len(SOURCES)]
    log.assert_all_predicted(result["images"])
    if major == "4":  # Helm has no part in it
        pulls(world)


def pulls(world: World) -> None:
    """Let a pod and the node pull, and hold what they tell against registry and cluster."""
    kubectl(world, "create", "job", PULLS, "--image=busybox", "--namespace=jet-system")
    kubectl(world, "label", f"job/{PULLS}", "app.kubernetes.io/name=image-registry-pull", *JET)
    log = Log(world)
    variables = {
        "verify_cluster_pull": True,
        "verify_nodes_pull": True,
        "palette_images": sorted(SOURCES.values()),
        "palette_report_dir": str(world.state_dir / "reports"),
    }
    run = run_playbook(world, "verify", variables=variables, before=world.seeing_registry())
    assert run.code == 0, run.output
    (report,) = (world.state_dir / "reports").glob("verify-*.json")
    hosts = json.loads(report.read_text(encoding="utf-8"))["hosts"]
    report.unlink()
    checks = {check["name"]: check for checks in map(checks_in, hosts) for check in checks}
    paths = {request.url.partition("?")[0] for request in log.requests() if request.status == 200}
    for source in SOURCES:
        on_node, in_pod = checks[f"pull of {source}"], checks[f"pod pulls from {source}"]
        assert (on_node["status"], in_pod["status"]) == ("pass", "pass"), (on_node, in_pod)
        digest, _as, place = in_pod["expected"].partition(" as ")
        assert on_node["actual"].startswith(digest)
        assert in_pod["actual"] == f"{digest} as {place} on node {NAME}"
        repository, _colon, tag = place.removeprefix("harbor.example.org/").rpartition(":")
        assert f"https://harbor.example.org/v2/{repository}/manifests/{tag}" in paths
    assert kubectl(world, "get", "jobs", *JET)["items"] == []


def checks_in(host: Object) -> list[Object]:
    """Return the checks of a host of a report."""
    return t.cast("list[Object]", host["checks"])


def test_verbatim_mirrors_fail_as_predicted(world: World, major: str) -> None:
    assert override(world, major, "verbatim") == 1  # the webhook's map does not change by it
    result = predict(world, "verbatim", IMAGES)
    assert verdicts(result) == {source: ("pass", "warn") for source in SOURCES}
    log = Log(world)
    with pods_of_both_ways(world, f"verbatim-{major}") as (selected, other):
        other.wait_for("not pulled")
        selected.wait_for("Running")  # the webhook needs no mirror
    first = [result["images"][image][0] for image in SOURCES.values()]
    log.show(first)
    assert log.statuses(first) == dict.fromkeys(first, 404)
    log.assert_all_predicted(result["images"])
