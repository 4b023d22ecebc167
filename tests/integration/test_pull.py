# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pulls on nodes whose containerd runs: the registry's access log is the witness.

It is Debian's 1.6; with PULL_CONTAINERD=2.3 one of the nodes runs that release.
"""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import pathlib
import signal
import subprocess
import typing as t

import pytest

from tests.finished import finished
from tests.integration.playbooks import ANSIBLE_PLAYBOOK
from tests.integration.tasks import KEEPING
from tests.sandbox import go_programs, palette
from tests.sandbox.inventory import sandbox_registry
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.node_files import PAGE_MIRRORS, RegistryAccess
from tests.sandbox.world import Options, World

pytestmark = pytest.mark.sandbox

PAGE, CERTSD, NO_PYTHON = "node-page", "node-certsd", "node-nopython"
NGINX, PAUSE = "docker.io/library/nginx:1.25", "registry.k8s.io/pause:3.9"
IMAGES = [NGINX, PAUSE, "ghcr.io/stefanprodan/podinfo:6.5.4", "quay.io/none/there:1"]
PULLED = ("docker.io", "registry.k8s.io", "ghcr.io")
NOTES = "/run/palette-image-registry-pull"
PLAYBOOK = """\
- hosts: palette_clusters
  gather_facts: false
  tasks:
    - palette.image_registry.pull_images_info:
        settings: "{{ palette_registry }}"
        node_path_style: v2_prefix
        kubeconfig: "{{ palette_kubeconfig }}"
        images: "{{ images }}"
      register: verify_cluster_images_result
- ansible.builtin.import_playbook: palette.image_registry.verify_nodes
- hosts: palette_nodes:palette_clusters
  gather_facts: false
  tasks:
    - keep_result:
        content: "{{ (verify_nodes_result | default(verify_cluster_images_result)) | to_json }}"
        dest: "{{ results }}/{{ inventory_hostname }}.json"
"""

LOOK = "- ansible.builtin.import_playbook: palette.image_registry.verify_nodes\n"
HURRIED = """\
- hosts: palette_nodes
  gather_facts: false
  tasks:
    - palette.image_registry.containerd_mirrors_info:
        variables: verify_nodes
        compact: true
        pull_timeout: 3
      register: verify_nodes_result
"""


@dataclasses.dataclass(frozen=True)
class Run:
    """What a run gave: its output, and the results by host."""

    output: str
    results: dict[str, t.Any]

    def checks(self, node: str) -> dict[str, dict[str, t.Any]]:
        """Return the checks of pulls of a node by name."""
        checks = json.loads(self.results[node]["evidence"])
        return {check["name"]: check for check in checks if check["name"].startswith("pull")}

    def codes(self, node: str) -> set[str]:
        return {item["code"] for check in self.checks(node).values() for item in check["findings"]}

    def digest(self, source: str) -> str:
        (found,) = [one for one in self.results["sandbox"]["sources"] if one["source"] == source]
        return str(found["images"][0]["digest"])


class Lab:
    """A world whose nodes pull, and a way to let them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.folder = world.state_dir / "pull"
        self.folder.mkdir()
        (self.folder / "pull.yml").write_text(PLAYBOOK, encoding="utf-8")
        hurried = PLAYBOOK.replace(LOOK, HURRIED)
        assert hurried != PLAYBOOK
        (self.folder / "hurried.yml").write_text(hurried, encoding="utf-8")
        assert world.registry is not None
        found = world.registry
        self.access = RegistryAccess(found.endpoint, found.username, found.password, found.ca)
        mirrors = sandbox_registry(found)["mirrors"]
        self.mirrors = tuple((entry["source"], entry["target"]) for entry in mirrors)
        assert len(self.mirrors) == len(PAGE_MIRRORS)
        for node in world.nodes.all():
            self.configure(node.name)

    def configure(self, name: str) -> None:
        node = self.world.nodes.get(name)
        palette.propagate_to(self.world.nodes, node, self.mirrors, "v2_prefix", self.access)

    def run(self, *options: str, hosts: str = "all", play: str = "pull", **variables: t.Any) -> Run:
        results = self.folder / "results"
        results.mkdir(exist_ok=True)
        for old in results.iterdir():
            old.unlink()
        given = {
            "results": str(results),
            "images": IMAGES,
            "palette_node_path_style": "v2_prefix",
            "verify_nodes_pull": True,
            **variables,
        }
        limit = f"--limit={hosts},sandbox,localhost"
        command = [*self.world.seeing_registry(), str(ANSIBLE_PLAYBOOK), f"{play}.yml", limit]
        environment = {
            **os.environ,
            **self.world.environment(),
            **KEEPING,
            "ANSIBLE_NOCOLOR": "1",
        }
        arguments = ["--extra-vars", json.dumps(given), *options]
        done = finished([*command, *arguments], environment, folder=self.folder)
        assert done.returncode == 0, done.stdout
        return Run(
            done.stdout, {path.stem: json.loads(path.read_bytes()) for path in results.iterdir()}
        )

    def crictl(self, node: str, *words: str) -> str:
        pid = self.world.processes.get(node).child()
        enter = ["nsenter", f"--target={pid}", "--mount", "--pid", "--root", "--wd=/", "--"]
        socket = "unix:///run/containerd/containerd.sock"
        command = ["/usr/local/bin/crictl", "--runtime-endpoint", socket, *words]
        done = subprocess.run(
            [*enter, *command], capture_output=True, text=True, check=False, timeout=60
        )
        return done.stdout

    def images(self, node: str) -> set[str]:
        lines = self.crictl(node, "images", "--no-trunc", "--digests").splitlines()[1:]
        return {" ".join(line.split()[:3]) for line in lines}

    def asked(self, since: int) -> list[str]:
        """Return the requests of containerd since a place of the log."""
        text = self.world.registry_log.read_text(encoding="utf-8")[since:]
        return [line for line in text.splitlines() if '"containerd/' in line]


