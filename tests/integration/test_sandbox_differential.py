# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the built-in API server answers is what a real one answers, but for what is noted."""

from __future__ import annotations

import pathlib

import pytest

from tests.sandbox.kubernetes import ApiServer, differential, recording

pytestmark = pytest.mark.sandbox


def test_the_built_in_server_differs_only_as_noted(
    plane: ApiServer, tmp_path: pathlib.Path
) -> None:
    entries = recording.vectors()
    assert len(entries) > 300
    with ApiServer(tmp_path / "api", built_in=True) as ours:
        found = differential.compared(ours.client, plane.client, entries)
    left, unused = differential.unexplained(found)
    assert left == [], "\n".join(left)
    assert unused == [], "notes that nothing needs any more"
