# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role verify_nodes on real sshd nodes."""

from __future__ import annotations

import base64
import collections.abc
import contextlib
import dataclasses
import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
import typing as t

import pytest
import yaml

from tests.sandbox import inventory, node_files
from tests.sandbox.nodes import Nodes, default_specs, ssh_command
from tests.sandbox.paths import COLLECTIONS
from tests.sandbox.processes import ProcessTable
from tests.unit.helpers.planted_node import CONFIG

pytestmark = pytest.mark.sandbox

PAGE, CERTSD, NO_PYTHON = "node-page", "node-certsd", "node-nopython"
PASSWORD = "pl4nted-Secret"
ENVIRONMENT = {
    "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
    "ANSIBLE_SSH_ARGS": "-o ControlMaster=no",  # no connection outlives its run
}
ROLE = """\
    - ansible.builtin.import_role:
        name: palette.image_registry.verify_nodes
"""
# The same, with everything as data.
ACTION = """\
    - palette.image_registry.containerd_mirrors_info:
        variables: verify_nodes
      register: verify_nodes_result
"""
PLAYBOOK = """\
- hosts: palette_nodes
  gather_facts: false
  tasks:
{look}
    - ansible.builtin.copy:
        content: "{{{{ verify_nodes_result | to_json }}}}"
        dest: "{{{{ evidence }}}}/{{{{ inventory_hostname }}}}.json"
        mode: "0600"
      check_mode: false
      diff: false
      become: false
      delegate_to: localhost
"""


@dataclasses.dataclass(frozen=True)
class Run:
    """What a run of the role gave: its output, and the result of each node."""

    output: str
    results: dict[str, dict[str, t.Any]]

    def check(self, node: str, name: str) -> dict[str, t.Any]:
        checks = self.results[node]["checks"]
        return next(check for check in checks if check["name"] == name)

    def statuses(self, node: str) -> dict[str, str]:
        return {check["name"]: check["status"] for check in self.results[node]["checks"]}

    def codes(self, node: str) -> set[str]:
        return {finding["code"] for finding in self.results[node]["findings"]}


def _unpack(result: dict[str, t.Any]) -> None:
    """Put checks and findings into a compact result as the full one has them."""
    if "evidence" in result:
        result["checks"] = json.loads(result["evidence"])
        result["findings"] = [found for check in result["checks"] for found in check["findings"]]


