# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files with secrets in them: for this user alone, and gone afterwards."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import typing as t

import pytest
from ansible import constants

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster import (
    private_files as _private_files,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.private_files import (
    private_folder,
    sweep,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.files import (
    write_values,
)


@pytest.fixture(name="root")
def fixture_root(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Return the folder in which private folders are made."""
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path / "run"))
    return tmp_path


def test_values_are_written_for_this_user_alone_and_deleted(root: pathlib.Path) -> None:
    with private_folder() as folder:
        path = pathlib.Path(
            write_values(folder, "values.json", {"password": "12e4", "ü": "\u2028"})
        )
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert path.read_text(encoding="utf-8") == '{"password": "12e4", "ü": "\\u2028"}'
    assert list(root.iterdir()) == []


def test_values_are_deleted_after_a_failure(root: pathlib.Path) -> None:
    with pytest.raises(RuntimeError), private_folder() as folder:
        write_values(folder, "values.json", {"password": "12e4"})
        raise RuntimeError
    assert list(root.iterdir()) == []


# Where the collection lies that is tested: for ansible-test that is another place.
COLLECTIONS = str(pathlib.Path(_private_files.__file__).parents[6])
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": COLLECTIONS,
    "ANSIBLE_COLLECTIONS_PATH": COLLECTIONS,
}
# They sleep in short steps: a signal just before a sleep is handled after it.
HOLDER = """\
import pathlib, signal, sys, time
from ansible import constants
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster import private_files as _private_files

constants.DEFAULT_LOCAL_TMP = sys.argv[1]
# Whoever started the tests in the background may have had these ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
with _private_files.private_folder() as folder:
    _private_files.write_private(folder / "values.json", "pl4nted")
    print(folder, flush=True)
    for _step in range(600):
        time.sleep(0.1)
"""
SWEEPER = """\
import sys
from ansible import constants
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster import private_files as _private_files

constants.DEFAULT_LOCAL_TMP = sys.argv[1]
_private_files.sweep()
"""


@contextlib.contextmanager
def holding(root: pathlib.Path) -> t.Iterator[tuple[subprocess.Popen[str], pathlib.Path]]:
    """Give a process that holds a private folder, and that folder."""
    argv = [sys.executable, "-c", HOLDER, str(root / "run")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        try:
            yield process, pathlib.Path(process.stdout.readline().strip())
        finally:
            process.kill()


def test_what_a_killed_run_left_is_deleted(root: pathlib.Path) -> None:
    with holding(root) as (process, folder):
        sweep()
        assert (folder / "values.json").exists()
        process.kill()
        process.wait(20)
        assert (folder / "values.json").exists()
    sweep()
    assert list(root.iterdir()) == []


def test_a_folder_that_another_run_deletes_meanwhile_is_passed_over(
    root: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, left = root / "ansible-local-1", root / "palette.image_registry.left"
    gone.mkdir()
    left.mkdir()
    scandir = os.scandir

    def deleted(path: t.Any = ".") -> t.Any:
        if os.fspath(path).rstrip("/") == str(gone):
            gone.rmdir()
        return scandir(path)

    monkeypatch.setattr(os, "scandir", deleted)
    sweep()
    assert list(root.iterdir()) == []


def test_another_host_name_hides_nothing(
    root: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in containers, which get a new one each time."""
    with holding(root) as (process, folder):
        process.kill()
        process.wait(20)
    monkeypatch.setattr(socket, "gethostname", lambda: "another")
    sweep()
    assert not folder.exists()


def test_another_pid_namespace_deletes_nothing(root: pathlib.Path) -> None:
    """There the process of this run has another number, or none."""
    sweeping = [sys.executable, "-c", SWEEPER, str(root / "run")]
    namespace = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    with private_folder() as folder:
        done = subprocess.run(
            [*namespace, *sweeping], check=False, capture_output=True, text=True, env=ENVIRONMENT
        )
        assert done.returncode == 0, done.stderr
        assert folder.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing(number: int, root: pathlib.Path) -> None:
    with holding(root) as (process, _folder):
        process.send_signal(number)
        assert process.wait(20) != 0
    assert list(root.iterdir()) == []


PLUGIN = """\
import time
from ansible.plugins.action import ActionBase
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster import private_files as _private_files

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        with _private_files.private_folder() as folder:
            _private_files.write_private(folder / "values.json", "pl4nted")
            for _step in range(600):
                time.sleep(0.1)
        return {}
"""
PLAYBOOK = """\
- hosts: localhost
  gather_facts: false
  tasks:
    - hold: {}
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_after_ctrl_c(number: int, tmp_path: pathlib.Path) -> None:
    """Ansible ends its workers with a signal that lets them clear up nothing."""
    (tmp_path / "action_plugins").mkdir()
    (tmp_path / "action_plugins/hold.py").write_text(PLUGIN, encoding="utf-8")
    (tmp_path / "play.yml").write_text(PLAYBOOK, encoding="utf-8")
    local = tmp_path / "local"
    local.mkdir()
    program = pathlib.Path(sys.executable).with_name("ansible-playbook")
    with subprocess.Popen(
        [str(program), "play.yml"],
        cwd=tmp_path,
        env={**ENVIRONMENT, "ANSIBLE_LOCAL_TEMP": str(local)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        written = "palette.image_registry.*/values.json"
        waited_until(lambda: bool(list(local.glob(written))))
        # What a terminal does: all of its processes get it.
        os.killpg(process.pid, number)
        process.wait(20)
    waited_until(lambda: not list(local.glob("palette.image_registry.*")))


def waited_until(holds: t.Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_what_release_1_0_left_is_deleted_after_a_day(root: pathlib.Path) -> None:
    old = root / "palette.image_registry.host.4711.abc"
    recent = root / "palette.image_registry.host.4712.abc"
    for left in (old, recent):
        left.mkdir()
        (left / "values.json").write_text("{}", encoding="utf-8")
    os.utime(old, (0, 0))
    sweep()
    assert list(root.iterdir()) == [recent]


def test_a_folder_that_was_just_made_may_be_swept_away(
    root: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run sweeps between the folder and its lock: a new one is made."""
    make = tempfile.mkdtemp
    made: list[str] = []

    def swept(**options: t.Any) -> str:
        made.append(make(**options))
        if len(made) == 1:
            sweep()
        return made[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", swept)
    with private_folder() as folder:
        assert str(folder) == made[1]
    assert list(root.iterdir()) == []
