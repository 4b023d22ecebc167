# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action override_info: the live override against the settings, field by field."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.action.override_info import ActionModule
from ansible_collections.palette.image_registry.plugins.module_utils._settings.parse import (
    parse_settings,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.settings import (
    secret_data,
)
from tests.unit.helpers.acting import Run, run_action, write_kubeconfig
from tests.unit.helpers.cluster_secrets import secret
from tests.unit.helpers.registry_settings import registry_settings

SETTINGS = registry_settings()
PARSED = parse_settings(SETTINGS).settings
assert PARSED is not None
DATA = secret_data(PARSED)


def run(folder: pathlib.Path, secrets: list[dict[str, t.Any]], **options: t.Any) -> Run:
    def answer(_module: str, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        name = arguments.get("name")
        found = [one for one in secrets if not name or one["metadata"]["name"] == name]
        return {"resources": found if arguments["kind"] == "Secret" else []}

    given = {"kubeconfig": write_kubeconfig(folder), "settings": SETTINGS, "airgap": False}
    return run_action(ActionModule, {**given, **options}, answer)


def live(**changes: str) -> dict[str, t.Any]:
    return secret("registry-info", "jet-system", {**DATA, **changes})


def failed(run: Run) -> list[str]:
    return [check["name"] for check in run.result["checks"] if check["status"] == "fail"]


def test_an_override_that_is_in_place(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, [live()])
    assert (done.result["in_place"], done.result["changed"], failed(done)) == (True, False, [])
    assert SETTINGS["password"] not in str(done.result)


# what the cluster has, the checks that fail
TEST_DIFFERENT: list[tuple[list[dict[str, t.Any]], list[str]]] = [
    ([live(DOMAIN="old.example.org")], ["Secret DOMAIN"]),
    ([live(PASSWORD="another-planted-0ne")], ["Secret PASSWORD"]),
    ([], ["Secret"]),
]


@pytest.mark.parametrize(("secrets", "names"), TEST_DIFFERENT)
def test_each_field_that_differs_is_a_check(
    tmp_path: pathlib.Path, secrets: list[dict[str, t.Any]], names: list[str]
) -> None:
    done = run(tmp_path, secrets)
    assert done.result["in_place"] is False
    assert failed(done) == names
    assert "planted" not in str(done.result)


def test_in_an_airgap_the_release_counts_as_well(tmp_path: pathlib.Path) -> None:
    plain = run(tmp_path, [live()])
    done = run(tmp_path, [live()], airgap=True)
    assert done.result["in_place"] is False
    assert len(done.result["checks"]) > len(plain.result["checks"])
    assert any("release" in name for name in failed(done))


def test_another_name_of_the_secret_is_asked_for(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, [live()], name="another", namespace="elsewhere")
    assert done.result["in_place"] is False
    (call,) = done.calls
    assert (call.arguments["name"], call.arguments["namespace"]) == ("another", "elsewhere")


@pytest.mark.parametrize("settings", [{}, registry_settings(endpoint="")])
def test_unusable_settings_are_an_error(tmp_path: pathlib.Path, settings: dict[str, t.Any]) -> None:
    done = run(tmp_path, [live()], settings=settings)
    assert done.result["failed"] and "palette_registry is not usable" in done.result["msg"]
    assert done.calls == []
