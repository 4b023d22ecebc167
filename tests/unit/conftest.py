# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""`ansible-test units` reads no pyproject.toml, so it is told here where `tests` lies."""

from __future__ import annotations

import gc
import os
import pathlib
import sys
import typing as t

import hypothesis
import pytest

# How many examples of each property: few where one waits, many with --hypothesis-profile=deep.
# How long one takes is the machine's affair, which may be busy.
for name, examples in {"quick": 30, "deep": 500}.items():
    hypothesis.settings.register_profile(
        name,
        max_examples=examples,
        deadline=None,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
hypothesis.settings.load_profile("quick")

# No test asks anybody but itself, and to read the system's certificates takes longer than most.
os.environ["SSL_CERT_FILE"] = os.environ["SSL_CERT_DIR"] = os.devnull

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2]))

from tests import longest_first


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long."""
    longest_first.in_order(items, longest_first.kept())


def pytest_terminal_summary(terminalreporter: t.Any) -> None:
    """Note how long they took."""
    longest_first.keep(longest_first.reports_of(terminalreporter))


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over libraries and tests, which stay to the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
