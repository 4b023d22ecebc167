# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests count is shown at the end, also of those that passed."""

from __future__ import annotations

import typing as t

from tests.interruptions.outcome import COUNTS


def pytest_terminal_summary(terminalreporter: t.Any) -> None:
    """Print what was recorded, test by test; workers of pytest-xdist hand it over as well."""
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        for name, value in getattr(report, "user_properties", ()):
            if name == COUNTS and report.when == "call":
                terminalreporter.section(report.nodeid)
                terminalreporter.write_line(str(value))
