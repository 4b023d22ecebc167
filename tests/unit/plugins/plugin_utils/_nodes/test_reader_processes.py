# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which process counts as the node's containerd, and which program is asked."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.reader import (
    Known,
    read_node,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.script import Limits
from tests.unit.helpers.planted_node import (
    BOOT,
    CONFIG,
    MIRRORS,
    LocalShell,
    PlantedNode,
    codes,
    give,
)


@pytest.fixture
def node(tmp_path: pathlib.Path) -> PlantedNode:
    return PlantedNode(tmp_path / "node")


TEST_PROCESSES: list[tuple[str, tuple[str, ...], str, str]] = [
    ("containerd", ("/usr/bin/containerd",), "containerd", CONFIG),
    ("containerd", ("containerd", "--config", "/opt/c.toml"), "containerd", "/opt/c.toml"),
    (
        "containerd",
        ("containerd", "--config=/opt/c.toml", "-l", "info"),
        "containerd",
        "/opt/c.toml",
    ),
    (
        "spectro-contain",
        ("/opt/spectro-containerd", "-c", "/opt/a b.toml"),
        "spectro-containerd",
        "/opt/a b.toml",
    ),
    (
        "containerd",
        (
            "containerd",
            "-c",
            "/var/lib/rancher/k3s/agent/etc/containerd/config.toml",
            "-a",
            "/run/x",
        ),
        "k3s",
        "/var/lib/rancher/k3s/agent/etc/containerd/config.toml",
    ),
    (
        "containerd",
        ("containerd", "-c", "/var/lib/rancher/rke2/agent/etc/containerd/config.toml"),
        "rke2",
        "/var/lib/rancher/rke2/agent/etc/containerd/config.toml",
    ),
]


@pytest.mark.parametrize(("comm", "arguments", "flavour", "config"), TEST_PROCESSES)
def test_flavours(
    node: PlantedNode, comm: str, arguments: tuple[str, ...], flavour: str, config: str
) -> None:
    node.write(config, MIRRORS)
    node.process(7, comm, *arguments)
    daemon = node.read().daemon
    assert daemon is not None
    assert (daemon.flavour, daemon.config_path, daemon.running) == (flavour, config, True)


def test_one_program_of_many_parts_is_asked_by_its_other_name(node: PlantedNode) -> None:
    config = "/var/lib/rancher/k3s/agent/etc/containerd/config.toml"
    folder = "/var/lib/rancher/k3s/data/0123abcd/bin"
    node.write(config, MIRRORS)
    node.program(f"{folder}/k3s", version="${0##*/} 2.0.5-k3s1 x")
    (node.root / f"{folder[1:]}/containerd").symlink_to("k3s")
    text = (node.root / f"{folder[1:]}/k3s").read_text(encoding="utf-8").replace("echo '", 'echo "')
    node.write(f"{folder}/k3s", text.replace("x'", 'x"'), mode=0o755)
    node.process(7, "containerd", "containerd", "-c", config, exe=f"{folder}/k3s")
    daemon = node.read().daemon
    assert daemon is not None
    assert (daemon.version, daemon.program) == ("2.0.5-k3s1", f"{folder}/containerd")
    assert daemon.dump == MIRRORS


TEST_IDLE = [
    (CONFIG, "containerd"),
    ("/var/lib/rancher/k3s/agent/etc/containerd/config.toml", "k3s"),
    ("/var/lib/rancher/rke2/agent/etc/containerd/config.toml", "rke2"),
]


@pytest.mark.parametrize(("config", "flavour"), TEST_IDLE)
def test_what_does_not_run(node: PlantedNode, config: str, flavour: str) -> None:
    node.write(config, MIRRORS)
    daemon = node.read().daemon
    assert daemon is not None
    assert (daemon.flavour, daemon.running, daemon.started) == (flavour, False, None)


def test_program_of_an_idle_rke2(node: PlantedNode) -> None:
    node.write("/var/lib/rancher/rke2/agent/etc/containerd/config.toml", MIRRORS)
    node.program("/var/lib/rancher/rke2/bin/containerd")
    daemon = node.read().daemon
    assert daemon is not None
    assert daemon.version == "1.7.24~ds1"


@pytest.mark.parametrize(
    ("endpoint", "flavour"),
    [
        ("unix:///run/containerd/containerd.sock", "containerd"),
        ("unix:///run/spectro/containerd/containerd.sock", "spectro-containerd"),
        ("", "spectro-containerd"),
    ],
)
def test_kubelet_says_which_containerd_counts(
    node: PlantedNode, endpoint: str, flavour: str
) -> None:
    node.write(CONFIG, MIRRORS)
    node.write("/opt/spectro/config.toml", MIRRORS)
    node.process(10, "containerd", "/usr/bin/containerd")
    node.process(11, "containerd", "/usr/bin/containerd", "--config", "/opt/spectro/config.toml")
    if endpoint:
        node.process(12, "kubelet", "/usr/bin/kubelet", f"--container-runtime-endpoint={endpoint}")
    reading = node.read()
    assert len(reading.daemons) == 2
    assert reading.daemon is not None
    assert reading.daemon.flavour == flavour


@pytest.mark.parametrize("space", ["mnt", "pid", "user"])
def test_a_containerd_in_a_container_is_not_the_nodes(node: PlantedNode, space: str) -> None:
    node.write(CONFIG, MIRRORS)
    node.process(20, "containerd", "/usr/bin/containerd")
    node.process(21, "containerd", "/usr/bin/containerd", "--config", "/inner.toml")
    node.spaces(21, **{space: "container"})
    reading = node.read()
    assert [daemon.config_path for daemon in reading.daemons] == [CONFIG]
    # Of those that look like processes of the node itself, a person is told.
    assert codes(reading) == (["containerd_not_counted"] if space == "mnt" else [])


