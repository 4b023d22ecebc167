# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts playbooks in a folder of their own: what they write to disk stays in there."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import time
import typing as t

from tests.interruptions import processes
from tests.sandbox.paths import CHECKOUT, private_folders
from tests.sandbox.world import World

_PROGRAM = pathlib.Path(sys.executable).with_name("ansible-playbook")
_CALLBACKS = pathlib.Path(__file__).with_name("callback_plugins")
_POLL_SECONDS = 0.1
# A run that takes longer than this hangs.
_LONGEST_SECONDS = 600.0
# For so long a pending release may be somebody's who is at work.
HELM_SECONDS = 5
# A short lock and a short time for Helm, so that the run after a killed one need not wait long; and
# nothing that asks a registry which is not there.
_QUICK: dict[str, t.Any] = {
    "palette_lock_duration": 2,
    "palette_image_swap_timeout": HELM_SECONDS,
    "palette_api_timeout": 10,
    "palette_check_images": "skip",
}


def heals() -> list[str]:
    """Return the playbooks that heal an interrupted override, of those that there are."""
    names = ("override", "rollback")
    return [name for name in names if (CHECKOUT / "playbooks" / f"{name}.yml").exists()]


def inputs_of(folder: pathlib.Path) -> pathlib.Path:
    """Return the file of variables that belongs to a run's folder."""
    return folder.with_name(f"{folder.name}.json")


@dataclasses.dataclass(frozen=True)
class Task:
    """The beginning of a task; `time` is in seconds since the epoch."""

    task: int
    name: str
    time: float


class Run:
    """A playbook that runs. `folder` holds its temporary files, caches, homes and output."""

    def __init__(
        self,
        world: World,
        folder: pathlib.Path,
        playbook: str,
        variables: t.Mapping[str, t.Any],
        kill_at_task: int = -1,
    ) -> None:
        self._folder = folder
        self.output = folder / f"output-{time.time_ns()}-{playbook}.txt"
        self._timeline = self.output.with_suffix(".timeline")
        # What a user wrote is not what a run has left: it lies outside.
        inputs = inputs_of(folder)
        report = {"palette_report_dir": str(folder / "report")}
        inputs.write_text(json.dumps({**_QUICK, **report, **variables}), encoding="utf-8")
        argv = [str(_PROGRAM), f"palette.image_registry.{playbook}", "--limit=sandbox"]
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                [*argv, "--extra-vars", f"@{inputs}"],
                env=self._environment(world, kill_at_task),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _environment(self, world: World, kill_at_task: int) -> dict[str, str]:
        clean = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
        homes = {name: str(self._folder / name.lower()) for name in ("HOME", "ANSIBLE_HOME")}
        folders = {**private_folders(self._folder), **homes}
        for path in folders.values():
            pathlib.Path(path).mkdir(parents=True, exist_ok=True)
        return {
            **clean,
            **world.environment(),
            **folders,
            "ANSIBLE_NOCOLOR": "1",
            "PYTHONUNBUFFERED": "1",  # what a run waits for is to be seen while it waits
            "ANSIBLE_CALLBACK_PLUGINS": str(_CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "interruption",
            "INTERRUPTION_TIMELINE": str(self._timeline),
            "INTERRUPTION_KILL_AT": str(kill_at_task),
        }

    @property
    def has_ended(self) -> bool:
        """Return whether ansible-playbook itself has ended."""
        return self._process.poll() is not None

    def tasks(self) -> list[Task]:
        """Return the tasks that have begun."""
        if not self._timeline.exists():
            return []
        lines = self._timeline.read_text(encoding="utf-8").splitlines()
        return [Task(**json.loads(line)) for line in lines]

    def wait(self, seconds: float = _LONGEST_SECONDS) -> int | None:
        """Return the exit code, None where the run has not ended in time."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def wait_until(self, true: t.Callable[[], bool], seconds: float = _LONGEST_SECONDS) -> bool:
        """Wait until something is true or the run has ended; return whether it became true."""
        deadline = time.monotonic() + seconds
        while not true():
            if self.has_ended or time.monotonic() > deadline:
                return true()
            time.sleep(_POLL_SECONDS)
        return True

    def kill(self) -> None:
        """Kill ansible-playbook alone: what it has started goes on."""
        processes.kill(self._process.pid)
        self._process.wait()

    def kill_all(self) -> None:
        """Kill everything, as the end of a container does."""
        processes.kill(self._process.pid)
        processes.kill_all(self._folder)
        self._process.wait()
