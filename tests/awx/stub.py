# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A collection awx.awx that writes down what its modules are given."""

from __future__ import annotations

import json
import os
import pathlib
import typing as t

from tests.finished import finished
from tests.sandbox.paths import ANSIBLE_BIN, CHECKOUT

PLAYBOOK = CHECKOUT / "awx" / "configure.yml"
MODULES = (
    "credential",
    "credential_type",
    "execution_environment",
    "group",
    "host",
    "inventory",
    "job_template",
    "project",
    "schedule",
    "workflow_job_template",
)
_ACTION = """\
import json, os
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        with open(os.environ["TEST_AWX"], "a", encoding="utf-8") as file:
            file.write(json.dumps([self._task.action, self._task.args]) + "\\n")
        return {"changed": True}
"""

Given = dict[str, list[dict[str, t.Any]]]


def configure(folder: pathlib.Path, variables: t.Mapping[str, t.Any]) -> tuple[Given, str]:
    """Run awx/configure.yml; return by module what it was given, and what a person sees."""
    collection = folder / "ansible_collections" / "awx" / "awx" / "plugins"
    for kind, text in (("action", _ACTION), ("modules", "")):
        (collection / kind).mkdir(parents=True)
        for name in MODULES:
            (collection / kind / f"{name}.py").write_text(text, encoding="utf-8")
    extra = folder / "extra.json"
    extra.write_text(json.dumps(variables), encoding="utf-8")
    record = folder / "record.jsonl"
    done = finished(
        [
            str(ANSIBLE_BIN / "ansible-playbook"),
            str(PLAYBOOK),
            "-vvv",
            f"--extra-vars=@{extra}",
        ],
        {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(folder),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "TEST_AWX": str(record),
        },
        folder=folder,
    )
    assert done.returncode == 0, done.stdout
    given: Given = {}
    for line in record.read_text(encoding="utf-8").splitlines():
        action, arguments = json.loads(line)
        given.setdefault(action.removeprefix("awx.awx."), []).append(arguments)
    return given, done.stdout


__all__ = ("MODULES", "Given", "configure")
