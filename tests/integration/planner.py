# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook plan run as a user runs it, in a folder of theirs."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import typing as t

from tests.finished import finished
from tests.integration.tasks import ANSIBLE_PLAYBOOK, Controller, forms

_SECONDS = 120


@dataclasses.dataclass(frozen=True)
class Planned:
    """A finished plan: how it ended, what a person saw, and the bundle by file name."""

    code: int
    output: str
    files: dict[str, str]

    @property
    def data(self) -> dict[str, t.Any]:
        """Return plan.json."""
        return t.cast("dict[str, t.Any]", json.loads(self.files["plan.json"]))

    @property
    def codes(self) -> set[str]:
        """Return the codes of all findings."""
        checks = self.data["checks"]
        return {finding["code"] for check in checks for finding in check["findings"]}


class Planner:
    """Runs the playbook on a controller of its own, in the folder of a user."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.controller = Controller(folder)
        self.desk = folder / "desk"
        self.desk.mkdir()

    def plan(self, *options: str, folder: str = "plan", **variables: t.Any) -> Planned:
        """Plan with some variables, and return what came of it."""
        given = self.controller.folder / "variables.json"
        given.write_text(json.dumps(variables), encoding="utf-8")
        command = [str(ANSIBLE_PLAYBOOK), "palette.image_registry.plan", f"-e@{given}", *options]
        done = finished(command, self.controller.environment(), folder=self.desk, seconds=_SECONDS)
        bundle = self.desk / folder
        paths = bundle.iterdir() if bundle.is_dir() else ()
        files = {path.name: path.read_text("utf-8") for path in paths if path.is_file()}
        return Planned(done.returncode, done.stdout, files)

    def assert_no_secret(self, planned: Planned, *secrets: str) -> None:
        """Assert that no secret is in the output, or in any file but the variables given."""
        for form in (form for secret in secrets for form in forms(secret)):
            assert form not in planned.output
        assert self.controller.files_with(*secrets) == []
