# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role verify_nodes on real sshd nodes, all that are not as they should be in one run."""

from __future__ import annotations

import base64
import collections.abc
import contextlib
import http.server
import json
import os
import pathlib
import re
import threading
import time
import typing as t

import pytest

from tests.integration.node_lab import CERTSD, NO_PYTHON, PAGE, Lab, Run
from tests.sandbox import node_files
from tests.sandbox.nodes import NodeSpec, default_specs
from tests.unit.helpers.planted_node import CONFIG

pytestmark = pytest.mark.sandbox

PASSWORD = "pl4nted-Secret"


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


class Odd(t.NamedTuple):
    """A node that is not as the others are: its files, and the variables that it is met with."""

    variables: t.Mapping[str, t.Any] = {}
    files: t.Mapping[str, str] = {}
    python: bool = False
    mode: int = 0o644
    """That of containerd's configuration."""


UNREACHABLE: dict[str, dict[str, t.Any]] = {
    "node_refused": {"ansible_port": 1},
    "node_unknown_host": {"ansible_host": "no-such-host.invalid"},
    "node_authentication": {"ansible_user": "stranger"},
    "node_host_key": {
        "ansible_ssh_common_args": "-F /dev/null -o UserKnownHostsFile=/dev/null"
        " -o StrictHostKeyChecking=yes"
    },
}
# The image, its probe's status and findings.
PROBES: dict[str, tuple[str, list[str]]] = {
    "present": ("pass", []),
    "portal": ("warn", ["probe_wrong_path"]),
}
ANYBODY: dict[str, t.Any] = {"ansible_user": node_files.OPERATOR}
PROBING: dict[str, t.Any] = {"verify_nodes_probe": True}
SLOW = "/usr/local/bin/containerd"


def odd_nodes(registry: str) -> dict[str, Odd]:
    """Return the odd nodes; those that probe ask a registry."""
    fewer = [mirror for mirror in node_files.PAGE_MIRRORS if mirror[0] != "quay.io"]
    mirrored = node_files.certs_d_files([("docker.io", registry)])
    return {
        "broken": Odd(files=node_files.legacy_files(fewer)),
        "required": Odd({"verify_nodes_require_working": "yes"}, python=True),
        "denied": Odd(ANYBODY, python=True, mode=0o600),
        "become": Odd({**ANYBODY, "ansible_become": True}, python=True, mode=0o600),
        "no-become": Odd({**ANYBODY, "ansible_become": True}),
        **{code.replace("_", "-"): Odd(own) for code, own in UNREACHABLE.items()},
        "hangs": Odd({"verify_nodes_timeout": 1}, {SLOW: "#!/bin/sh\nsleep 4321\n"}, python=True),
        "talks": Odd(
            files={"/root/.bashrc": "echo Welcome; echo '@@ begin base64'\n"}, python=True
        ),
        "refuses": Odd(files={"/root/.bashrc": "echo 'Not today.'; exit 3\n"}, python=True),
        **{
            f"probe-{image}-{tool}": Odd(
                {**PROBING, "verify_nodes_probe_image": f"docker.io/library/{image}:1"},
                mirrored,
                tool == "curl",
            )
            for image in PROBES
            for tool in ("curl", "wget")
        },
        "probe-curl": Odd(PROBING, python=True),
        "probe-wget": Odd(PROBING),
    }


@pytest.fixture(scope="module")
def lab(
    fake_registry: str, tmp_path_factory: pytest.TempPathFactory
) -> collections.abc.Iterator[Lab]:
    made = Lab(tmp_path_factory.mktemp("lab"))
    odd = odd_nodes(fake_registry)
    specs = [NodeSpec(name, node.python, "config.toml") for name, node in odd.items()]
    try:
        made.start([*default_specs(), *specs], {name: odd[name].variables for name in odd})
        for name, node in odd.items():
            made.nodes.write(name, node.files)
            (made.nodes.root(name) / CONFIG.lstrip("/")).chmod(node.mode)
        (made.nodes.root("hangs") / SLOW.lstrip("/")).chmod(0o755)
        yield made
    finally:
        made.processes.stop_all()


@pytest.fixture(scope="module")
def plain(lab: Lab) -> Run:
    return lab.verify()


