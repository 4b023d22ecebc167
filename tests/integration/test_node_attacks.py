# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What users and pods of a node try against the one who verifies it as root: real processes.

Each attack has a real sshd node of its own. All are verified in one run, side by side, as the
nodes of a fleet are; those of whose daemon a dump is asked in another one.
"""

from __future__ import annotations

import collections.abc
import json
import os
import shlex
import time
import typing as t

import pytest

from tests.integration.node_lab import Lab, Run
from tests.integration.witness import witness
from tests.sandbox import node_files
from tests.sandbox.nodes import NodeSpec
from tests.unit.helpers.planted_node import CONFIG

pytestmark = pytest.mark.sandbox

MARK = "/tmp/run-by-root"
"""What the witness makes where it is run with arguments such as root's."""

GOOD = node_files.legacy_config(node_files.PAGE_MIRRORS)
BAD = node_files.legacy_config(())
USER = 1000
AS_USER = f"setpriv --reuid {USER} --regid {USER} --clear-groups"
AS_POD = f"{AS_USER} --no-new-privs --bounding-set=-all"
HIS_CONFIG = "/tmp/good.toml"
"""A good configuration of his own, which must save no bad node."""
SECRET = "s3cret-0f-root"
_START_SECONDS = 20.0


class Attack(t.NamedTuple):
    """A node that somebody attacks."""

    config: str = GOOD
    files: t.Mapping[str, str] = {}
    """Of root, beside the configuration."""
    planted: t.Mapping[str, bytes] = {}
    """Programs and files of the user."""
    change: str = ""
    """What root runs before anybody looks."""
    runs: t.Sequence[str] = ()
    """What runs while the node is verified."""
    python: bool = True
    dump: bool = False
    """Whether the run asks for a dump always."""


# A program at this path makes the text of `ls -l` say that its process is in the pid namespace
# of whoever looks: so did a pod pass for the node.
FORGING = "/pod/x /proc/self/ns/pid -> pid:[1]\n/proc/self/ns/pid -> pid:[1]"

IMPOSTORS: dict[str, tuple[str, str]] = {
    "a user's copy": ("/tmp/containerd", AS_USER),
    "a user's copy with another name": ("/tmp/spectro-containerd", AS_USER),
    "a pod that forges what ls prints": (
        f"{FORGING}/containerd",
        f"unshare -pf --kill-child {AS_POD}",
    ),
    "a pod with the pid namespace of the node": ("/pod/containerd", f"unshare -m {AS_POD}"),
    "a pod of root in the pid namespace": ("/pod/spectro-containerd", "unshare -m"),
    "root's program in a user's folder": ("/home/operator/bin/containerd", ""),
}


def impostor(path: str, how: str, config: str) -> Attack:
    planted = {path: witness(MARK), HIS_CONFIG: GOOD.encode()}
    runs = [f"exec {how} {shlex.quote(path)} --config {HIS_CONFIG}"]
    return Attack(config, planted=planted, runs=runs, dump=True)


DAEMON = "exec containerd --root /run/real/root --state /run/real/state --address /run/real/sock"
BESIDE_THE_TRUE_ONE = {
    "a false containerd": Attack(
        BAD,
        planted={"/tmp/spectro-containerd": witness(MARK), HIS_CONFIG: GOOD.encode()},
        runs=[DAEMON, f"exec {AS_USER} /tmp/spectro-containerd --config {HIS_CONFIG}"],
    ),
    # sudo runs as root with a name and with words that its user chooses. It stays, waiting for the
    # one whom it runs.
    "a program that becomes root for a user": Attack(
        BAD,
        planted={HIS_CONFIG: GOOD.encode()},
        change="ln -sf /usr/bin/sudo /tmp/spectro-containerd",
        runs=[
            DAEMON,
            f"exec {AS_USER} /tmp/spectro-containerd sh -c 'sleep 600' --config {HIS_CONFIG}",
        ],
    ),
}


def importing(pattern: str) -> str:
    """Return the good configuration with another import."""
    assert GOOD.count("/etc/containerd/conf.d/*.toml") == 1
    return GOOD.replace("/etc/containerd/conf.d/*.toml", pattern)