@pytest.fixture(scope="module", name="lab")
def fixture_lab(plane: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Lab]:
    state: pathlib.Path = tmp_path_factory.mktemp("pull") / "state"
    release = os.environ.get("PULL_CONTAINERD", "")
    if release:
        go_programs.build_containerd(print, release)
    with World(state, Options(pulls=True, containerd=release), plane) as world:
        yield Lab(world)


def pulled(run: Run, node: str, source: str) -> str:
    """Return what a pull that was good tells behind its digest."""
    check = run.checks(node)[f"pull of {source}"]
    assert check["status"] == "pass", check
    digest, _blank, told = check["actual"].partition(" ")
    assert digest == run.digest(source)
    return str(told)


def test_every_node_pulls_of_each_source_and_takes_it_back(lab: Lab) -> None:
    """One tells its requests, one has an image before, and a run on the third was killed."""
    nodes = lab.world.nodes
    debug = 'version = 2\n[debug]\n  level = "debug"\n'
    nodes.write(PAGE, {"/etc/containerd/conf.d/20-debug.toml": debug})
    nodes.restart_containerd(nodes.get(PAGE))
    lab.crictl(CERTSD, "pull", NGINX)
    before = {node: lab.images(node) for node in (PAGE, CERTSD, NO_PYTHON)}
    assert len(before[CERTSD]) == 1
    lab.crictl(NO_PYTHON, "pull", PAUSE)
    root = nodes.root(NO_PYTHON)
    (root / NOTES.lstrip("/")).write_text(f"{PAUSE}\n\n", encoding="utf-8")
    (root / f"{NOTES}.lock".lstrip("/")).symlink_to("1:1")
    start = lab.world.registry_log.stat().st_size
    run = lab.run()
    asked = lab.asked(start)
    for node, images in before.items():
        told = {source: pulled(run, node, source) for source in PULLED}
        if node == PAGE:
            assert told["docker.io"].startswith(f"from https://{lab.access.host}/v2/airgap-images/")
        else:
            assert set(told.values()) == {"that may have come from upstream"}
        assert lab.images(node) == images
        assert (nodes.root(node) / NOTES.lstrip("/")).read_bytes() == b""
        assert not os.path.lexists(nodes.root(node) / f"{NOTES}.lock".lstrip("/"))
    assert run.codes(NO_PYTHON) == {"pull_settled"}
    path = "/v2/airgap-images/docker.io/library/nginx/manifests/"
    heads = [line for line in asked if f"HEAD {path}" in line and '" 200 ' in line]
    assert sum("1.25?ns=docker.io" in line for line in heads) == 2
    # Where the tag is there, it stays what it is: the digest is asked for.
    assert sum(run.digest("docker.io") in line for line in heads) >= 1


def test_what_is_wrong_is_a_failed_check_with_its_cause(lab: Lab) -> None:
    """Another digest than the registry's, an image that is not there, and a pull that runs."""
    zeros = f"sha256:{'0' * 64}"
    missing = "ghcr.io/stefanprodan/podinfo:none"
    choice = [
        {"source": "docker.io", "images": [sample(NGINX, zeros)]},
        {"source": "ghcr.io", "images": [sample(missing, zeros)]},
    ]
    lab.crictl(CERTSD, "rmi", NGINX)
    before = {node: lab.images(node) for node in (PAGE, CERTSD, NO_PYTHON)}
    held = lab.world.nodes.root(PAGE) / NOTES.lstrip("/")
    with held.open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run = lab.run(verify_cluster_images_result={"sources": choice})
    assert run.codes(PAGE) == {"pull_prevented"}
    assert "another pull" in run.checks(PAGE)["pull"]["findings"][0]["message"]
    for node in (CERTSD, NO_PYTHON):
        checks = run.checks(node)
        assert run.codes(node) == {"pull_digest_differs", "pull_failed"}
        assert {check["status"] for check in checks.values()} == {"fail"}
        failed = checks["pull of ghcr.io"]["findings"][0]
        assert missing in failed["message"]
    assert {node: lab.images(node) for node in before} == before


def test_a_pull_ends_in_time(lab: Lab) -> None:
    """The registry does not answer meanwhile."""
    registry = lab.world.processes.get("registry")
    choice = [{"source": "docker.io", "images": [sample(NGINX, f"sha256:{'0' * 64}")]}]
    os.kill(registry.pid, signal.SIGSTOP)
    try:
        run = lab.run(
            hosts=CERTSD,
            verify_cluster_images_result={"sources": choice},
            play="hurried",
        )
    finally:
        os.kill(registry.pid, signal.SIGCONT)
    assert run.codes(CERTSD) == {"pull_timed_out"}
    assert lab.images(CERTSD) == set()


def test_check_mode_pulls_nothing(lab: Lab) -> None:
    start = lab.world.registry_log.stat().st_size
    run = lab.run("--check", hosts=CERTSD)
    assert run.checks(CERTSD)["pull"]["actual"] == "not tried: this is check mode"
    assert lab.asked(start) == []


def sample(image: str, digest: str) -> dict[str, t.Any]:
    return {"image": image, "place": image, "digest": digest, "ids": [], "size": 1000}
