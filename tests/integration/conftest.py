# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One control plane for all tests of a process; what tests count is shown at the end."""

from __future__ import annotations

import typing as t

import pytest

from tests import longest_first
from tests.interruptions.outcome import COUNTS
from tests.sandbox.kubernetes.server import SEED, ApiServer


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long."""
    longest_first.in_order(items, longest_first.kept())


def pytest_terminal_summary(terminalreporter: t.Any) -> None:
    """Print what was recorded, test by test; workers of pytest-xdist hand it over as well."""
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        for name, value in getattr(report, "user_properties", ()):
            if name == COUNTS and report.when == "call":
                terminalreporter.section(report.nodeid)
                terminalreporter.write_line(str(value))
    longest_first.keep(longest_first.reports_of(terminalreporter))