DROP = f"mkdir -p /srv/drop; chown {USER} /srv/drop; ln -sf /etc/root.toml /srv/drop/a.toml"
# The configuration, what makes it another's, and the place that is named.
OTHERS: dict[str, tuple[str, str, str]] = {
    "the file": (GOOD, f"chown {USER} {CONFIG}", CONFIG),
    "the file, by anybody": (GOOD, f"chmod 0666 {CONFIG}", CONFIG),
    "its folder": (GOOD, "chmod 0777 /etc/containerd", "/etc/containerd"),
    "an imported folder": (importing("/srv/drop/*.toml"), DROP, "/srv/drop"),
    "an imported file, by a link of root": (
        importing("/etc/containerd/a.toml"),
        f"{DROP}; ln -sf /srv/drop/a.toml /etc/containerd/a.toml",
        "/srv/drop",
    ),
}


def of_others(config: str, change: str, python: bool) -> Attack:
    table = '[plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]'
    mirror = f'{table}\nendpoint = ["{SECRET}"]\n'
    return Attack(config, {"/etc/root.toml": mirror}, change=change, python=python)


# Each is small, and costs a parser hours or gigabytes where nothing stands against it.
BOMBS: dict[str, tuple[str, str]] = {
    "dotted keys": (f"{'a.' * 45_000}a = 1\n", "characters"),
    "a shorter key": (f"{'a.' * 8_000}a = 1\n", "parts"),
    "a header": (f"[{'a.' * 8_000}a]\n", "parts"),
    "digits": (f"version = {'9' * 5_000}\n", "digits"),
    "hexadecimal digits": (f"version = 0x{'f' * 5_000}\n", "digits"),
    "nested": (f"a = {'[' * 3_000}\n", "deep"),
    "a glob": (f'imports = ["{"*a" * 40}/*b.toml"]\nversion = 2\n', ""),
}

TOOL = b"#!/bin/sh\n: >" + MARK.encode() + b"\n"
ATTACKS: dict[str, Attack] = {
    **{
        f"{name}, {kind}": impostor(*how, config)
        for name, how in IMPOSTORS.items()
        for kind, config in (("good", GOOD), ("bad", BAD))
    },
    **BESIDE_THE_TRUE_ONE,
    **{
        f"{name}, {kind}": of_others(config, change, python)
        for name, (config, change, _place) in OTHERS.items()
        for kind, python in (("python", True), ("none", False))
    },
    "a dump of what others may write": Attack(change=f"chmod 0666 {CONFIG}", dump=True),
    "a dump": Attack(dump=True),
    "a line end": Attack(files={"/etc/containerd/conf.d/a\nb.toml": "version = 2\n"}, python=False),
    "programs": Attack(
        files={"/root/.bashrc": "PATH=/home/operator/bin:$PATH\n"},
        planted={
            f"/home/operator/bin/{name}": TOOL for name in ("stat", "base64", "sed", "containerd")
        },
    ),
    **{name: Attack(config) for name, (config, _bound) in BOMBS.items()},
    "the witness": Attack(planted={"/tmp/witness": witness(MARK)}),
}
NODES = {name: f"attack-{number:02}" for number, name in enumerate(ATTACKS)}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> collections.abc.Iterator[Lab]:
    made = Lab(tmp_path_factory.mktemp("lab"))
    try:
        made.start(
            [NodeSpec(NODES[name], each.python, "config.toml") for name, each in ATTACKS.items()]
        )
        for name, attack in ATTACKS.items():
            begin(made, NODES[name], attack)
        for name, attack in ATTACKS.items():
            wait_for(made, NODES[name], attack)
        yield made
    finally:
        made.processes.stop_all()


def begin(lab: Lab, node: str, attack: Attack) -> None:
    """Put a node into the state of an attack, which goes on until the node ends."""
    lab.nodes.write(node, {CONFIG: attack.config, **attack.files})
    for path, content in attack.planted.items():
        target = lab.nodes.root(node) / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod(0o755)
        os.chown(target, USER, USER)
    starts = [
        f"(setsid sh -c {shlex.quote(run)} >/dev/null 2>&1 </dev/null &)" for run in attack.runs
    ]
    steps = [*([attack.change] if attack.change else []), *starts]
    if steps:
        lab.shell(node, shlex.quote("; ".join(steps)))


def wait_for(lab: Lab, node: str, attack: Attack) -> None:
    """Wait until what attacks is there: one that is not there would pass for harmless."""
    patience = time.monotonic() + _START_SECONDS
    for run in attack.runs:
        last = run.split()[-1].encode()
        while not any(last in words for words in commands(lab, node)):
            assert time.monotonic() < patience, run
            time.sleep(0.05)


