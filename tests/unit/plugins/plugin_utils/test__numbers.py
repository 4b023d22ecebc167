# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import pathlib

import pytest

from ansible_collections.palette.image_registry.plugins.action.preflight_info import ActionModule
from ansible_collections.palette.image_registry.plugins.plugin_utils._action import (
    KubernetesCoreAction,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._numbers import (
    require_numbers,
)
from tests.sandbox.paths import CHECKOUT
from tests.unit.helpers.acting import run_action

RANGES = {"timeout": (0.1, 999.0)}
ACTIONS = sorted(path.stem for path in (CHECKOUT / "plugins/action").glob("*.py"))


@pytest.mark.parametrize("value", [0.1, 10, 999, "5"])
def test_what_is_within_goes(value: object) -> None:
    require_numbers({"timeout": value}, RANGES)


@pytest.mark.parametrize("value", [0, -1, 0.05, 1000, float("nan"), float("inf"), "soon", None])
def test_what_is_outside_is_named(value: object) -> None:
    with pytest.raises(Failure) as caught:
        require_numbers({"timeout": value}, RANGES)
    (finding,) = caught.value.findings
    assert (finding.code, finding.subject) == ("number_out_of_range", "timeout")
    assert finding.fix == "give a number from 0.1 to 999"


@pytest.mark.parametrize("timeout", [0, -5])
def test_no_timeout_turns_the_registry_check_off(timeout: int, tmp_path: pathlib.Path) -> None:
    """It did: the HTTP library refused the number, which was told as a CA that is none."""
    arguments = {"kubeconfig": str(tmp_path), "settings": {}, "registry_timeout": timeout}
    result = run_action(ActionModule, arguments, lambda *_arguments: {}).result
    assert result["failed"] is True
    (finding,) = result["findings"]
    assert (finding["code"], finding["subject"]) == ("number_out_of_range", "registry_timeout")


@pytest.mark.parametrize("name", ACTIONS)
def test_every_timeout_of_an_action_has_a_range(name: str) -> None:
    package = KubernetesCoreAction.__module__.partition(".plugin_utils.")[0]
    action = importlib.import_module(f"{package}.action.{name}").ActionModule
    if issubclass(action, KubernetesCoreAction):
        timeouts = {option for option in action.ARGUMENTS if "timeout" in option}
        assert timeouts <= set(action.NUMBERS)
