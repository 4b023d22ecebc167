# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Notes when each task of a run begins, and can kill the run there.

A task begins before its worker is started: nothing else of the run lives at that moment.
"""

from __future__ import annotations

import json
import os
import pathlib
import signal
import time
import typing as t

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):  # type: ignore[misc]  # ansible-core has no types
    """INTERRUPTION_TIMELINE names the file of notes, INTERRUPTION_KILL_AT the number of a task."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "interruption"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *arguments: t.Any, **options: t.Any) -> None:
        super().__init__(*arguments, **options)
        self._count = 0
        self._timeline = pathlib.Path(os.environ["INTERRUPTION_TIMELINE"])
        self._kill_at = int(os.environ.get("INTERRUPTION_KILL_AT", "-1"))

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:
        """Note the task; end here and now, as kill -9 does, if it is the one."""
        note = {"task": self._count, "name": task.get_name(), "time": time.time()}
        with self._timeline.open("a", encoding="utf-8") as file:
            file.write(json.dumps(note) + "\n")
        if self._count == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self._count += 1
