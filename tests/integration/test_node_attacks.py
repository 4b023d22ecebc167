# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What users and pods of a node try against the one who verifies it as root: real processes.

Each is on a real sshd node, beside what a run there finds anyway.
"""

from __future__ import annotations

import collections.abc
import contextlib
import json
import os
import pathlib
import shlex
import subprocess
import time

import pytest

from tests.integration.test_nodes import CERTSD, NO_PYTHON, PAGE, Lab, Run
from tests.integration.witness import witness
from tests.sandbox import node_files
from tests.sandbox.nodes import ssh_command
from tests.unit.helpers.planted_node import CONFIG

pytestmark = pytest.mark.sandbox

MARK = "/tmp/run-by-root"
"""What the witness makes where it is run with arguments such as root's."""

GOOD = node_files.legacy_config(node_files.PAGE_MIRRORS)
BAD = node_files.legacy_config(())
USER = 1000
AS_USER = f"setpriv --reuid {USER} --regid {USER} --clear-groups"
AS_POD = f"{AS_USER} --no-new-privs --bounding-set=-all"
AS_ITS_FIRST = "unshare -pf --kill-child"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> collections.abc.Iterator[Lab]:
    made = Lab(tmp_path_factory.mktemp("lab"))
    try:
        made.start()
        for name in (PAGE, CERTSD, NO_PYTHON):
            plant(made, name, "/tmp/witness", witness(MARK), 0)
        yield made
    finally:
        made.processes.stop_all()


def plant(lab: Lab, node: str, path: str, content: bytes, user: int = USER) -> None:
    target = lab.nodes.root(node) / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    (lab.nodes.root(node) / MARK.lstrip("/")).unlink(missing_ok=True)
    target.write_bytes(content)
    target.chmod(0o755)
    os.chown(target, user, user)


