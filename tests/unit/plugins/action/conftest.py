# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests of several actions need."""

from __future__ import annotations

import time

import pytest


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let time pass only by sleeping, and return how long that was."""
    slept: list[float] = []
    monkeypatch.setattr(time, "monotonic", lambda: float(sum(slept)))
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept
