# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gather the checks of a run from its hosts, write them down, and show what they say."""

from __future__ import annotations

import datetime
import pathlib
import tempfile
import typing as t

from ansible import constants
from ansible.plugins.action import ActionBase

from ansible_collections.palette.image_registry.plugins.module_utils._report import (
    Evidence,
    next_step,
    stats,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._kubernetes_core import (
    Failure,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report_files import (
    FORMATS,
    Folder,
    read_inputs,
    write_parts,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report_gather import gather
from ansible_collections.palette.image_registry.plugins.plugin_utils._report_terminal import show
from ansible_collections.palette.image_registry.plugins.plugin_utils._terminal import tell

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


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible's base class has no types
    """The action of the report role."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _requires_connection = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None
    ) -> dict[str, t.Any]:
        """Return the verdicts; see the documentation of the module of this name."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _valid, options = self.validate_argument_spec(argument_spec=_ARGUMENTS)
        now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        try:
            evidence = self._evidence(options, task_vars or {}, now)
        except Failure as failure:
            return {**result, **failure.result()}
        step = options["next_step"] or next_step(evidence)
        paths, problem = self._write(evidence, options, step, now)
        show(evidence, step, paths)
        result.update(problem)
        result.update(
            changed=False,
            path=paths.get("json", ""),
            paths=paths,
            parts=self._parts(evidence) if options["parts"] else {},
            status=evidence.status.value,
            counts=evidence.counts(),
            clusters={name: status.value for name, status in evidence.clusters().items()},
            ansible_stats={
                "data": {_STATS: stats(evidence, next_step=step, path=paths.get("json", ""))},
                "per_host": False,
                "aggregate": False,  # of several reports the last one counts, not their mixture
            },
        )
        return result

    def _evidence(
        self,
        options: t.Mapping[str, t.Any],
        task_vars: t.Mapping[str, t.Any],
        now: datetime.datetime,
    ) -> Evidence:
        if options["inputs"]:
            return read_inputs(options["inputs"])
        if len(options["hosts"]) >= _MANY:
            tell(f"Reading the evidence of {len(options['hosts'])} hosts ...")
        return Evidence(
            playbook=options["playbook"],
            finished=now.isoformat(),
            check_mode=bool(self._task.check_mode),
            hosts=gather(task_vars, options["hosts"], options["results"]),
        )

    def _write(
        self,
        evidence: Evidence,
        options: t.Mapping[str, t.Any],
        step: str,
        now: datetime.datetime,
    ) -> tuple[dict[str, str], dict[str, t.Any]]:
        """Return the files, and what went wrong: the verdict is shown even if nothing is kept."""
        if not options["directory"] or self._task.check_mode:
            return {}, {}
        folder = Folder(pathlib.Path(options["directory"]).expanduser(), now)
        try:
            return folder.write(evidence, options["formats"], step), {}
        except Failure as failure:
            return {}, failure.result()

    def _parts(self, evidence: Evidence) -> dict[str, str]:
        if self._task.check_mode:
            return {}
        folder = tempfile.mkdtemp(prefix="report-", dir=constants.DEFAULT_LOCAL_TMP)
        return write_parts(pathlib.Path(folder), evidence)
