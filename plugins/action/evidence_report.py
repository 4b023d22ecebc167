# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gather the checks of a run from its hosts, write them down, and show what they say."""

from __future__ import annotations

import datetime
import pathlib
import typing as t

from ansible import constants

from ..module_utils._evidence import Finding
from ..plugin_utils._failure import Failure
from ..plugin_utils._guarded_action import GuardedAction, Result
from ..plugin_utils._report.evidence import Evidence
from ..plugin_utils._report.files import FORMATS, Folder, read_inputs, show, write_parts
from ..plugin_utils._report.gather import gather, with_missing
from ..plugin_utils._report.next_step import next_step, stats

_ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "playbook": {"type": "str", "required": True},
    "results": {"type": "list", "elements": "str", "required": True},
    "hosts": {"type": "list", "elements": "str", "required": True},
    "inputs": {"type": "list", "elements": "path", "default": []},
    "directory": {"type": "str", "default": ""},
    "formats": {
        "type": "list",
        "elements": "str",
        "choices": list(FORMATS),
        "default": list(FORMATS),
    },
    "parts": {"type": "bool", "default": False},
    "next_step": {"type": "str", "default": ""},
}
_STATS = "palette_image_registry"
# So many hosts take seconds to read, so it is said.
_MANY = 200


class ActionModule(GuardedAction):
    """The action of the report role."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _requires_connection = False

    def answer(self, task_vars: dict[str, t.Any]) -> Result:
        """Return the verdicts; see the documentation of the module of this name."""
        options = self.valid_arguments(_ARGUMENTS)
        now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        evidence = self._evidence(options, task_vars, now)
        step = options["next_step"] or next_step(evidence)
        paths, findings = self._write(evidence, options, step, now)
        show(evidence, step, paths)
        parts: dict[str, str] = {}
        if options["parts"] and not self._task.check_mode:
            parts, more = self._parts(evidence)
            findings += more
        return {
            **(Failure(*findings).result() if findings else {}),
            "changed": False,
            "path": paths.get("json", ""),
            "paths": paths,
            "parts": parts,
            "status": evidence.status.value,
            "counts": evidence.counts(),
            "clusters": {name: status.value for name, status in evidence.clusters().items()},
            "ansible_stats": {
                "data": {_STATS: stats(evidence, next_step=step, path=paths.get("json", ""))},
                "per_host": False,
                "aggregate": False,  # of several reports the last one counts, not their mixture
            },
        }

    def _evidence(
        self,
        options: t.Mapping[str, t.Any],
        task_vars: t.Mapping[str, t.Any],
        now: datetime.datetime,
    ) -> Evidence:
        if options["inputs"]:
            return with_missing(read_inputs(options["inputs"]), task_vars, options["hosts"])
        if len(options["hosts"]) >= _MANY:
            self.tell(f"Reading the evidence of {len(options['hosts'])} hosts ...")
        return Evidence(
            playbook=options["playbook"],
            finished=now.isoformat(),
            check_mode=bool(self._task.check_mode),
            hosts=gather(
                task_vars,
                options["hosts"],
                options["results"],
                options["playbook"],
                bool(self._task.check_mode),
            ),
        )

    def _write(
        self,
        evidence: Evidence,
        options: t.Mapping[str, t.Any],
        step: str,
        now: datetime.datetime,
    ) -> tuple[dict[str, str], list[Finding]]:
        """Return the files, and what went wrong: the verdict is shown even if nothing is kept."""
        if not options["directory"] or self._task.check_mode:
            return {}, []
        folder = Folder(pathlib.Path(options["directory"]).expanduser(), now)
        return folder.write(evidence, options["formats"], step)

    def _parts(self, evidence: Evidence) -> tuple[dict[str, str], list[Finding]]:
        return write_parts(pathlib.Path(constants.DEFAULT_LOCAL_TMP), evidence)
