# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One control plane for all tests of a process; what tests count is shown at the end.

So are requests to API servers of a kind that the vectors lack, by which both servers are held to each
other; a run that asks something new has failed.
"""

from __future__ import annotations

import os
import pathlib
import typing as t

import pytest

from tests import longest_first
from tests.interruptions.outcome import COUNTS
from tests.sandbox.kubernetes import recording
from tests.sandbox.kubernetes.server import SEED, ApiServer
from tests.sandbox.paths import CACHE

_REQUESTS = CACHE / "requests.jsonl"
_OF_THIS_RUN = _REQUESTS.with_suffix(f".{os.getpid()}")
_UNKNOWN = pytest.StashKey[list[str]]()


@pytest.fixture(name="control_plane", scope="session")
def fixture_control_plane(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ApiServer]:
    """A real control plane. Its start takes longer than most tests, so they share one."""
    with ApiServer(tmp_path_factory.mktemp("control-plane")) as server:
        if server.is_ours:
            server.keep_state(SEED)
        yield server


@pytest.fixture(name="plane", scope="module")
def fixture_plane(control_plane: ApiServer) -> ApiServer:
    """The control plane, as it was when it had just started."""
    if control_plane.is_ours:
        control_plane.start_over()
    return control_plane


def pytest_configure(config: pytest.Config) -> None:
    """Let the API servers write down what they are asked, those of other processes as well."""
    if recording.VARIABLE not in os.environ:
        os.environ[recording.VARIABLE] = str(_OF_THIS_RUN)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run if something was asked that the vectors lack; another body is told of."""
    recorded = pathlib.Path(os.environ[recording.VARIABLE])
    if hasattr(session.config, "workerinput") or not recorded.exists():
        return
    unknown, new = recording.unknown(recorded), recording.unknown(recorded, shapes=False)
    if recorded == _OF_THIS_RUN:
        recorded.replace(_REQUESTS)
    session.config.stash[_UNKNOWN] = unknown
    if new:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long."""
    longest_first.in_order(items, longest_first.kept())


def pytest_terminal_summary(terminalreporter: t.Any, config: pytest.Config) -> None:
    """Print what was recorded, test by test; workers of pytest-xdist hand it over as well."""
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        for name, value in getattr(report, "user_properties", ()):
            if name == COUNTS and report.when == "call":
                terminalreporter.section(report.nodeid)
                terminalreporter.write_line(str(value))
    if unknown := config.stash.get(_UNKNOWN, []):
        terminalreporter.section("requests of kinds that were never recorded", red=True)
        for one in unknown:
            terminalreporter.write_line(one)
        command = "python -m tests.sandbox.kubernetes.recording"
        terminalreporter.write_line(f"To record them: .venv/bin/{command} {_REQUESTS}")
    longest_first.keep(longest_first.reports_of(terminalreporter))
