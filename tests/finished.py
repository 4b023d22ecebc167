# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A program that is run to its end, and whose whole output is kept, as a person would see it."""

from __future__ import annotations

import pathlib
import subprocess
import typing as t


def finished(
    command: t.Sequence[str | pathlib.Path],
    environment: t.Mapping[str, str],
    *,
    folder: pathlib.Path | None = None,
    seconds: float = 300,
) -> subprocess.CompletedProcess[str]:
    """Run it, failed or not; stdout and stderr come together. It reads nothing and ends in time."""
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
