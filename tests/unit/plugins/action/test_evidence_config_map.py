# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.action.evidence_config_map import (
    ActionModule,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.config_map import (
    KEY,
    config_map,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.problems import (
    report_data,
)
from tests.pages.example_reports import fleet, mended
from tests.unit.helpers.acting import Run, run_action, write_kubeconfig

REPORT = fleet(1, 3)
NAME = "image-registry-report-verify"


def run(folder: pathlib.Path, live: dict[str, t.Any] | None, **options: t.Any) -> Run:
    path = folder / "report.json"
    path.write_text(json.dumps(report_data(REPORT)), encoding="utf-8")

    def answer(module: str, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        if module == "k8s_info":
            return {"resources": [live] if live else []}
        return {"changed": True, "result": arguments["resource_definition"]}

    arguments = {"kubeconfig": write_kubeconfig(folder), "report": str(path)}
    return run_action(ActionModule, arguments, answer, **options)


@pytest.mark.parametrize(
    ("live", "says"),
    [(None, "created"), (config_map(mended(REPORT), NAME), "updated")],
)
def test_another_verdict_is_written(
    tmp_path: pathlib.Path, live: dict[str, t.Any] | None, says: str
) -> None:
    done = run(tmp_path, live)
    assert done.result["changed"] is True
    assert done.result["name"] == NAME
    assert says in done.result["msg"]
    (call,) = done.of("k8s")
    written = call.arguments["resource_definition"]
    assert written["metadata"]["namespace"] == "jet-system"
    assert json.loads(written["data"][KEY]) == report_data(REPORT)


def test_the_same_verdict_is_left_alone(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, config_map(REPORT, NAME))
    assert done.result["changed"] is False
    assert done.of("k8s") == []


def test_check_mode_asks_without_writing(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, None, check_mode=True)
    assert done.result["changed"] is True
    assert [call.check_mode for call in done.of("k8s")] == [True]


def test_a_file_that_is_no_report_is_named(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.json"
    path.write_text("{", encoding="utf-8")
    arguments = {"kubeconfig": write_kubeconfig(tmp_path), "report": str(path)}
    done = run_action(ActionModule, arguments, lambda *_: {})
    assert done.result["failed"] is True
    assert str(path) in done.result["msg"]
    assert done.calls == []