class Lab:
    """Three nodes, and a way to run the role on them."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.processes = ProcessTable(folder / "processes.json", folder / "logs")
        self.nodes = Nodes(folder / "nodes", self.processes)

    def start(self) -> None:
        started = self.nodes.start(default_specs())
        content = inventory.inventory({}, started, self.nodes)
        inventory.write(self.folder / "inventory.yml", content)
        for name, look in (("role", ROLE), ("action", ACTION)):
            play = PLAYBOOK.format(look=look)
            (self.folder / f"{name}.yml").write_text(play, encoding="utf-8")

    def verify(
        self, *options: str, hosts: str = "all", play: str = "role", **variables: t.Any
    ) -> Run:
        evidence = self.folder / "evidence"
        evidence.mkdir(exist_ok=True)
        for old in evidence.iterdir():
            old.unlink()
        (self.folder / "vars.yml").write_text(
            yaml.safe_dump({**variables, "evidence": str(evidence)}), encoding="utf-8"
        )
        program = str(pathlib.Path(sys.executable).with_name("ansible-playbook"))
        command = [
            program,
            "-i",
            "inventory.yml",
            "-e",
            "@vars.yml",
            "--limit",
            f"{hosts},localhost",
        ]
        done = subprocess.run(
            [*command, f"{play}.yml", *options],
            cwd=self.folder,
            env={**os.environ, **ENVIRONMENT},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        output = done.stdout + done.stderr
        assert done.returncode == 0, output
        results = {path.stem: json.loads(path.read_bytes()) for path in evidence.iterdir()}
        for result in results.values():
            _unpack(result)
        return Run(output, results)

    def shell(self, name: str, command: str) -> None:
        login = ssh_command(self.nodes.get(name), self.nodes)
        subprocess.run(f"{login} {command}", shell=True, check=True, timeout=30)

    @contextlib.contextmanager
    def changed(self, name: str, files: t.Mapping[str, str]) -> t.Iterator[pathlib.Path]:
        """Write files on a node for a while."""
        root = self.nodes.root(name)
        paths = [root / path.lstrip("/") for path in files]
        before = [path.read_bytes() if path.exists() else None for path in paths]
        self.nodes.write(name, files)
        try:
            yield root
        finally:
            for path, content in zip(paths, before, strict=True):
                if content is None:
                    path.unlink()
                else:
                    path.write_bytes(content)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> collections.abc.Iterator[Lab]:
    made = Lab(tmp_path_factory.mktemp("lab"))
    try:
        made.start()
        yield made
    finally:
        made.processes.stop_all()


@pytest.fixture(scope="module")
def plain(lab: Lab) -> Run:
    return lab.verify()


def test_every_node_agrees_and_warns(plain: Run) -> None:
    assert set(plain.results) == {PAGE, CERTSD, NO_PYTHON}
    for name, result in plain.results.items():
        assert result["reached"], name
        assert result["verified"], result["findings"]
        assert not result["changed"]
        assert not result["pending"]
        assert "mirrors" not in result


def test_everything_as_data(lab: Lab, plain: Run) -> None:
    run = lab.verify(play="action")
    for name, result in run.results.items():
        assert result["checks"] == plain.results[name]["checks"]
        assert result["findings"] == plain.results[name]["findings"]
        assert len(result["mirrors"]) == len(node_files.PAGE_MIRRORS)
        for mirror in result["mirrors"]:
            assert mirror["literal"]
            assert mirror["configured"] == [mirror["expected"]]
            assert (mirror["working"], mirror["status"]) == (False, "warn")


def test_a_working_mirror_can_be_required(lab: Lab) -> None:
    run = lab.verify(hosts=PAGE, verify_nodes_require_working="yes")
    assert not run.results[PAGE]["verified"]
    assert run.check(PAGE, "mirror of quay.io")["status"] == "pass"
    assert run.check(PAGE, "endpoint of quay.io works")["status"] == "fail"


def test_check_mode_answers_too(lab: Lab, plain: Run) -> None:
    run = lab.verify("--check", hosts=NO_PYTHON)
    assert run.results[NO_PYTHON]["checks"] == plain.results[NO_PYTHON]["checks"]


def test_a_broken_mirror_is_named_and_the_host_lives(lab: Lab) -> None:
    mirrors = [
        (source, target) for source, target in node_files.PAGE_MIRRORS if source != "quay.io"
    ]
    with lab.changed(NO_PYTHON, node_files.legacy_files(mirrors)):
        run = lab.verify(hosts=NO_PYTHON)
    failed = [c["name"] for c in run.results[NO_PYTHON]["checks"] if c["status"] == "fail"]
    assert failed == ["mirror of quay.io"]
    assert run.results[NO_PYTHON]["pending"]
    assert "failed=0" in run.output


def test_become_reads_what_others_may_not(lab: Lab) -> None:
    config = lab.nodes.root(PAGE) / CONFIG.lstrip("/")
    config.chmod(0o600)
    try:
        without = lab.verify(hosts=PAGE, ansible_user=node_files.OPERATOR)
        become = lab.verify(hosts=PAGE, ansible_user=node_files.OPERATOR, ansible_become=True)
    finally:
        config.chmod(0o644)
    assert without.check(PAGE, "containerd")["status"] == "fail"
    denied = without.check(PAGE, "node read")["findings"][0]
    assert (denied["code"], denied["subject"]) == ("node_file_unreadable", CONFIG)
    assert "ansible_become" in denied["fix"]
    assert become.results[PAGE]["verified"], become.results[PAGE]["findings"]


def test_become_that_is_not_there(lab: Lab) -> None:
    run = lab.verify(hosts=NO_PYTHON, ansible_user=node_files.OPERATOR, ansible_become=True)
    assert "sudo" in run.check(NO_PYTHON, "node read")["findings"][0]["message"]
    assert not run.results[NO_PYTHON]["reached"]


TEST_UNREACHABLE: list[tuple[dict[str, t.Any], str]] = [
    ({"ansible_port": 1}, "node_refused"),
    ({"ansible_host": "no-such-host.invalid"}, "node_unknown_host"),
    ({"ansible_user": "stranger"}, "node_authentication"),
    (
        {"ansible_ssh_common_args": "-F /dev/null -o UserKnownHostsFile=/dev/null"
         " -o StrictHostKeyChecking=yes"},
        "node_host_key",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("variables", "code"), TEST_UNREACHABLE, ids=[r[1] for r in TEST_UNREACHABLE]
)
def test_out_of_reach_is_a_check(lab: Lab, variables: dict[str, t.Any], code: str) -> None:
    run = lab.verify(hosts=NO_PYTHON, **variables)
    assert run.codes(NO_PYTHON) == {code}
    assert not run.results[NO_PYTHON]["reached"]
    assert "unreachable=0" in run.output


def test_a_node_that_hangs(lab: Lab) -> None:
    slow = "#!/bin/sh\nsleep 4321\n"
    with lab.changed(PAGE, {"/usr/local/bin/containerd": slow}) as root:
        (root / "usr/local/bin/containerd").chmod(0o755)
        run = lab.verify(hosts=PAGE, verify_nodes_timeout=1)
    assert "node_time_limit" in run.codes(PAGE)
    assert not run.results[PAGE]["verified"]
    assert not _runs("sleep\x004321")


def test_a_login_shell_that_talks(lab: Lab) -> None:
    with lab.changed(PAGE, {"/root/.bashrc": "echo Welcome; echo '@@ begin base64'\n"}):
        run = lab.verify(hosts=PAGE)
    assert run.results[PAGE]["verified"]


def test_a_login_shell_that_refuses(lab: Lab) -> None:
    with lab.changed(PAGE, {"/root/.bashrc": "echo 'Not today.'; exit 3\n"}):
        run = lab.verify(hosts=PAGE)
    assert run.codes(PAGE) == {"node_no_answer"}
    assert "Not today." in run.results[PAGE]["findings"][0]["message"]


def test_no_credential_in_any_output(lab: Lab) -> None:
    config = (
        node_files.legacy_config(node_files.PAGE_MIRRORS)
        + '[plugins."io.containerd.grpc.v1.cri".registry.configs."harbor.example.org".auth]\n'
        + f'  username = "robot"\n  password = "{PASSWORD}"\n'
    )
    with lab.changed(NO_PYTHON, {CONFIG: config}):
        run = lab.verify("-vvv", "--diff", hosts=NO_PYTHON)
    assert run.results[NO_PYTHON]["verified"]
    told = run.output + json.dumps(run.results)
    assert PASSWORD not in told
    for shift in range(3):
        encoded = base64.b64encode(b"x" * shift + PASSWORD.encode()).decode()
        assert encoded[4:-4] not in told


def test_probe_from_the_node(lab: Lab) -> None:
    run = lab.verify(verify_nodes_probe=True)
    for name in (PAGE, CERTSD, NO_PYTHON):
        probe = run.check(name, "probe of docker.io/library/busybox:latest")
        assert probe["status"] == "warn", probe
        assert probe["findings"][0]["code"] == "probe_no_connection"


class _FakeRegistry(http.server.BaseHTTPRequestHandler):
    """Answers by the image's name: what registries, and things that are none, say."""

    answers: t.ClassVar[dict[str, tuple[int, str]]] = {
        "present": (200, "application/vnd.oci.image.index.v1+json"),
        "portal": (200, "text/html"),
    }

    def do_HEAD(self) -> None:
        status, content_type = self.answers[self.path.split("/")[-3]]
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD

    def log_message(self, *_arguments: t.Any) -> None:
        """Be quiet."""


@pytest.fixture(scope="module")
def fake_registry() -> collections.abc.Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _FakeRegistry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v2/proxy"
    server.shutdown()
    server.server_close()


TEST_PROBES = [
    ("present", "pass", []),
    ("portal", "warn", ["probe_wrong_path"]),
]


@pytest.mark.parametrize(("image", "status", "codes"), TEST_PROBES)
def test_probe_judges_the_answer(
    lab: Lab, fake_registry: str, image: str, status: str, codes: list[str]
) -> None:
    """With curl on one node, with the wget of busybox on the other."""
    files = node_files.certs_d_files([("docker.io", fake_registry)])
    name = f"docker.io/library/{image}:1"
    with lab.changed(CERTSD, files), lab.changed(NO_PYTHON, files):
        run = lab.verify(
            hosts=f"{CERTSD},{NO_PYTHON}", verify_nodes_probe=True, verify_nodes_probe_image=name
        )
    for node in (CERTSD, NO_PYTHON):
        probe = run.check(node, f"probe of {name}")
        assert probe["status"] == status, probe
        assert probe["expected"].startswith(f"{fake_registry}/library/{image}/manifests/1")
        assert [finding["code"] for finding in probe["findings"]] == codes


def test_a_running_containerd(lab: Lab) -> None:
    """A real daemon: its version, its dump only where it is needed, and the restart to come."""
    folder = "/tmp/containerd"
    command = f"containerd --root {folder}/root --state {folder}/state --address {folder}/sock"
    lab.shell(PAGE, f"'(setsid {command} >/tmp/log 2>&1 </dev/null &)'")
    time.sleep(1)
    old = time.time() - 3600
    config = lab.nodes.root(PAGE) / CONFIG.lstrip("/")
    os.utime(config, (old, old))
    before = lab.verify(hosts=PAGE)
    dumped = lab.verify(hosts=PAGE, verify_nodes_config_dump="always")
    report = {"node_containerd_version": "1.6.99", "node_containerd_version_seen": 2**33}
    known = lab.verify(hosts=PAGE, **report)
    os.utime(config, (time.time() + 60, time.time() + 60))
    after = lab.verify(hosts=PAGE)
    containerd = before.results[PAGE]["containerd"]
    assert containerd["running"], (lab.nodes.root(PAGE) / "tmp/log").read_text(encoding="utf-8")
    assert containerd["version"].startswith("1.6.")
    assert (containerd["version_source"], containerd["config_source"]) == ("program", "files")
    assert before.results[PAGE]["verified"]
    assert dumped.results[PAGE]["containerd"] == {**containerd, "config_source": "dump"}
    assert dumped.statuses(PAGE) == before.statuses(PAGE)
    assert known.results[PAGE]["containerd"]["version"] == "1.6.99"
    assert "restart_pending" in after.codes(PAGE) - before.codes(PAGE)
    assert after.results[PAGE]["containerd"]["config_source"] == "dump"


def _runs(words: str) -> bool:
    for folder in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if words.encode() in (folder / "cmdline").read_bytes():
                return True
    return False