def commands(lab: Lab, node: str) -> collections.abc.Iterator[list[bytes]]:
    """Yield the words of each process of a node that is what it was started to be."""
    for process in (lab.nodes.root(node) / "proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:  # it has ended
            continue
        if words[0] not in (b"sh", b"setsid", b"setpriv", b"unshare"):
            yield words


@pytest.fixture(scope="module")
def runs(lab: Lab) -> dict[bool, Run]:
    """Both runs, by whether a dump was always asked for."""

    def hosts(dump: bool) -> str:
        return ",".join(NODES[name] for name, attack in ATTACKS.items() if attack.dump == dump)

    asked = lab.verify(hosts=hosts(True), verify_nodes_config_dump="always")
    return {True: asked, False: lab.verify(hosts=hosts(False))}


Results = dict[str, dict[str, t.Any]]


@pytest.fixture(scope="module")
def results(runs: dict[bool, Run]) -> Results:
    """What was found of each attack's node."""
    return {name: runs[attack.dump].results[NODES[name]] for name, attack in ATTACKS.items()}


def marked(lab: Lab, name: str) -> bool:
    return (lab.nodes.root(NODES[name]) / MARK.lstrip("/")).exists()


@pytest.mark.parametrize("kind", ["good", "bad"])
@pytest.mark.parametrize("name", IMPOSTORS)
def test_nothing_that_a_process_names_is_run(
    lab: Lab, results: Results, name: str, kind: str
) -> None:
    """And it changes no verdict: a good configuration of his own saves no bad node."""
    result = results[f"{name}, {kind}"]
    assert not marked(lab, f"{name}, {kind}")
    assert result["verified"] == (kind == "good"), result["findings"]
    assert result["containerd"]["config_path"] == CONFIG


def test_a_false_containerd_beside_the_true_one_saves_nothing(results: Results) -> None:
    result = results["a false containerd"]
    assert not result["verified"]
    assert result["containerd"]["flavour"] == "containerd"
    assert result["containerd"]["running"]
    counted = [f for f in result["findings"] if f["code"] == "containerd_not_counted"]
    assert f"user {USER} owns it" in counted[0]["message"]


def test_a_program_that_becomes_root_for_a_user_is_no_containerd(results: Results) -> None:
    result = results["a program that becomes root for a user"]
    assert not result["verified"]
    assert result["containerd"]["config_path"] == CONFIG


@pytest.mark.parametrize("kind", ["python", "none"])
@pytest.mark.parametrize("name", OTHERS)
def test_a_configuration_that_others_may_write_fails_and_is_not_read(
    runs: dict[bool, Run], results: Results, name: str, kind: str
) -> None:
    """Else whoever may write there has root read what he wants, and show it in a report."""
    result = results[f"{name}, {kind}"]
    assert not result["verified"]
    others = [f for f in result["findings"] if f["code"] == "node_writable_by_others"]
    assert f" {OTHERS[name][2]} " in others[0]["message"]
    assert others[0]["severity"] == "error"
    assert SECRET not in runs[False].output + json.dumps(result)


def test_a_name_with_a_line_end_is_a_failed_check_in_time(results: Results) -> None:
    result = results["a line end"]
    codes = {finding["code"] for finding in result["findings"]}
    assert not result["verified"]
    assert "node_file_unreadable" in codes
    assert "node_time_limit" not in codes
    assert "/etc/containerd/conf.d/a?b.toml" in json.dumps(result)


def test_a_dump_is_not_asked_of_a_configuration_that_others_may_write(results: Results) -> None:
    """It obeys its configuration, which can name code to load."""
    unsafe, safe = results["a dump of what others may write"], results["a dump"]
    assert unsafe["containerd"]["config_source"] == "files"
    assert safe["containerd"]["config_source"] == "dump"


def test_programs_are_not_those_of_the_users_path(lab: Lab, results: Results) -> None:
    """Not even where the login brings a PATH of its own."""
    assert not marked(lab, "programs")
    assert results["programs"]["verified"]


@pytest.mark.parametrize("name", BOMBS)
def test_what_is_built_to_cost_is_a_failed_check(results: Results, name: str) -> None:
    result = results[name]
    assert not result["verified"]
    failed = [check for check in result["checks"] if check["status"] == "fail"]
    assert BOMBS[name][1] in json.dumps(failed)


def test_the_witness_tells(lab: Lab) -> None:
    """What the other tests rely on: run as root would run it, it leaves its mark."""
    lab.shell(NODES["the witness"], "/tmp/witness --version")
    assert marked(lab, "the witness")
