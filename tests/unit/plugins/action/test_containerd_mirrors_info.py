# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a node repeats of a password does not leave the action, wherever its words are cut."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.action import containerd_mirrors_info
from tests.unit.helpers.acting import run_action

SECRET = "Zq7-planted-Xw9"


@pytest.mark.parametrize("after", [0, 150, 285, 290, 295])
@pytest.mark.parametrize("variable", ["ansible_become_password", "palette_registry"])
def test_a_node_that_repeats_a_password(
    after: int, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def repeated(*_arguments: object, **_more: object) -> dict[str, t.Any]:
        said = "login failed for " + SECRET + "." * after
        return {"rc": 1, "stdout": "", "stderr": "." * 400 + said}

    action = containerd_mirrors_info.ActionModule
    monkeypatch.setattr(action, "_low_level_execute_command", repeated)
    registry = {"mirrors": "docker.io::harbor.example.org/docker.io", "password": "other-one"}
    variables: dict[str, t.Any] = {"groups": {}, "palette_registry": registry}
    if variable == "palette_registry":
        registry["password"] = SECRET
    else:
        variables[variable] = SECRET
    arguments = {"variables": "verify_nodes", "subject": "n1"}
    result = run_action(action, arguments, lambda *_all: {}, variables=variables).result
    assert not result["verified"]
    shown = str(result["checks"])
    assert "ended with code 1" in shown
    assert not any(SECRET[start : start + 4] in shown for start in range(len(SECRET) - 3)), shown


@pytest.mark.parametrize("value", [-1, 10**9, "soon", "nan", float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["verify_nodes_retries", "verify_nodes_delay"])
def test_numbers_of_the_looks_that_follow(name: str, value: object) -> None:
    """A template made of them could not refuse them: "soon" was no look, a huge one an error."""
    registry = {"mirrors": "docker.io::harbor.example.org/docker.io"}
    variables = {"groups": {}, "palette_registry": registry, name: value}
    arguments = {"variables": "verify_nodes", "subject": "n1"}
    action = containerd_mirrors_info.ActionModule
    result = run_action(action, arguments, lambda *_all: {}, variables=variables).result
    (check,) = result["checks"]
    (finding,) = check["findings"]
    assert (finding["code"], finding["subject"]) == ("number_out_of_range", name)
    assert check["status"] == "fail"
    assert not result["pending"]
