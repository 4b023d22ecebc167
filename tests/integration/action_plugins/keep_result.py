# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes what a task returned into a file on this side; `copy` would start three modules for it."""

from __future__ import annotations

import pathlib
import typing as t

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):  # type: ignore[misc]
    """Writes `content`, a text, to `dest`, in check mode too."""

    _requires_connection = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None
    ) -> dict[str, t.Any]:
        """Return that nothing has changed."""
        file = pathlib.Path(self._task.args["dest"])
        file.touch(mode=0o600)
        file.write_text(self._task.args["content"], encoding="utf-8")
        return {"changed": False}
