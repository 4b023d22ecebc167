# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run whose output nobody reads, or that cannot be written, ends as any playbook does."""

from __future__ import annotations

import json
import pathlib
import shlex
import subprocess

import pytest

from tests.integration.tasks import ANSIBLE_PLAYBOOK, SETTINGS, Controller

pytestmark = pytest.mark.sandbox

_SECONDS = 120
STOCK = [{"hosts": "localhost", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {}}]}]


def ended(controller: Controller, redirection: str, *arguments: str) -> int:
    """Run ansible-playbook with its output redirected by a shell, and return how it ended."""
    command = shlex.join([str(ANSIBLE_PLAYBOOK), *arguments])
    return subprocess.run(
        ["bash", "-c", f"{command} {redirection}; exit ${{PIPESTATUS[0]}}"],
        # Python would notice only once a buffer is full.
        env=controller.environment(PYTHONUNBUFFERED="1"),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=_SECONDS,
        check=False,
    ).returncode


@pytest.mark.parametrize("redirection", ["| head -n 1", ">/dev/full", ">&-"])
def test_it_goes_on_to_its_end(tmp_path: pathlib.Path, redirection: str) -> None:
    controller = Controller(tmp_path)
    stock, given = tmp_path / "stock.json", tmp_path / "variables.json"
    stock.write_text(json.dumps(STOCK), encoding="utf-8")
    variables = {"palette_registry": SETTINGS, "plan_dir": str(tmp_path / "plan")}
    given.write_text(json.dumps(variables), encoding="utf-8")
    code = ended(controller, redirection, "palette.image_registry.plan", f"-e@{given}")
    assert code == ended(controller, redirection, str(stock))
    assert (tmp_path / "plan" / "plan.md").is_file()
