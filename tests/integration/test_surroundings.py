# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machine of whoever runs a playbook: odd names, full disks, no HOME, Ctrl-C.

The playbook plan stands for all: it needs no cluster, and writes all kinds of files.
"""

from __future__ import annotations

import os
import pathlib
import signal
import stat
import subprocess
import time
import typing as t

import pytest

from tests.finished import finished
from tests.integration.tasks import ANSIBLE_PLAYBOOK, Controller
from tests.sandbox.paths import CHECKOUT

pytestmark = pytest.mark.sandbox

_SECONDS = 120
_EXAMPLE = CHECKOUT / "tests" / "sandbox" / "page_example.yml"
_VERDICT = "Image registry plan: "
# What the plan finds in the page's example: the verdict's substance, which nothing may hide.
_SUBSTANCE = "v2_missing_for_nodes"


class Desk(t.NamedTuple):
    """A folder in which somebody works, and their environment."""

    folder: pathlib.Path
    environment: dict[str, str]

    def command(self, report: str) -> list[str]:
        """Return the command that plans the page's example, with reports in a folder."""
        plan = "palette.image_registry.plan"
        given = ["-e", f"@{_EXAMPLE}", "-e", f"palette_report_dir='{report}'"]
        return [str(ANSIBLE_PLAYBOOK), plan, *given]

    def plan(self, report: str, *wrapper: str) -> tuple[int, str]:
        """Plan, and return exit code and output."""
        command = [*wrapper, *self.command(report)]
        done = finished(command, self.environment, folder=self.folder, seconds=_SECONDS)
        assert "Traceback" not in done.stdout
        return done.returncode, done.stdout


@pytest.fixture(name="desk")
def fixture_desk(tmp_path: pathlib.Path) -> Desk:
    """Return a desk whose path has blanks and letters beyond ASCII."""
    folder = tmp_path / "mañana and ö"
    folder.mkdir()
    home = tmp_path / "hö me"
    home.mkdir()
    return Desk(folder, {**Controller(tmp_path).environment(), "HOME": str(home)})


def test_odd_names_and_an_open_umask(desk: Desk) -> None:
    desk.environment.update(TERM="dumb", NO_COLOR="1")
    code, output = desk.plan("rëports of mine", "sh", "-c", 'umask 000; exec "$@"', "sh")
    assert code == 0, output
    assert f"{_VERDICT}PASSED WITH WARNINGS" in output
    assert "\x1b" not in output
    written = [path for path in desk.folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in written} >= {".html", ".json", ".md", ".xml", ".yml"}
    open_to_all = [path for path in desk.folder.rglob("*") if path.stat().st_mode & stat.S_IWOTH]
    assert open_to_all == []


def no_home(desk: Desk) -> str:
    del desk.environment["HOME"]
    (desk.folder / "reports").symlink_to("/nowhere/at/all")
    return "is a link that leads nowhere"


def a_file(desk: Desk) -> str:
    (desk.folder / "reports").write_text("", "utf-8")
    return "is a file, and no folder"


def not_theirs(desk: Desk) -> str:
    (desk.folder / "reports").mkdir(mode=0o555)
    return "Permission denied"


def full_disk(desk: Desk) -> str:
    (desk.folder / "reports").mkdir()
    return "No space left on device"


# Root without the right to write everywhere is like anybody else.
_ANYBODY = ("setpriv", "--bounding-set=-dac_override", "--inh-caps=-all")
_FULL = (
    "unshare",
    "--mount",
    "sh",
    "-c",
    'mount -t tmpfs -o size=4k none reports; exec "$@"',
    "sh",
)


@pytest.mark.parametrize(
    ("prepare", "wrapper"),
    [(no_home, ()), (a_file, ()), (not_theirs, _ANYBODY), (full_disk, _FULL)],
)
def test_what_cannot_be_written_hides_no_verdict(
    desk: Desk, prepare: t.Callable[[Desk], str], wrapper: tuple[str, ...]
) -> None:
    said = prepare(desk)
    code, output = desk.plan("reports", *wrapper)
    assert code == 2, output
    assert f"{_VERDICT}FAILED" in output
    assert _SUBSTANCE in output
    words = " ".join(output.split())
    assert said in words
    assert "plan_dir_unusable" in words
    assert "report_dir_unusable" in words


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_an_interruption_leaves_nothing_half_done(desk: Desk, number: signal.Signals) -> None:
    process = subprocess.Popen(
        desk.command("reports"),
        cwd=desk.folder,
        env=desk.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # under nohup it is ignored
    )
    assert process.stdout is not None
    started = time.monotonic()
    for line in process.stdout:
        if line.startswith("PLAY [") or time.monotonic() > started + _SECONDS:
            break
    os.killpg(process.pid, number)
    output = process.communicate(timeout=_SECONDS)[0]
    assert process.returncode != 0
    assert "Traceback" not in output
    assert not list(desk.folder.rglob("*.partial"))
    assert desk.plan("reports")[0] == 0