@pytest.fixture(scope="module")
def odd(lab: Lab, fake_registry: str) -> Run:
    return lab.verify(hosts=",".join(odd_nodes(fake_registry)))


def test_every_node_agrees_and_warns(plain: Run) -> None:
    assert set(plain.results) == {PAGE, CERTSD, NO_PYTHON}
    for name, result in plain.results.items():
        assert result["reached"], name
        assert result["verified"], result["findings"]
        assert not result["changed"]
        assert not result["pending"]
        assert "mirrors" not in result


def test_everything_as_data_and_check_mode_answers_too(lab: Lab, plain: Run) -> None:
    run = lab.verify("--check", play="action")
    for name, result in run.results.items():
        assert result["checks"] == plain.results[name]["checks"]
        assert result["findings"] == plain.results[name]["findings"]
        assert len(result["mirrors"]) == len(node_files.PAGE_MIRRORS)
        for mirror in result["mirrors"]:
            assert mirror["literal"]
            assert mirror["configured"] == [mirror["expected"]]
            assert (mirror["working"], mirror["status"]) == (False, "warn")


def test_a_working_mirror_can_be_required(odd: Run) -> None:
    assert not odd.results["required"]["verified"]
    assert odd.check("required", "mirror of quay.io")["status"] == "pass"
    assert odd.check("required", "endpoint of quay.io works")["status"] == "fail"


def test_a_broken_mirror_is_named_and_the_host_lives(odd: Run) -> None:
    failed = [c["name"] for c in odd.results["broken"]["checks"] if c["status"] == "fail"]
    assert failed == ["mirror of quay.io"]
    assert odd.results["broken"]["pending"]
    assert re.search(r"^broken +:.* failed=0", odd.output, re.MULTILINE)


def test_become_reads_what_others_may_not(odd: Run) -> None:
    assert odd.check("denied", "containerd")["status"] == "fail"
    denied = odd.check("denied", "node read")["findings"][0]
    assert (denied["code"], denied["subject"]) == ("node_file_unreadable", CONFIG)
    assert "ansible_become" in denied["fix"]
    assert odd.results["become"]["verified"], odd.results["become"]["findings"]


def test_become_that_is_not_there(odd: Run) -> None:
    assert "sudo" in odd.check("no-become", "node read")["findings"][0]["message"]
    assert not odd.results["no-become"]["reached"]


@pytest.mark.parametrize("code", UNREACHABLE)
def test_out_of_reach_is_a_check(odd: Run, code: str) -> None:
    node = code.replace("_", "-")
    assert odd.codes(node) == {code}
    assert not odd.results[node]["reached"]
    assert re.search(rf"^{node} +:.* unreachable=0", odd.output, re.MULTILINE)


def test_a_node_that_hangs(odd: Run) -> None:
    assert "node_time_limit" in odd.codes("hangs")
    assert not odd.results["hangs"]["verified"]
    assert not _runs("sleep\x004321")


def test_a_login_shell_that_talks(odd: Run) -> None:
    assert odd.results["talks"]["verified"]


def test_a_login_shell_that_refuses(odd: Run) -> None:
    assert odd.codes("refuses") == {"node_no_answer"}
    assert "Not today." in odd.results["refuses"]["findings"][0]["message"]


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


@pytest.mark.parametrize("tool", ["curl", "wget"])
def test_probe_from_the_node(odd: Run, tool: str) -> None:
    probe = odd.check(f"probe-{tool}", "probe of docker.io/library/busybox:latest")
    assert probe["status"] == "warn", probe
    assert probe["findings"][0]["code"] == "probe_no_connection"


@pytest.mark.parametrize("image", PROBES)
def test_probe_judges_the_answer(odd: Run, fake_registry: str, image: str) -> None:
    """With curl on one node, with the wget of busybox on the other."""
    status, codes = PROBES[image]
    for tool in ("curl", "wget"):
        probe = odd.check(f"probe-{image}-{tool}", f"probe of docker.io/library/{image}:1")
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
    report: dict[str, t.Any] = {
        "node_containerd_version": "1.6.99",
        "node_containerd_version_seen": 2**33,
    }
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