TEST_IMPOSTORS: list[tuple[str, dict[str, t.Any], str]] = [
    ("a user's", {"user": 1000, "exe": "/usr/bin/containerd"}, "user 1000 owns it"),
    (
        "a user's folder",
        {"exe": "/home/u/bin/containerd"},
        "others than root may write its program",
    ),
    ("another program", {"exe": "/usr/bin/sudo"}, "its program is another one"),
]


@pytest.mark.parametrize(
    ("process", "why"), [row[1:] for row in TEST_IMPOSTORS], ids=[row[0] for row in TEST_IMPOSTORS]
)
def test_who_only_bears_its_name_does_not_count(
    node: PlantedNode, process: dict[str, t.Any], why: str
) -> None:
    node.write(CONFIG, MIRRORS)
    node.write("/home/u/bin/containerd", "")
    give(node.root / "home/u", 1000)
    node.process(20, "containerd", "/usr/bin/containerd")
    node.process(21, "spectro-contain", "spectro", "--config", "/tmp/good.toml", **process)
    reading = node.read()
    assert [daemon.config_path for daemon in reading.daemons] == [CONFIG]
    told = [finding for finding in reading.findings if finding.code == "containerd_not_counted"]
    assert [f"process 21, {why}" in finding.message for finding in told] == [True]


@pytest.mark.parametrize("folder", ["/persistent/spectro/usr/bin", "/nix/store/abc/bin"])
def test_the_program_of_a_unit_file_is_asked(node: PlantedNode, folder: str) -> None:
    node.write("/opt/c.toml", MIRRORS)
    node.program(f"{folder}/containerd")
    (node.root / "nix/store").mkdir(parents=True, exist_ok=True)
    (node.root / "nix/store").chmod(0o1775)
    node.write(
        "/etc/systemd/system/spectro-containerd.service",
        f"[Service]\nExecStartPre=-/sbin/modprobe overlay\nExecStart={folder}/containerd -c x\n",
    )
    node.process(7, "containerd", f"{folder}/containerd", "-c", "/opt/c.toml")
    daemon = node.read().daemon
    assert daemon is not None
    assert (daemon.program, daemon.version) == (f"{folder}/containerd", "1.7.24~ds1")


TEST_NOT_ASKED = [
    ("no unit file names it", "/opt/vendor/bin/containerd", ""),
    ("its file", "/usr/bin/containerd", "chmod 0775 usr/bin/containerd"),
    ("its folder", "/usr/bin/containerd", "chmod 0777 usr/bin"),
    ("whose it is", "/usr/bin/containerd", "give 1000 usr/bin/containerd"),
    ("sticky, but for all", "/usr/bin/containerd", "chmod 1777 usr/bin"),
]


@pytest.mark.parametrize(
    ("path", "change"), [row[1:] for row in TEST_NOT_ASKED], ids=[row[0] for row in TEST_NOT_ASKED]
)
def test_a_program_that_is_not_roots_alone_is_not_run(
    node: PlantedNode, path: str, change: str
) -> None:
    node.write(CONFIG, MIRRORS)
    node.program(path, version=f"1.7.24; : >{node.root}/ran")
    text = (node.root / path[1:]).read_text(encoding="utf-8").replace("echo '", "echo ")
    node.write(path, text.replace("ran'", "ran"), mode=0o755)
    node.process(7, "containerd", path)
    if change:
        how, what, changed = change.split()
        place = node.root / changed
        give(place, int(what)) if how == "give" else place.chmod(int(what, 8))
    reading = node.read()
    assert not (node.root / "ran").exists()
    assert reading.daemon is not None
    assert (reading.daemon.version, reading.daemon.dump) == ("", None)
    assert ("node_writable_by_others" in codes(reading)) == bool(change)


def test_a_program_that_others_may_write_is_told_even_if_nobody_asks_it(node: PlantedNode) -> None:
    node.write(CONFIG, MIRRORS)
    node.process(7, "containerd", "/usr/bin/containerd")
    (node.root / "usr/bin").chmod(0o777)
    known = Known("2.1.9", BOOT * 2)
    reading = read_node(LocalShell(), Limits(), str(node.root), config_dump="auto", known=known)
    assert codes(reading) == ["node_writable_by_others"]
    assert reading.findings[0].subject == "/usr/bin/containerd"


def test_a_program_that_was_replaced_is_told(node: PlantedNode) -> None:
    node.write(CONFIG, MIRRORS)
    node.process(7, "containerd", "/usr/bin/containerd")
    link = node.root / "proc/7/exe"
    link.unlink()
    link.symlink_to(node.root / "usr/bin/containerd (deleted)")
    daemon = node.read().daemon
    assert daemon is not None
    assert (daemon.replaced, daemon.program) == (True, "/usr/bin/containerd")


def test_who_is_not_root_does_not_see_whose_it_is(node: PlantedNode) -> None:
    node.write(CONFIG, MIRRORS)
    node.process(7, "containerd", "/usr/bin/containerd")
    node.process(8, "containerd", "/usr/bin/containerd", user=1000)
    (node.root / "proc/1/ns/mnt").unlink()
    reading = node.read()
    assert [daemon.blind for daemon in reading.daemons] == [True]
    assert codes(reading) == ["containerd_not_counted"]
