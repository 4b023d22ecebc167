# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox starts with what it has, stops whole, and heals what was interrupted."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from tests.integration.sandbox_commands import mounts_of, processes_of, run, sandbox
from tests.sandbox import nodes
from tests.sandbox.paths import PartMissingError, SandboxError
from tests.sandbox.processes import Process, ProcessTable
from tests.sandbox.world import Options, World, load

pytestmark = pytest.mark.sandbox


def test_nodes_without_root_say_what_to_do(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    processes = ProcessTable(tmp_path / "processes.json", tmp_path / "logs")
    with pytest.raises(PartMissingError, match=r"Run as root.*--without-nodes"):
        nodes.Nodes(tmp_path / "nodes", processes).start(nodes.default_specs())
    assert list(processes) == []


def test_without_root_the_rest_starts(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with World(tmp_path / "state") as world:
        assert [warning.split(":")[0] for warning in world.warnings] == ["The nodes need root"]
        assert world.registry is not None
        assert world.nodes.all() == []
        assert run(world, "kubectl", "get", "namespace", "jet-system").returncode == 0


def test_up_replaces_and_down_leaves_nothing(tmp_path: pathlib.Path) -> None:
    state = tmp_path / "state"
    before = pathlib.Path("/proc/self/mounts").read_text(encoding="utf-8")
    assert sandbox("up", "--state-dir", state).returncode == 0
    first = list(load(state).processes)
    second_up = sandbox("up", "--helm", "4", "--state-dir", state)
    assert second_up.returncode == 0, second_up.stderr
    second = list(load(state).processes)
    assert [process.alive for process in first] == [False] * len(first)
    assert [process.alive for process in second] == [True] * len(second)
    assert mounts_of(state) != []
    assert sandbox("status", "--state-dir", state).returncode == 0
    assert sandbox("down", "--state-dir", state).returncode == 0
    assert processes_of(state) == []
    assert mounts_of(state) == []
    assert pathlib.Path("/proc/self/mounts").read_text(encoding="utf-8") == before
    assert not state.exists()
    assert sandbox("down", "--state-dir", state).returncode == 0


def wait_for_processes(table: ProcessTable, count: int) -> list[Process]:
    deadline = time.monotonic() + 20
    while len(list(table)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return list(table)


INTERRUPTIONS: list[tuple[signal.Signals, int]] = [
    # the signal, and after how many started processes it comes
    (signal.SIGINT, 1),
    (signal.SIGINT, 4),
    (signal.SIGTERM, 2),
    (signal.SIGKILL, 3),
]


@pytest.mark.parametrize(("number", "count"), INTERRUPTIONS)
def test_an_interrupted_start_is_healed(
    tmp_path: pathlib.Path, number: signal.Signals, count: int
) -> None:
    state = tmp_path / "state"
    table = ProcessTable(state / "processes.json", state / "logs")
    command = [sys.executable, "-m", "tests.sandbox", "up", "--state-dir", str(state)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as up:
        wait_for_processes(table, count)
        up.send_signal(number)
        up.communicate(timeout=60)
    assert up.returncode == (-signal.SIGKILL if number == signal.SIGKILL else 130)
    if number == signal.SIGKILL:
        assert sandbox("down", "--state-dir", state).returncode == 0
    assert processes_of(state) == []
    assert mounts_of(state) == []


_OWNER = """
import pathlib, sys, time
from tests.sandbox.world import World
with World(pathlib.Path(sys.argv[1])):
    print("up", flush=True)
    time.sleep(600)
"""


def test_a_world_ends_with_its_owner(tmp_path: pathlib.Path) -> None:
    state = tmp_path / "state"
    command = [sys.executable, "-c", _OWNER, str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"up\n"
        owner.kill()
    deadline = time.monotonic() + 60
    while processes_of(state):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert mounts_of(state) == []
    assert not state.exists()


def test_status_names_what_has_died(tmp_path: pathlib.Path) -> None:
    with World(tmp_path / "state", Options(with_nodes=False)) as world:
        os.kill(world.processes.get("registry").pid, signal.SIGKILL)
        while any(process.name == "registry" and process.alive for process in world.processes):
            time.sleep(0.01)
        result = sandbox("status", "--state-dir", world.state_dir)
    assert result.returncode == 1
    assert "dead: registry" in result.stderr


def test_a_folder_of_others_is_refused(tmp_path: pathlib.Path) -> None:
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    result = sandbox("up", "--state-dir", tmp_path)
    assert result.returncode == 1
    assert "holds other things than a sandbox" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_nothing_starts_in_a_table_that_was_stopped(tmp_path: pathlib.Path) -> None:
    table = ProcessTable(tmp_path / "processes.json", tmp_path / "logs")
    table.stop_all()
    with pytest.raises(SandboxError, match="late is not started"):
        table.start("late", ["sleep", "60"])
    table.reopen()
    process = table.start("in time", ["sleep", "60"], polite=False)
    assert process.alive
    table.stop_all()
    assert not process.alive


def test_a_process_that_was_never_noted_is_found(tmp_path: pathlib.Path) -> None:
    table = ProcessTable(tmp_path / "processes.json", tmp_path / "logs")
    process = table.start("forgotten", ["sleep", "60"])
    # The kernel shows a new program's environment a moment after it has started it.
    environment = pathlib.Path(f"/proc/{process.pid}/environ")
    while process.alive and not environment.read_bytes():
        time.sleep(0.01)
    (tmp_path / "processes.json").unlink()
    table.stop_all()
    assert not process.alive


def test_a_pid_of_another_process_is_never_signalled(tmp_path: pathlib.Path) -> None:
    table_file = tmp_path / "processes.json"
    with subprocess.Popen(["sleep", "60"]) as other:
        record = {"name": "other", "pid": other.pid, "started": "1", "polite": False}
        table_file.write_text(json.dumps([record]), encoding="utf-8")
        ProcessTable(table_file, tmp_path / "logs").stop_all()
        assert other.poll() is None
        other.kill()