@contextlib.contextmanager
def started(lab: Lab, node: str, script: str) -> collections.abc.Iterator[None]:
    """Run a script on a node, in the background, for as long as the body takes."""
    login = ssh_command(lab.nodes.get(node), lab.nodes)
    process = subprocess.Popen(
        [*shlex.split(login), f"sh -c {shlex.quote(script)} >/dev/null 2>&1 & echo $!; wait"],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    pid = process.stdout.readline().strip()
    time.sleep(1)
    try:
        yield
    finally:
        lab.shell(node, f"'kill -9 -{pid} {pid} $(cat /tmp/pids 2>/dev/null); rm -f /tmp/pids'||:")
        process.kill()
        process.wait()


def marked(lab: Lab, node: str) -> bool:
    return (lab.nodes.root(node) / MARK.lstrip("/")).exists()


def told(run: Run) -> str:
    return run.output + json.dumps(run.results)


# A program at this path makes the text of `ls -l` say that its process is in the pid namespace
# of whoever looks: so did a pod pass for the node.
FORGING = "/pod/x /proc/self/ns/pid -> pid:[1]\n/proc/self/ns/pid -> pid:[1]"

TEST_IMPOSTORS: list[tuple[str, str, str]] = [
    ("a user's copy", "/tmp/containerd", AS_USER),
    ("a user's copy with another name", "/tmp/spectro-containerd", AS_USER),
    (
        "a pod that forges what ls prints",
        f"{FORGING}/containerd",
        f"unshare -pf --kill-child {AS_POD}",
    ),
    ("a pod with the pid namespace of the node", "/pod/containerd", f"unshare -m {AS_POD}"),
    ("a pod of root in the pid namespace", "/pod/spectro-containerd", "unshare -m"),
    ("root's program in a user's folder", "/home/operator/bin/containerd", ""),
]


@pytest.mark.parametrize("config", [GOOD, BAD], ids=["good", "bad"])
@pytest.mark.parametrize(
    ("path", "how"), [row[1:] for row in TEST_IMPOSTORS], ids=[row[0] for row in TEST_IMPOSTORS]
)
def test_nothing_that_a_process_names_is_run(lab: Lab, path: str, how: str, config: str) -> None:
    """And it changes no verdict: a good configuration of his own saves no bad node."""
    plant(lab, PAGE, path, witness(MARK))
    plant(lab, PAGE, "/tmp/good.toml", GOOD.encode())
    command = f"exec {how} {shlex.quote(path)} --config /tmp/good.toml"
    with lab.changed(PAGE, {CONFIG: config}), started(lab, PAGE, command):
        run = lab.verify(hosts=PAGE, verify_nodes_config_dump="always")
    assert not marked(lab, PAGE)
    assert run.results[PAGE]["verified"] == (config == GOOD), run.results[PAGE]["findings"]
    assert run.results[PAGE]["containerd"]["config_path"] == CONFIG


@pytest.fixture
def daemon(lab: Lab) -> collections.abc.Iterator[None]:
    folder = "/run/real"
    command = f"containerd --root {folder}/root --state {folder}/state --address {folder}/sock"
    with started(lab, PAGE, f"exec {command}"):
        yield


@pytest.mark.usefixtures("daemon")
def test_a_false_containerd_beside_the_true_one_saves_nothing(lab: Lab) -> None:
    plant(lab, PAGE, "/tmp/spectro-containerd", witness(MARK))
    plant(lab, PAGE, "/tmp/good.toml", GOOD.encode())
    command = f"exec {AS_USER} /tmp/spectro-containerd --config /tmp/good.toml"
    with lab.changed(PAGE, {CONFIG: BAD}), started(lab, PAGE, command):
        run = lab.verify(hosts=PAGE)
    assert not run.results[PAGE]["verified"]
    assert run.results[PAGE]["containerd"]["flavour"] == "containerd"
    assert run.results[PAGE]["containerd"]["running"]
    counted = [f for f in run.results[PAGE]["findings"] if f["code"] == "containerd_not_counted"]
    assert f"user {USER} owns it" in counted[0]["message"]


@pytest.mark.usefixtures("daemon")
def test_a_program_that_becomes_root_for_a_user_is_no_containerd(lab: Lab) -> None:
    """sudo runs as root with a name and with words that its user chooses."""
    plant(lab, PAGE, "/tmp/good.toml", GOOD.encode())
    link = "ln -sf /usr/bin/sudo /tmp/spectro-containerd"
    # It stays, waiting for the one whom it runs.
    words = "--preserve-env sleep 60 --config /tmp/good.toml"
    command = f"{link}; exec {AS_USER} /tmp/spectro-containerd {words}"
    with lab.changed(PAGE, {CONFIG: BAD}), started(lab, PAGE, command):
        run = lab.verify(hosts=PAGE)
    assert not run.results[PAGE]["verified"]
    assert run.results[PAGE]["containerd"]["config_path"] == CONFIG


SECRET = "s3cret-0f-root"


def importing(pattern: str) -> str:
    """Return the good configuration with another import."""
    assert GOOD.count("/etc/containerd/conf.d/*.toml") == 1
    return GOOD.replace("/etc/containerd/conf.d/*.toml", pattern)


TEST_OTHERS: list[tuple[str, dict[str, str], str, str]] = [
    ("the file", {CONFIG: GOOD}, f"chown {USER} {CONFIG}", CONFIG),
    ("the file, by anybody", {CONFIG: GOOD}, f"chmod 0666 {CONFIG}", CONFIG),
    ("its folder", {CONFIG: GOOD}, "chmod 0777 /etc/containerd", "/etc/containerd"),
    (
        "an imported folder",
        {CONFIG: importing("/srv/drop/*.toml")},
        f"mkdir -p /srv/drop; chown {USER} /srv/drop; ln -sf /etc/root.toml /srv/drop/a.toml",
        "/srv/drop",
    ),
    (
        "an imported file, by a link of root",
        {CONFIG: importing("/etc/containerd/a.toml")},
        f"mkdir -p /srv/drop; chown {USER} /srv/drop; ln -sf /etc/root.toml /srv/drop/a.toml;"
        " ln -sf /srv/drop/a.toml /etc/containerd/a.toml",
        "/srv/drop",
    ),
]


@pytest.mark.parametrize("node", [PAGE, NO_PYTHON])
@pytest.mark.parametrize(
    ("files", "change", "place"),
    [row[1:] for row in TEST_OTHERS],
    ids=[row[0] for row in TEST_OTHERS],
)
def test_a_configuration_that_others_may_write_fails_and_is_not_read(
    lab: Lab, node: str, files: dict[str, str], change: str, place: str
) -> None:
    """Else whoever may write there has root read what he wants, and show it in a report."""
    table = '[plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]'
    mirror = f'{table}\nendpoint = ["{SECRET}"]\n'
    undo = "chown 0 /etc/containerd/config.toml; chmod 0644 /etc/containerd/config.toml;"
    undo += "chmod 0755 /etc/containerd; rm -rf /srv/drop /etc/containerd/a.toml"
    with lab.changed(node, {**files, "/etc/root.toml": mirror}):
        lab.shell(node, shlex.quote(change))
        try:
            run = lab.verify(hosts=node)
        finally:
            lab.shell(node, shlex.quote(undo))
    assert not run.results[node]["verified"]
    others = [f for f in run.results[node]["findings"] if f["code"] == "node_writable_by_others"]
    assert f" {place} " in others[0]["message"]
    assert others[0]["severity"] == "error"
    assert SECRET not in told(run)


def test_a_name_with_a_line_end_is_a_failed_check_in_time(lab: Lab) -> None:
    name = "/etc/containerd/conf.d/a\nb.toml"
    with lab.changed(NO_PYTHON, {CONFIG: GOOD, name: "version = 2\n"}):
        before = time.monotonic()
        run = lab.verify(hosts=NO_PYTHON, verify_nodes_timeout=60)
    assert time.monotonic() - before < 60
    assert not run.results[NO_PYTHON]["verified"]
    assert "node_file_unreadable" in run.codes(NO_PYTHON)
    assert "/etc/containerd/conf.d/a?b.toml" in told(run)


def test_a_dump_is_not_asked_of_a_configuration_that_others_may_write(lab: Lab) -> None:
    """It obeys its configuration, which can name code to load."""
    with lab.changed(PAGE, {CONFIG: GOOD}):
        (lab.nodes.root(PAGE) / CONFIG.lstrip("/")).chmod(0o666)
        run = lab.verify(hosts=PAGE, verify_nodes_config_dump="always")
        (lab.nodes.root(PAGE) / CONFIG.lstrip("/")).chmod(0o644)
        safe = lab.verify(hosts=PAGE, verify_nodes_config_dump="always")
    assert run.results[PAGE]["containerd"]["config_source"] == "files"
    assert safe.results[PAGE]["containerd"]["config_source"] == "dump"


def test_programs_are_not_those_of_the_users_path(lab: Lab) -> None:
    """Not even where the login brings a PATH of its own."""
    tool = b"#!/bin/sh\n: >" + MARK.encode() + b"\n"
    for name in ("stat", "base64", "sed", "containerd"):
        plant(lab, PAGE, f"/home/operator/bin/{name}", tool)
    with lab.changed(PAGE, {"/root/.bashrc": "PATH=/home/operator/bin:$PATH\n"}):
        run = lab.verify(hosts=PAGE)
    assert not marked(lab, PAGE)
    assert run.results[PAGE]["verified"]


# Each is small, and costs a parser hours or gigabytes where nothing stands against it.
TEST_BOMBS: list[tuple[str, str, str]] = [
    ("dotted keys", f"{'a.' * 45_000}a = 1\n", "characters"),
    ("a shorter key", f"{'a.' * 8_000}a = 1\n", "parts"),
    ("a header", f"[{'a.' * 8_000}a]\n", "parts"),
    ("digits", f"version = {'9' * 5_000}\n", "digits"),
    ("hexadecimal digits", f"version = 0x{'f' * 5_000}\n", "digits"),
    ("nested", f"a = {'[' * 3_000}\n", "deep"),
    ("a glob", f'imports = ["{"*a" * 40}/*b.toml"]\nversion = 2\n', ""),
]


@pytest.mark.parametrize(
    ("text", "bound"), [row[1:] for row in TEST_BOMBS], ids=[row[0] for row in TEST_BOMBS]
)
def test_what_is_built_to_cost_is_a_failed_check(lab: Lab, text: str, bound: str) -> None:
    with lab.changed(CERTSD, {CONFIG: text}):
        run = lab.verify(hosts=CERTSD)
    assert not run.results[CERTSD]["verified"]
    failed = [check for check in run.results[CERTSD]["checks"] if check["status"] == "fail"]
    assert bound in json.dumps(failed)


def test_the_witness_tells(lab: Lab) -> None:
    """What the other tests rely on: run as root would run it, it leaves its mark."""
    lab.shell(PAGE, "/tmp/witness --version")
    mark = lab.nodes.root(PAGE) / pathlib.Path(MARK).relative_to("/")
    assert mark.exists()
    mark.unlink()
