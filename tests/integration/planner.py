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

    def plans(self, clusters: t.Mapping[str, t.Any], *options: str) -> dict[str, Planned]:
        """Plan for several clusters in one run, each with variables of its own."""
        hosts = {"palette_clusters": {"hosts": clusters}}
        # It holds passwords that were given, as the file of variables does.
        inventory = self.controller.folder / "play.json"
        inventory.write_text(json.dumps(hosts), encoding="utf-8")
        run = self.plan(f"--inventory={inventory}", *options)
        return {
            name: Planned(run.code, run.output, self._bundle(f"plan/{name}")) for name in clusters
        }

    def plan(self, *options: str, folder: str = "plan", **variables: t.Any) -> Planned:
        """Plan with some variables, and return what came of it."""
        given = self.controller.folder / "variables.json"
        given.write_text(json.dumps(variables), encoding="utf-8")
        command = [str(ANSIBLE_PLAYBOOK), "palette.image_registry.plan", f"-e@{given}", *options]
        done = finished(command, self.controller.environment(), folder=self.desk, seconds=_SECONDS)
        return Planned(done.returncode, done.stdout, self._bundle(folder))

    def _bundle(self, folder: str) -> dict[str, str]:
        bundle = self.desk / folder
        paths = bundle.iterdir() if bundle.is_dir() else ()
        return {path.name: path.read_text("utf-8") for path in paths if path.is_file()}

    def assert_no_secret(self, planned: Planned, *secrets: str) -> None:
        """Assert that no secret is in the output, or in any file but the variables given."""
        for form in (form for secret in secrets for form in forms(secret)):
            assert form not in planned.output
        assert self.controller.files_with(*secrets) == []
