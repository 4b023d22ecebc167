# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a machine lacks for a real node is named; what is written for one is right."""

from __future__ import annotations

import pathlib
import tomllib

import pytest

from tests.sandbox import cgroups, go_programs, node_files, real_node
from tests.sandbox.kubernetes.backend import ASSETS_VARIABLE
from tests.sandbox.paths import PartMissingError
from tests.sandbox.world import Options, World

ACCESS = node_files.RegistryAccess("harbor.example.org", "robot$palette", 'a"\\b', "PEM")


@pytest.fixture
def hierarchies(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Return a folder that stands for /sys/fs/cgroup."""
    monkeypatch.setattr(cgroups, "_MOUNTED", tmp_path)
    for name in ("cpu,cpuacct", "cpuset", "memory", "pids"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "tasks").touch()
    for name in ("cpuset.cpus", "cpuset.mems"):
        (tmp_path / "cpuset" / name).write_text("0-1\n", encoding="ascii")
    (tmp_path / "cpu").symlink_to("cpu,cpuacct")
    return tmp_path


def test_control_groups_are_made_and_all_of_them_removed(hierarchies: pathlib.Path) -> None:
    groups = cgroups.ControlGroups(pathlib.Path("/state"))
    groups.make()
    folders = groups.folders()
    assert folders.keys() == {"cpu,cpuacct", "cpuset", "memory", "pids"}
    assert (folders["cpuset"] / "cpuset.cpus").read_text(encoding="ascii") == "0-1\n"
    for name in ("cpuset.cpus", "cpuset.mems"):  # the kernel's files go with their folder
        (folders["cpuset"] / name).unlink()
    (folders["memory"] / "k8s.io" / "container").mkdir(parents=True)
    groups.remove()
    groups.remove()
    assert [folder for folder in folders.values() if folder.exists()] == []


def test_a_missing_hierarchy_is_named(hierarchies: pathlib.Path) -> None:
    (hierarchies / "memory" / "tasks").unlink()
    with pytest.raises(PartMissingError, match=r"has none for memory\. Mount them"):
        cgroups.ControlGroups(pathlib.Path("/state")).make()


def test_read_only_control_groups_are_named(hierarchies: pathlib.Path) -> None:
    (hierarchies / "cpuset" / "cpuset.mems").unlink()
    with pytest.raises(PartMissingError, match=r"cannot be made here: .*writable"):
        cgroups.ControlGroups(pathlib.Path("/state")).make()


def test_missing_programs_are_named(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(ASSETS_VARIABLE, raising=False)
    monkeypatch.setattr(go_programs, "node", lambda: tmp_path)
    (tmp_path / "kubelet").touch()
    with pytest.raises(PartMissingError, match=r"There is no kube-scheduler in .*build --node"):
        real_node.programs()


def test_without_root_it_says_so_even_where_parts_are_optional(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(real_node, "programs", lambda: tmp_path)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(World, "_check_tools", lambda _world: None)
    with pytest.raises(PartMissingError, match="A real node needs root"):
        World(tmp_path / "state", Options(real=True)).start()
    assert not (tmp_path / "state" / "processes.json").exists()


def test_containerds_file_names_mirrors_and_password() -> None:
    files = node_files.running_files(node_files.PAGE_MIRRORS, ACCESS)
    config = tomllib.loads(files[node_files.CONFIG_TOML])
    registry = config["plugins"]["io.containerd.grpc.v1.cri"]["registry"]
    endpoints = {source: entry["endpoint"] for source, entry in registry["mirrors"].items()}
    assert endpoints == {source: [target] for source, target in node_files.PAGE_MIRRORS}
    host = registry["configs"]["harbor.example.org"]
    assert host["auth"] == {"username": "robot$palette", "password": 'a"\\b'}
    assert files[host["tls"]["ca_file"]] == "PEM"
